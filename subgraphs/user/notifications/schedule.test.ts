import { expect, test } from 'vitest';
import { JITTER, RETRY_DELAYS_MS, retryDelayMs } from './schedule.ts';

test('pauses grow, are spread around their mean, and come to an end', () => {
  expect(RETRY_DELAYS_MS).toEqual(RETRY_DELAYS_MS.toSorted((a, b) => a - b));
  expect(retryDelayMs(1, 0.5)).toBe(RETRY_DELAYS_MS[0]);
  expect(retryDelayMs(1, 0)).toBe(RETRY_DELAYS_MS[0]! * (1 - JITTER));
  expect(retryDelayMs(RETRY_DELAYS_MS.length, 0.5)).toBe(RETRY_DELAYS_MS.at(-1));
  expect(retryDelayMs(RETRY_DELAYS_MS.length + 1, 0.5)).toBeUndefined();
});
