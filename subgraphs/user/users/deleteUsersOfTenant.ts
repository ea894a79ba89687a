import type { ReactionContext } from '@libs/events/reactions';
import { removeUsersOfTenant } from './store.ts';

/** Deletes the users of a tenant that is gone, and their sessions, for good; no user can be made in it from then on. */
export async function deleteUsersOfTenant(ctx: ReactionContext<'tenant.deleted'>): Promise<void> {
  await removeUsersOfTenant(ctx.event.tenantId, ctx.tx, ctx.now);
}
