import type { TenantId } from '@libs/auth/tenantId';
import type { Tx } from '@libs/db/inTransaction';
import { removePendingNotifications } from '../notifications/store.ts';
import { LINK_EVENT_TYPES } from './rules.ts';
import { removeLinkTokensOfUser } from './store.ts';

/** Ends the user's links, also of e-mails that wait to be sent. The user must be locked. */
export async function endLinks(tenantId: TenantId, tx: Tx, userId: string): Promise<void> {
  await removeLinkTokensOfUser(tenantId, tx, userId);
  await removePendingNotifications(tenantId, tx, userId, LINK_EVENT_TYPES);
}
