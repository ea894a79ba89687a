import type { LinkRequestKind } from '@drizzle/user/tables';
import { newId } from '@libs/db/ids';
import type { Context } from '../context.ts';
import { insertLinkRequest } from './store.ts';

/**
 * Always true, and of equal cost: a worker looks for the user (`answerRequest.ts`). Nothing is sent for an unknown or inactive tenant, nor
 * to platform administrators.
 */
export async function requestLink(
  ctx: Context,
  kind: Exclude<LinkRequestKind, 'SIGN_UP'>,
  { domain, email }: { domain?: string | null | undefined; email: string },
): Promise<true> {
  const tenant = domain == null ? undefined : await ctx.tenants.byDomain(domain);
  if (!tenant?.isActive) return true;
  const { now: createdAt, traceId } = ctx;
  await insertLinkRequest(tenant.id, ctx.db, { id: newId(), kind, email, traceId, createdAt });
  return true;
}
