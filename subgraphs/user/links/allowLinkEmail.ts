import { createHash } from 'node:crypto';
import type { Tx } from '@libs/db/inTransaction';
import type { Temporal } from 'temporal-polyfill';
import { LINK_EMAIL_WINDOW_HOURS, MAX_LINK_EMAILS_PER_HOUR } from './rules.ts';
import { countLinkEmailOfAllTenants } from './store.ts';

/** Counts an e-mail to the address; false if it has got MAX_LINK_EMAILS_PER_HOUR. */
export function allowLinkEmail(tx: Tx, email: string, now: Temporal.Instant): Promise<boolean> {
  const address = createHash('sha256').update(email.toLowerCase()).digest();
  const since = now.subtract({ hours: LINK_EMAIL_WINDOW_HOURS });
  return countLinkEmailOfAllTenants(tx, address, { now, since, max: MAX_LINK_EMAILS_PER_HOUR });
}
