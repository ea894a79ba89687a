import type { TenantId } from '@libs/auth/tenantId';
import { newId } from '@libs/db/ids';
import type { Tx } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import type { Account } from '../accounts/store.ts';
import type { Context } from '../context.ts';
import { accountEvents, asUser } from '../users/events.ts';
import { issueTokens, type IssuedSession } from './issueTokens.ts';
import { sessionExpiry } from './rules.ts';
import { insertSession } from './store.ts';

/** A new session of a locked account, with its tokens. */
export async function startSession(
  ctx: Context,
  tx: Tx,
  tenantId: TenantId | null,
  account: Account,
): Promise<IssuedSession> {
  const id = newId();
  const expiresAt = sessionExpiry(ctx.now, ctx.now, ctx.sessionRules);
  const { now: createdAt, userAgent = null } = ctx;
  await insertSession(tenantId, tx, { id, accountId: account.id, createdAt, expiresAt, userAgent });
  await announce(tx, accountEvents('user.signed_in', tenantId, account.id), asUser(ctx, account.id));
  return issueTokens(ctx, tx, { id, tenantId, account, expiresAt });
}
