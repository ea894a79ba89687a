import { requireService } from '@libs/auth/caller';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import type { Context } from '../context.ts';
import { findLink } from '../links/findLink.ts';
import { asUser } from '../users/events.ts';
import { lockAdministratorsForShare } from './store.ts';

/**
 * The tenant that the link's recipient may export now, null if none: they must still be an administrator. The link goes on working, since a
 * download may break off; each one is announced. Requires a service.
 */
export async function openExport(ctx: Context, token: string): Promise<string | null> {
  requireService(ctx.caller);
  const link = await findLink(ctx, token, 'EXPORT_TENANT');
  if (!link) return null;
  const { tenantId, userId } = link;
  return inTransaction(ctx.db, async (tx) => {
    const [administrator] = await lockAdministratorsForShare(tenantId, tx, userId);
    if (!administrator) return null;
    const exported = { type: 'tenant.exported', payload: { tenant_id: tenantId } } as const;
    await announce(tx, exported, asUser(ctx, userId));
    return tenantId;
  });
}
