import type { Context } from '../context.ts';
import { endSessionOfAllTenants, sessionOfTokenOfAllTenants } from './store.ts';
import { hashOfToken } from './tokens.ts';

/** Ends the session of a refresh token, used or not. False for an unknown token, or if the session had already ended. */
export async function signOut(ctx: Context, refreshToken: string): Promise<boolean> {
  const session = await sessionOfTokenOfAllTenants(ctx.db, hashOfToken(refreshToken));
  return session !== undefined && endSessionOfAllTenants(ctx.db, session.id, ctx.now);
}
