import type { LinkPurpose } from '@drizzle/user/tables';
import { tenantOfRow, type TenantId } from '@libs/auth/tenantId';
import type { Context } from '../context.ts';
import { hashOfToken } from '../sessions/tokens.ts';
import { ownerOfLinkOfAllTenants } from './store.ts';

export type Link = { tenantId: TenantId; userId: string; tokenHash: Buffer };

/** Undefined if the token is unknown, used, too old, or for another purpose, or its tenant is inactive. */
export async function findLink(ctx: Context, token: string, purpose: LinkPurpose): Promise<Link | undefined> {
  const tokenHash = hashOfToken(token);
  const owner = await ownerOfLinkOfAllTenants(ctx.db, tokenHash, purpose, ctx.now);
  if (!owner) return undefined;
  const tenantId = tenantOfRow(owner);
  const tenant = await ctx.tenants.profile(tenantId);
  return tenant?.isActive ? { tenantId, userId: owner.userId, tokenHash } : undefined;
}
