import { tenantIdOf } from '@libs/auth/caller';
import { tenantOfRow, type TenantId } from '@libs/auth/tenantId';
import type { Context } from '../context.ts';

/** The caller's own tenant, for a platform administrator the user's. Undefined if there is no such user. */
export async function tenantOfUser(ctx: Context, id: string): Promise<TenantId | undefined> {
  const own = tenantIdOf(ctx.caller);
  if (own) return own;
  const row = await ctx.userById.load(id);
  return row ? tenantOfRow(row) : undefined;
}
