import type { TenantId } from '@libs/auth/tenantId';
import type { Tx } from '@libs/db/inTransaction';
import type { EventContext } from '@libs/events/catalogue';
import { announce } from '@libs/events/outbox';
import { endLinks } from '../links/endLinks.ts';
import { removeNotificationsOfUser } from '../notifications/store.ts';
import { endSessionsOfAccount } from '../sessions/store.ts';
import { userDeleted } from './events.ts';
import { eraseUser } from './store.ts';

/** Erases the account and its notifications, ends the sessions, and announces it. The user must be locked. */
export async function removeUser(ctx: EventContext, tx: Tx, tenantId: TenantId, id: string): Promise<void> {
  await eraseUser(tenantId, tx, id, ctx.now);
  await endSessionsOfAccount(tenantId, tx, id, { now: ctx.now });
  await endLinks(tenantId, tx, id);
  await removeNotificationsOfUser(tenantId, tx, id);
  await announce(tx, userDeleted(tenantId, id), ctx);
}
