/** E-mails with links that staff have sent to an address of their choice: they learn nothing of what others sent there. */
import type { TenantId } from '@libs/auth/tenantId';
import type { Tx } from '@libs/db/inTransaction';
import type { Temporal } from 'temporal-polyfill';
import { allowLinkEmail, countLinkEmail, countLinkRequest } from './allowLinkEmail.ts';

/** Counts an e-mail of the tenant to the address; false if it has had MAX_LINK_EMAILS_PER_HOUR sent there: TOO_MANY. */
export const allowStaffEmail = (
  tx: Tx,
  tenantId: TenantId,
  email: string,
  now: Temporal.Instant,
): Promise<boolean> => countLinkEmail(tx, `${tenantId} ${email}`, now);

/**
 * Whether an e-mail that the tenant may send goes out, or is left out silently since the address has got too many of all. Counts requests
 * for links as e-mails even if they found no user: staff can see in an export of their data what was left out.
 */
export const reachesAddress = async (tx: Tx, email: string, now: Temporal.Instant): Promise<boolean> =>
  (await countLinkRequest(tx, email, now)) && (await allowLinkEmail(tx, email, now));
