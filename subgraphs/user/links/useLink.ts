import type { Tx } from '@libs/db/inTransaction';
import { lockAccount, type Account } from '../accounts/store.ts';
import type { Link } from './findLink.ts';
import { removeLinkToken } from './store.ts';

/** The link's user, locked. Undefined if the link was used or ended since it was found. */
export async function useLink(tx: Tx, { tenantId, userId, tokenHash }: Link): Promise<Account | undefined> {
  const account = await lockAccount(tenantId, tx, userId);
  return account?.isActive && (await removeLinkToken(tenantId, tx, tokenHash)) ? account : undefined;
}
