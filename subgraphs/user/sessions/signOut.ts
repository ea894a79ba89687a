import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import type { Context } from '../context.ts';
import { accountEvents, asUser } from '../users/events.ts';
import { endSessionOfAllTenants, sessionOfTokenOfAllTenants } from './store.ts';
import { hashOfToken } from './tokens.ts';

/** Ends the session of a refresh token, used or not. False for an unknown token, or if the session had already ended. */
export async function signOut(ctx: Context, refreshToken: string): Promise<boolean> {
  const session = await sessionOfTokenOfAllTenants(ctx.db, hashOfToken(refreshToken));
  if (!session) return false;
  const { id, tenantId, userId } = session;
  return inTransaction(ctx.db, async (tx) => {
    if (!(await endSessionOfAllTenants(tx, id, ctx.now))) return false;
    if (userId) await announce(tx, accountEvents('user.signed_out', tenantId, userId), asUser(ctx, userId));
    return true;
  });
}
