/** The caller of a client's access token, as the user subgraph knows the session now. */
import { accessTokens, type JwtAlgorithm } from '@libs/auth/accessToken';
import { ANONYMOUS, type Caller } from '@libs/auth/caller';
import { callerSchema } from '@libs/auth/passport';
import type { SubgraphClient } from './subgraphClient.ts';

/** Asks `user` (the user subgraph) for the caller of a session; null where it has ended. */
export async function fetchCallerOfSession(user: SubgraphClient, sessionId: string): Promise<Caller | null> {
  const query = 'query ($sessionId: ID!) { internalCaller(sessionId: $sessionId) }';
  const { internalCaller } = await user.query<{ internalCaller: unknown }>(query, { sessionId });
  return internalCaller === null ? null : callerSchema.parse(internalCaller);
}

/** The callers of several sessions by one question, in the order of `sessionIds`; null for those that have ended. */
export async function fetchCallersOfSessions(
  user: SubgraphClient,
  sessionIds: readonly string[],
): Promise<(Caller | null)[]> {
  const names = sessionIds.map((_, index) => `s${index}`);
  const query = `query (${names.map((name) => `$${name}: ID!`).join(' ')}) {
    ${names.map((name) => `${name}: internalCaller(sessionId: $${name})`).join(' ')}
  }`;
  const variables = Object.fromEntries(names.map((name, index) => [name, sessionIds[index]]));
  const callers = await user.query<Record<string, unknown>>(query, variables);
  return names.map((name) => (callers[name] === null ? null : callerSchema.parse(callers[name])));
}

/** For a subgraph's own Sandbox in development: the caller of a token, anonymous where it is not good. */
export function callerOfToken(user: SubgraphClient, key: { secretKey: string; algorithm: JwtAlgorithm }) {
  const tokens = accessTokens(key.secretKey, key.algorithm);
  return async (token: string): Promise<Caller> => {
    const claims = await tokens.verify(token);
    return (claims && (await fetchCallerOfSession(user, claims.sessionId))) ?? ANONYMOUS;
  };
}
