import { tenantOfRow, type TenantId } from '@libs/auth/tenantId';
import type { Context } from '../context.ts';

/**
 * The tenant that a mutation of the user with this id is for: the caller's own, or for a platform administrator the user's; undefined
 * where there is no such user.
 */
export async function tenantOfUser(ctx: Context, id: string): Promise<TenantId | undefined> {
  if (ctx.caller.kind === 'user') return ctx.caller.tenantId;
  const row = await ctx.userById.load(id);
  return row ? tenantOfRow(row) : undefined;
}
