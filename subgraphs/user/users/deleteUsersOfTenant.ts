import type { ReactionContext } from '@libs/events/reactions';
import { removeUsersOfTenant } from './store.ts';

/** For good; none can be created afterwards. */
export async function deleteUsersOfTenant(ctx: ReactionContext<'tenant.deleted'>): Promise<void> {
  await removeUsersOfTenant(ctx.event.tenantId, ctx.tx, ctx.now);
}
