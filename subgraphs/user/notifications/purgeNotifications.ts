import type { Db } from '@libs/db/connect';
import { purgeOlderThan } from '@libs/queue/claims';
import type { Temporal } from 'temporal-polyfill';
import { NOTIFICATION_RETENTION_DAYS } from './notificationBackoff.ts';

/** Purges one batch. Returns whether there may be more. */
export const purgeNotifications = ({ db, now }: { db: Db; now: Temporal.Instant }): Promise<boolean> =>
  purgeOlderThan(db, 'notifications', now.subtract({ hours: 24 * NOTIFICATION_RETENTION_DAYS }));
