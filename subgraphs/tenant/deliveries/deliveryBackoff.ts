/** When a delivery is tried again. Pure. */
import { retryDelayMs } from '@libs/queue/retries';
import type { Temporal } from 'temporal-polyfill';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Pauses after the first, second … failed attempt, in milliseconds. After one more failure a delivery is given up: 75.6 hours in all. */
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
/** The longest that a receiver's Retry-After can put off an attempt, in milliseconds. */
export const MAX_RETRY_AFTER_MS = DAY_MS;
/** After how long without one success an address is turned off, in milliseconds. */
export const DISABLE_AFTER_MS = 5 * DAY_MS;
/** How long the secret before the present one signs too, in milliseconds. */
export const PREVIOUS_SECRET_SIGNS_MS = DAY_MS;

/**
 * The pause after `failures` failed attempts, in milliseconds; undefined where there is no further attempt. `random` is in [0, 1).
 * `retryAfterMs` is what the receiver asked for: it can lengthen a pause, to MAX_RETRY_AFTER_MS, and never shorten it, so that
 * nobody uses up their attempts in a minute.
 */
export function deliveryRetryDelayMs(failures: number, random: number, retryAfterMs = 0): number | undefined {
  const delayMs = retryDelayMs(DELIVERY_RETRY_DELAYS_MS, failures, random);
  return delayMs === undefined ? undefined : Math.max(delayMs, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS));
}

/** Whether an address whose attempts have all failed since `failingSince` is to be turned off. */
export const isPermanentlyFailing = (failingSince: Temporal.Instant, now: Temporal.Instant): boolean =>
  now.epochMilliseconds - failingSince.epochMilliseconds >= DISABLE_AFTER_MS;
