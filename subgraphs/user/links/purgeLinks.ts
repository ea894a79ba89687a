import type { Db } from '@libs/db/connect';
import { purgeOlderThan } from '@libs/queue/claims';
import type { Temporal } from 'temporal-polyfill';
import { LINK_EMAIL_WINDOW_HOURS } from './rules.ts';

/** For requests that a bug keeps from being answered: they contain an address, and maybe a password's hash. */
const REQUEST_RETENTION_HOURS = 24;

/** Purges one batch of each kind. Returns whether there may be more. */
export async function purgeLinks({ db, now }: { db: Db; now: Temporal.Instant }): Promise<boolean> {
  const windowStart = now.subtract({ hours: LINK_EMAIL_WINDOW_HOURS });
  const isMore = [
    await purgeOlderThan(db, 'link_tokens', now, { key: 'token_hash', column: 'expires_at' }),
    await purgeOlderThan(db, 'link_emails', windowStart, { key: 'address', column: 'last_sent_at' }),
    await purgeOlderThan(db, 'link_requests', now.subtract({ hours: REQUEST_RETENTION_HOURS })),
  ];
  return isMore.includes(true);
}
