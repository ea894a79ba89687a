import { tenantOfRow, type TenantId } from '@libs/auth/tenantId';
import type { Context } from '../context.ts';

/** The caller's own tenant, for a platform administrator the user's. Undefined if there is no such user. */
export async function tenantOfUser(ctx: Context, id: string): Promise<TenantId | undefined> {
  if (ctx.caller.kind === 'user') return ctx.caller.tenantId;
  const row = await ctx.userById.load(id);
  return row ? tenantOfRow(row) : undefined;
}
