import { createHash } from 'node:crypto';
import type { Tx } from '@libs/db/inTransaction';
import type { Temporal } from 'temporal-polyfill';
import { LINK_EMAIL_WINDOW_HOURS, MAX_LINK_EMAILS_PER_HOUR } from './rules.ts';
import { countLinkEmailOfAllTenants } from './store.ts';

/** Counts an e-mail under the key, regardless of case; false if there have been MAX_LINK_EMAILS_PER_HOUR. */
export function countLinkEmail(tx: Tx, key: string, now: Temporal.Instant): Promise<boolean> {
  const digest = createHash('sha256').update(key.toLowerCase()).digest();
  const since = now.subtract({ hours: LINK_EMAIL_WINDOW_HOURS });
  return countLinkEmailOfAllTenants(tx, digest, { now, since, max: MAX_LINK_EMAILS_PER_HOUR });
}

/** Counts an e-mail to the address; false if it has got MAX_LINK_EMAILS_PER_HOUR. */
export const allowLinkEmail = (tx: Tx, email: string, now: Temporal.Instant): Promise<boolean> =>
  countLinkEmail(tx, email, now);

/** Counts what would lead to an e-mail if the address had an account. Comes before `allowLinkEmail`, or two of them could deadlock. */
export const countLinkRequest = (tx: Tx, email: string, now: Temporal.Instant): Promise<boolean> =>
  countLinkEmail(tx, `requested ${email}`, now);
