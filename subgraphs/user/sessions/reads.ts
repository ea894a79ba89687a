import { requireService, type SignedInCaller } from '@libs/auth/caller';
import { tenantOfRow } from '@libs/auth/tenantId';
import type { Context } from '../context.ts';
import { permissionsOf } from '../users/permissions.ts';
import { isTenantActive } from './isTenantActive.ts';
import { ownerOfSessionOfAllTenants } from './store.ts';

/** Null if the session has ended or expired, or its user or tenant is inactive or gone. */
export async function callerOfSession(
  ctx: Pick<Context, 'db' | 'tenants' | 'now' | 'log'>,
  sessionId: string,
): Promise<SignedInCaller | null> {
  const owner = await ownerOfSessionOfAllTenants(ctx.db, sessionId, ctx.now);
  if (!owner) return null;
  const { administratorId, user } = owner;
  if (administratorId) return { kind: 'platform', userId: administratorId, sessionId };
  if (!user?.isActive) return null;
  const tenantId = tenantOfRow(user);
  if (!(await isTenantActive(ctx, tenantId))) return null;
  return {
    kind: 'user',
    userId: user.id,
    tenantId,
    userType: user.userType,
    permissions: permissionsOf(user),
    sessionId,
  };
}

/** For the gateway and the other subgraphs, in the form of `callerSchema` in libs/auth/passport.ts. */
export async function internalCaller(ctx: Context, sessionId: string): Promise<SignedInCaller | null> {
  requireService(ctx.caller);
  return callerOfSession(ctx, sessionId);
}
