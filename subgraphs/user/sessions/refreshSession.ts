import { tenantOfRow } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import { SYSTEM } from '@libs/events/actor';
import { announce } from '@libs/events/outbox';
import { done, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import { Temporal } from 'temporal-polyfill';
import { findAccount } from '../accounts/store.ts';
import type { Context } from '../context.ts';
import { accountEvents } from '../users/events.ts';
import { issueTokens, type IssuedSession } from './issueTokens.ts';
import { isTenantActive } from './isTenantActive.ts';
import { sessionExpiry, sessionOver, tenantInactive, userInactive } from './rules.ts';
import {
  endSessionOfAllTenants,
  extendSessionOfAllTenants,
  lockSessionOfAllTenants,
  sessionOfTokenOfAllTenants,
  useTokenOfAllTenants,
} from './store.ts';
import { hashOfToken } from './tokens.ts';

/**
 * Exchanges a refresh token for a new pair and extends the session, until SESSION_EXPIRE_DAYS after sign-in at most. A token
 * works once: if a used one returns, someone has a copy, and the owner cannot be told from the thief, so the session ends (RFC
 * 9700 §4.14.2). Of two concurrent refreshes, the first succeeds and the second ends the session. Refuses INVALID_CREDENTIALS for
 * an unknown or used token or an ended session, INACTIVE for an inactive tenant or user.
 */
export async function refreshSession(ctx: Context, refreshToken: string): Promise<Outcome<IssuedSession>> {
  const tokenHash = hashOfToken(refreshToken);
  const found = await sessionOfTokenOfAllTenants(ctx.db, tokenHash);
  if (!found) return refused(sessionOver());
  const { id } = found;
  const tenantId = found.tenantId === null ? null : tenantOfRow({ tenantId: found.tenantId });
  const refuse = (refusal: ReturnType<typeof sessionOver>) =>
    tenantId ? refusedFor(tenantId, refusal) : refused(refusal);
  if (tenantId && !(await isTenantActive(ctx, tenantId))) return refuse(tenantInactive());

  return inTransaction(ctx.db, async (tx) => {
    const session = await lockSessionOfAllTenants(tx, id, ctx.now);
    const accountId = session?.userId ?? session?.administratorId;
    const account = accountId && (await findAccount(tenantId, tx, accountId));
    if (!session || !account) return refuse(sessionOver());
    if (!account.isActive) return refuse(userInactive());

    if (!(await useTokenOfAllTenants(tx, tokenHash, ctx.now))) {
      await endSessionOfAllTenants(tx, id, ctx.now);
      const revoked = accountEvents('user.session_revoked', tenantId, account.id);
      await announce(tx, revoked, { ...ctx, actor: SYSTEM });
      ctx.log.warn(
        { tenantId, userId: account.id },
        'a refresh token was reused: its session has been ended',
      );
      return refuse(sessionOver());
    }
    const expiresAt = sessionExpiry(session.createdAt, ctx.now, ctx.sessionRules);
    // Possible after SESSION_EXPIRE_DAYS was lowered.
    if (Temporal.Instant.compare(expiresAt, ctx.now) <= 0) {
      await endSessionOfAllTenants(tx, id, ctx.now);
      return refuse(sessionOver());
    }
    await extendSessionOfAllTenants(tx, id, { expiresAt, lastUsedAt: ctx.now });
    return done(await issueTokens(ctx, tx, { id, tenantId, account, expiresAt }));
  });
}
