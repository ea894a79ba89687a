import { JITTER } from '@libs/queue/retries';
import { Temporal } from 'temporal-polyfill';
import { expect, test } from 'vitest';
import {
  DELIVERY_RETRY_DELAYS_MS,
  deliveryRetryDelayMs,
  isPermanentlyFailing,
  MAX_RETRY_AFTER_MS,
} from './deliveryBackoff.ts';

const HOUR_MS = 3_600_000;

test('delays are about 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h, and then end', () => {
  const pauses = Array.from({ length: 10 }, (_, failures) => deliveryRetryDelayMs(failures + 1, 0.5));
  const hours = [2, 5, 10, 14, 20, 24].map((n) => n * HOUR_MS);
  expect(pauses).toEqual([5_000, 300_000, 1_800_000, ...hours, undefined]);
});

test('attempts go on for more than three days, so a receiver that is down for a day gets its event', () => {
  const earliest = DELIVERY_RETRY_DELAYS_MS.map((_, index) => deliveryRetryDelayMs(index + 1, 0)!);
  expect(earliest.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(2.8 * 24 * HOUR_MS);
});

test('jitter stays within its share', () => {
  for (const [index, standardMs] of DELIVERY_RETRY_DELAYS_MS.entries()) {
    expect(deliveryRetryDelayMs(index + 1, 0)).toBe(Math.round(standardMs * (1 - JITTER)));
    expect(deliveryRetryDelayMs(index + 1, 0.999_999)).toBeLessThanOrEqual(standardMs * (1 + JITTER));
  }
});

test('Retry-After lengthens a delay by at most a day, and never shortens it', () => {
  expect(deliveryRetryDelayMs(1, 0.5, 60_000)).toBe(60_000);
  expect(deliveryRetryDelayMs(3, 0.5, 1_000)).toBe(1_800_000);
  expect(deliveryRetryDelayMs(1, 0.5, 1e12)).toBe(MAX_RETRY_AFTER_MS);
  expect(deliveryRetryDelayMs(10, 0.5, 1_000)).toBeUndefined();
});

test('a webhook is permanently failing after five days of failure, and not a second earlier', () => {
  const since = Temporal.Instant.from('2026-11-01T00:00:00Z');
  expect(isPermanentlyFailing(since, Temporal.Instant.from('2026-11-05T23:59:59Z'))).toBe(false);
  expect(isPermanentlyFailing(since, Temporal.Instant.from('2026-11-06T00:00:00Z'))).toBe(true);
});
