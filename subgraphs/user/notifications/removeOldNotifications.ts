import type { Db } from '@libs/db/connect';
import type { Temporal } from 'temporal-polyfill';
import { NOTIFICATIONS_KEPT_DAYS } from './schedule.ts';
import { removeOldNotificationsOfAllTenants } from './store.ts';

/** Rows that are removed in one statement. */
const REMOVED_AT_ONCE = 1_000;

/** Removes notifications that are older than NOTIFICATIONS_KEPT_DAYS. Answers whether there may be more. */
export async function removeOldNotifications({
  db,
  now,
}: {
  db: Db;
  now: Temporal.Instant;
}): Promise<boolean> {
  const before = now.subtract({ hours: 24 * NOTIFICATIONS_KEPT_DAYS });
  return (await removeOldNotificationsOfAllTenants(db, before, REMOVED_AT_ONCE)) === REMOVED_AT_ONCE;
}
