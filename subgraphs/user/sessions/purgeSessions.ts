import type { Db } from '@libs/db/connect';
import { purgeOlderThan } from '@libs/queue/claims';
import type { Temporal } from 'temporal-polyfill';
import { FAILURE_WINDOW_MINUTES } from '../accounts/checkPassword.ts';

/** Purges one batch of each kind. Returns whether there may be more. */
export async function purgeSessions({ db, now }: { db: Db; now: Temporal.Instant }): Promise<boolean> {
  const windowStart = now.subtract({ minutes: FAILURE_WINDOW_MINUTES });
  const isMore = [
    await purgeOlderThan(db, 'sessions', now, { column: 'ended_at' }),
    await purgeOlderThan(db, 'sessions', now, { column: 'expires_at' }),
    await purgeOlderThan(db, 'refresh_tokens', now, { key: 'token_hash', column: 'expires_at' }),
    await purgeOlderThan(db, 'failed_sign_ins', windowStart, { key: 'account', column: 'first_failed_at' }),
  ];
  return isMore.includes(true);
}
