/** The caller of a client's access token, as the user subgraph knows the session now. */
import { accessTokens, type JwtAlgorithm } from '@libs/auth/accessToken';
import { ANONYMOUS, type Caller } from '@libs/auth/caller';
import { callerSchema } from '@libs/auth/passport';
import type { Neighbour } from './ask.ts';

/** Asks `user` (the user subgraph) for the caller of a session; null where it has ended. */
export async function callerOfSession(user: Neighbour, sessionId: string): Promise<Caller | null> {
  const query = 'query ($sessionId: ID!) { internalCaller(sessionId: $sessionId) }';
  const { internalCaller } = await user.ask<{ internalCaller: unknown }>(query, { sessionId });
  return internalCaller === null ? null : callerSchema.parse(internalCaller);
}

/** For a subgraph's own Sandbox in development: the caller of a token, anonymous where it is not good. */
export function callerOfToken(user: Neighbour, key: { secretKey: string; algorithm: JwtAlgorithm }) {
  const tokens = accessTokens(key.secretKey, key.algorithm);
  return async (token: string): Promise<Caller> => {
    const claims = await tokens.verify(token);
    return (claims && (await callerOfSession(user, claims.sessionId))) ?? ANONYMOUS;
  };
}
