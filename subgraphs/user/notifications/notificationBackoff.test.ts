import { expect, test } from 'vitest';
import { NOTIFICATION_RETRY_DELAYS_MS } from './notificationBackoff.ts';

test('retry delays grow', () => {
  expect(NOTIFICATION_RETRY_DELAYS_MS).toEqual(NOTIFICATION_RETRY_DELAYS_MS.toSorted((a, b) => a - b));
});
