import { retryDelayMs } from '@libs/queue/retries';
import type { Temporal } from 'temporal-polyfill';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Delays after the first, second … failure; one more ends the delivery, after 75.6 hours in all. */
export const DELIVERY_RETRY_DELAYS_MS: readonly number[] = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];
/** The most that a receiver's Retry-After can delay an attempt. */
export const MAX_RETRY_AFTER_MS = DAY_MS;
/** A webhook without any success for this long is deactivated. */
const DEACTIVATE_AFTER_MS = 5 * DAY_MS;
/** How long a replaced secret still signs. */
export const PREVIOUS_SECRET_GRACE_MS = DAY_MS;

/**
 * The delay after `failures` failed attempts; undefined if there is no further attempt. `random` is in [0, 1). `retryAfterMs`
 * only lengthens it, up to MAX_RETRY_AFTER_MS: a receiver cannot use up its attempts in a minute.
 */
export function deliveryRetryDelayMs(failures: number, random: number, retryAfterMs = 0): number | undefined {
  const delayMs = retryDelayMs(DELIVERY_RETRY_DELAYS_MS, failures, random);
  return delayMs === undefined ? undefined : Math.max(delayMs, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS));
}

export const isPermanentlyFailing = (failingSince: Temporal.Instant, now: Temporal.Instant): boolean =>
  now.epochMilliseconds - failingSince.epochMilliseconds >= DEACTIVATE_AFTER_MS;
