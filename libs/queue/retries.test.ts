import { expect, test } from 'vitest';
import { JITTER, retryDelayMs } from './retries.ts';

const SCHEDULE_MS = [1_000, 60_000];

test('retry delays follow the schedule with jitter and end with it', () => {
  expect(retryDelayMs(SCHEDULE_MS, 1, 0.5)).toBe(1_000);
  expect(retryDelayMs(SCHEDULE_MS, 1, 0)).toBe(1_000 * (1 - JITTER));
  expect(retryDelayMs(SCHEDULE_MS, 2, 0.999_999)).toBe(60_000 * (1 + JITTER));
  expect(retryDelayMs(SCHEDULE_MS, 3, 0.5)).toBeUndefined();
});
