import type { UserRow } from '@drizzle/user/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Tx } from '@libs/db/inTransaction';
import { Temporal } from 'temporal-polyfill';
import type { Context } from '../context.ts';
import type { Account } from '../accounts/store.ts';
import { accessTokenExpirySeconds } from './rules.ts';
import { insertTokenOfAllTenants } from './store.ts';
import { hashOfToken, newToken } from './tokens.ts';

/** The tokens are not stored. */
export type IssuedSession = {
  accessToken: string;
  refreshToken: string;
  /** When the access token expires. */
  expiresAt: Temporal.Instant;
  /** Null for a platform administrator. */
  user: UserRow | null;
};

/** The session must be locked. */
export async function issueTokens(
  ctx: Context,
  tx: Tx,
  session: { id: string; tenantId: TenantId | null; account: Account; expiresAt: Temporal.Instant },
): Promise<IssuedSession> {
  const { id: sessionId, tenantId, account } = session;
  const refreshToken = newToken();
  await insertTokenOfAllTenants(tx, {
    tokenHash: hashOfToken(refreshToken),
    sessionId,
    expiresAt: session.expiresAt,
  });
  const expiresAtSeconds = accessTokenExpirySeconds(session.expiresAt, ctx.now, ctx.sessionRules);
  return {
    accessToken: await ctx.accessTokens.sign({ userId: account.id, sessionId, tenantId, expiresAtSeconds }),
    refreshToken,
    expiresAt: Temporal.Instant.fromEpochMilliseconds(expiresAtSeconds * 1_000),
    user: account.user,
  };
}
