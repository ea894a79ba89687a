/** Looks up the callers of sessions in the user subgraph. */
import { accessTokens, type JwtAlgorithm } from '@libs/auth/accessToken';
import { ANONYMOUS, type Caller } from '@libs/auth/caller';
import { callerSchema } from '@libs/auth/passport';
import type { SubgraphClient } from './subgraphClient.ts';

/** The caller of a session; null if the session has ended. */
async function fetchCallerOfSession(user: SubgraphClient, sessionId: string): Promise<Caller | null> {
  const query = 'query ($sessionId: ID!) { internalCaller(sessionId: $sessionId) }';
  const { internalCaller } = await user.query<{ internalCaller: unknown }>(query, { sessionId });
  return internalCaller === null ? null : callerSchema.parse(internalCaller);
}

/** The same for several sessions in one query, in the order of `sessionIds`. */
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

/** Resolves access tokens for a subgraph's Sandbox in development; anonymous if invalid. */
export function callerOfToken(user: SubgraphClient, key: { secretKey: string; algorithm: JwtAlgorithm }) {
  const tokens = accessTokens(key.secretKey, key.algorithm);
  return async (token: string): Promise<Caller> => {
    const claims = await tokens.verify(token);
    return (claims && (await fetchCallerOfSession(user, claims.sessionId))) ?? ANONYMOUS;
  };
}
