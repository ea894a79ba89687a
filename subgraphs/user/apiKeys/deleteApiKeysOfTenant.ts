import type { ReactionContext } from '@libs/events/reactions';
import { removeApiKeysOfTenant } from './store.ts';

/** For good; `deleteUsersOfTenant` has marked the tenant as deleted, so that none is made afterwards. */
export async function deleteApiKeysOfTenant(ctx: ReactionContext<'tenant.deleted'>): Promise<void> {
  await removeApiKeysOfTenant(ctx.event.tenantId, ctx.tx);
}
