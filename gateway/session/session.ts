/**
 * The caller behind an access token, and the passport that subgraphs get in place of the token. A lost session, user or permission
 * takes effect within CALLER_CACHE_MS. While the user subgraph is down or hangs, cached callers are served for OUTAGE_GRACE_MS.
 */
import { bearerOf, type AccessTokens } from '@libs/auth/accessToken';
import { ANONYMOUS, type Caller } from '@libs/auth/caller';
import { reusablePassport, type Passports } from '@libs/auth/passport';
import { unauthenticated, unavailable } from '@libs/outcome/apiErrors';
import { sharedLookups } from './sharedLookups.ts';

/** How long a caller is cached, and the pause between retries in an outage. */
export const CALLER_CACHE_MS = 2_000;
/** How long a cached caller is served while the user subgraph does not answer. */
export const OUTAGE_GRACE_MS = 60_000;
/** The least recently used session is evicted; each takes about 1 KB. */
export const MAX_CACHED_SESSIONS = 20_000;

const WITHOUT_SESSION: Caller = { kind: 'anonymous', hasDeniedSession: true };

export type Identity = {
  caller: Caller;
  /** Subgraphs refuse requests without one, so anonymous callers have one too. */
  passport: string;
  /** When the access token expires, since 1970; undefined without a session. */
  expiresAtSeconds?: number;
};

export type Sessions = {
  /**
   * The identity behind an Authorization header; anonymous without one. Throws UNAUTHENTICATED if the token is malformed, forged or
   * expired or its session has ended, SERVICE_UNAVAILABLE if the session cannot be looked up.
   */
  identify(authorization: string | undefined): Promise<Identity>;
  /** An anonymous identity in place of a session that is not valid. */
  identityWithoutSession(): Promise<Identity>;
};

type CachedSession = {
  /** null: the session has ended. */
  identity: { caller: Caller; passport: () => Promise<string> } | null;
  /** When the user subgraph last answered and was last asked. */
  confirmedAtMs: number;
  lookedUpAtMs: number;
};

export type SessionOptions = {
  tokens: AccessTokens;
  passports: Passports;
  /** Asks the user subgraph; null if the session has ended; rejects without an answer. */
  fetchCaller: (sessionId: string) => Promise<Caller | null>;
  /** A monotonic clock. */
  nowMs?: () => number;
};

export function createSessions({
  tokens,
  passports,
  fetchCaller,
  nowMs = () => performance.now(),
}: SessionOptions): Sessions {
  const sessions = new Map<string, CachedSession>();
  const passportOf = (caller: Caller) => reusablePassport(passports, caller, nowMs);
  const anonymousPassport = passportOf(ANONYMOUS);
  const deniedPassport = passportOf(WITHOUT_SESSION);

  function cache(sessionId: string, session: CachedSession): CachedSession {
    sessions.delete(sessionId);
    sessions.set(sessionId, session);
    if (sessions.size > MAX_CACHED_SESSIONS) sessions.delete(sessions.keys().next().value!);
    return session;
  }

  const isWithinGrace = ({ confirmedAtMs }: CachedSession, atMs: number): boolean =>
    atMs - confirmedAtMs <= OUTAGE_GRACE_MS;

  const lookups = sharedLookups(async (sessionId) => {
    const last = sessions.get(sessionId);
    const lookedUpAtMs = nowMs();
    try {
      const caller = await fetchCaller(sessionId);
      const identity = caller && { caller, passport: passportOf(caller) };
      return cache(sessionId, { identity, confirmedAtMs: lookedUpAtMs, lookedUpAtMs });
    } catch (error) {
      if (!last || !isWithinGrace(last, lookedUpAtMs)) throw unavailable(error);
      // Postpones the next look-up: requests must not all wait for a subgraph that hangs.
      last.lookedUpAtMs = nowMs();
      return cache(sessionId, last);
    }
  });

  /** A stale session waits for its look-up only while the user subgraph seems to answer. */
  async function sessionOf(sessionId: string): Promise<CachedSession> {
    const last = sessions.get(sessionId);
    if (last && nowMs() - last.lookedUpAtMs < CALLER_CACHE_MS) return cache(sessionId, last);
    const { answer, soon } = lookups.lookUp(sessionId);
    if (!last || !isWithinGrace(last, nowMs())) return answer;
    if (lookups.isAnyLate()) return last;
    return (await soon) ?? last;
  }

  return {
    async identify(authorization) {
      if (!authorization) return { caller: ANONYMOUS, passport: await anonymousPassport() };
      const token = bearerOf(authorization);
      if (!token) throw unauthenticated('api.bearerExpected');
      const claims = await tokens.verify(token);
      if (!claims) throw unauthenticated('api.sessionEnded');

      const { identity } = await sessionOf(claims.sessionId);
      if (!identity) throw unauthenticated('api.sessionEnded');
      const passport = await identity.passport();
      return { caller: identity.caller, passport, expiresAtSeconds: claims.expiresAtSeconds };
    },
    identityWithoutSession: async () => ({ caller: WITHOUT_SESSION, passport: await deniedPassport() }),
  };
}
