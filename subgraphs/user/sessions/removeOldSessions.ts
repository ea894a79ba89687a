import type { Db } from '@libs/db/connect';
import type { Temporal } from 'temporal-polyfill';
import { FAILURE_WINDOW_MINUTES } from '../accounts/checkPassword.ts';
import { removeFailuresOfAllTenants } from '../accounts/store.ts';
import { removeOldSessionsOfAllTenants, removeOldTokensOfAllTenants } from './store.ts';

export const SESSION_PURGE_BATCH = 1_000;

/**
 * Purges a batch each of ended or expired sessions, expired refresh tokens, and outdated counts of wrong passwords. Returns
 * whether there may be more.
 */
export async function removeOldSessions(ctx: { db: Db; now: Temporal.Instant }): Promise<boolean> {
  const { db, now } = ctx;
  const removed = [
    await removeOldSessionsOfAllTenants(db, now, SESSION_PURGE_BATCH),
    await removeOldTokensOfAllTenants(db, now, SESSION_PURGE_BATCH),
    await removeFailuresOfAllTenants(
      db,
      now.subtract({ minutes: FAILURE_WINDOW_MINUTES }),
      SESSION_PURGE_BATCH,
    ),
  ];
  return removed.includes(SESSION_PURGE_BATCH);
}
