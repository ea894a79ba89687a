import type { SessionRow, UserRow } from '@drizzle/user/tables';
import { requireService, type SignedInCaller } from '@libs/auth/caller';
import { tenantOfRow } from '@libs/auth/tenantId';
import { Temporal } from 'temporal-polyfill';
import type { Context } from '../context.ts';
import { isSelf } from '../users/access.ts';
import { permissionsOf } from '../users/permissions.ts';
import { isTenantActive } from './isTenantActive.ts';
import { LAST_USE_PRECISION_SECONDS, MAX_LISTED_SESSIONS } from './rules.ts';
import { listSessions, ownerOfSessionOfAllTenants, recordUseOfAllTenants } from './store.ts';

/** Null if the session has ended or expired, or its user or tenant is inactive or gone. Records the use. */
export async function callerOfSession(
  ctx: Pick<Context, 'db' | 'tenants' | 'now' | 'log'>,
  sessionId: string,
): Promise<SignedInCaller | null> {
  const owner = await ownerOfSessionOfAllTenants(ctx.db, sessionId, ctx.now);
  if (!owner) return null;
  const { administratorId, user, lastUsedAt } = owner;
  const since = ctx.now.subtract({ seconds: LAST_USE_PRECISION_SECONDS });
  if (Temporal.Instant.compare(lastUsedAt, since) <= 0)
    await recordUseOfAllTenants(ctx.db, sessionId, { now: ctx.now, since });
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

/** The caller's own, last used first; null for another user. */
export async function sessionsOf(ctx: Context, user: UserRow): Promise<SessionRow[] | null> {
  if (!isSelf(ctx.caller, user.id)) return null;
  const { now } = ctx;
  return listSessions(tenantOfRow(user), ctx.db, { accountId: user.id, now, limit: MAX_LISTED_SESSIONS });
}
