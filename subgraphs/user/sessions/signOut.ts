import type { Context } from '../context.ts';
import { endSessionOfAllTenants, sessionOfTokenOfAllTenants } from './store.ts';
import { hashOfToken } from './tokens.ts';

/**
 * Ends the session that a refresh token belongs to, also by one that was used. Answers whether it ended now: false for a token that
 * nobody knows, and for a session that had ended before.
 */
export async function signOut(ctx: Context, refreshToken: string): Promise<boolean> {
  const session = await sessionOfTokenOfAllTenants(ctx.db, hashOfToken(refreshToken));
  return session !== undefined && endSessionOfAllTenants(ctx.db, session.id, ctx.now);
}
