/** Who is behind what a client sends in Authorization: the owner of a session or an API key, as the user subgraph knows them. */
import { bearerOf, type AccessTokens } from '@libs/auth/accessToken';
import { hashOfApiKey, isApiKey, looksLikeApiKey } from '@libs/auth/apiKeyFormat';
import { DENIED_SESSION, type Caller } from '@libs/auth/caller';
import { callerSchema } from '@libs/auth/passport';
import { ApiError, unauthenticated } from '@libs/outcome/apiErrors';
import type { SubgraphClient } from './subgraphClient.ts';

/** Names the session, or the API key by its hash in hex: neither grants access by itself. */
export type Credential = { kind: 'session'; id: string } | { kind: 'apiKey'; hash: string };

/** Answers in the order of the credentials; null for one that has ended. Rejects if nobody answers. */
export type FetchCallers = (credentials: readonly Credential[]) => Promise<(Caller | null)[]>;

const notValid = (kind: Credential['kind']): ApiError =>
  unauthenticated(kind === 'apiKey' ? 'api.keyNotValid' : 'api.sessionEnded');

export const credentialEnded = ({ kind }: Credential): ApiError => notValid(kind);

/** UNAUTHENTICATED if it is malformed, forged or expired. Asks nobody. */
export async function credentialIn(
  authorization: string,
  tokens: Pick<AccessTokens, 'verify'>,
): Promise<Credential> {
  const bearer = bearerOf(authorization);
  if (!bearer) throw unauthenticated('api.bearerExpected');
  if (looksLikeApiKey(bearer)) {
    if (!isApiKey(bearer)) throw notValid('apiKey');
    return { kind: 'apiKey', hash: hashOfApiKey(bearer).toString('hex') };
  }
  const claims = await tokens.verify(bearer);
  if (!claims) throw notValid('session');
  return { kind: 'session', id: claims.sessionId };
}

/** In one query to the user subgraph. */
export const fetchCallersFrom =
  (user: SubgraphClient): FetchCallers =>
  async (credentials) => {
    const names = credentials.map((_, index) => `c${index}`);
    const fields = credentials.map(({ kind }, index) =>
      kind === 'session'
        ? { type: 'ID!', field: `c${index}: internalCaller(sessionId: $c${index})` }
        : { type: 'String!', field: `c${index}: internalApiKeyCaller(keyHash: $c${index})` },
    );
    const query = `query (${fields.map(({ type }, index) => `$c${index}: ${type}`).join(' ')}) {
      ${fields.map(({ field }) => field).join(' ')}
    }`;
    const variables = Object.fromEntries(
      credentials.map((one, index) => [`c${index}`, one.kind === 'session' ? one.id : one.hash]),
    );
    const callers = await user.query<Record<string, unknown>>(query, variables);
    return names.map((name) => (callers[name] === null ? null : callerSchema.parse(callers[name])));
  };

/** The caller of an Authorization header; as at the gateway, one that is not valid leaves its sender anonymous. */
export const clientCaller =
  (tokens: Pick<AccessTokens, 'verify'>, callerOf: (credential: Credential) => Promise<Caller>) =>
  async (authorization: string): Promise<Caller> => {
    try {
      return await callerOf(await credentialIn(authorization, tokens));
    } catch (error) {
      if (error instanceof ApiError && error.code === 'UNAUTHENTICATED') return DENIED_SESSION;
      throw error;
    }
  };
