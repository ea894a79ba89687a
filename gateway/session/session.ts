/**
 * Who a client's access token speaks for, as the user subgraph knows it now, and the passport that subgraphs are shown in
 * place of the token. A session that ended, a user who was deactivated, a permission that was taken away act within
 * CALLER_CACHE_MS while the user subgraph answers. While it is away or hangs, who was known goes on for OUTAGE_GRACE_MS and does not
 * wait for it.
 */
import { bearerOf, type AccessTokens } from '@libs/auth/accessToken';
import { ANONYMOUS, type Caller } from '@libs/auth/caller';
import type { Passports } from '@libs/auth/passport';
import { unauthenticated, unavailable } from '@libs/outcome/apiErrors';

/** How long an answer of the user subgraph is used, in milliseconds; also the pause between two tries while it is away. */
export const CALLER_CACHE_MS = 2_000;
/** How long who was last known is used while the user subgraph does not answer, in milliseconds. */
export const OUTAGE_GRACE_MS = 60_000;
/** How long a request of somebody who is known waits for the user subgraph, in milliseconds. */
export const LOOKUP_PATIENCE_MS = 300;
/** How long one passport is handed out, in milliseconds; it is valid for longer, so that the request that bears it can end. */
export const PASSPORT_REUSE_MS = 30_000;
/** Sessions remembered; the least recently used one goes. About 1 KB each. */
export const MAX_CACHED_SESSIONS = 20_000;

export type Identity = {
  caller: Caller;
  /** Without a session too: a subgraph answers nobody who has none. */
  passport: string;
  /** When the access token expires, in seconds since 1970; undefined without a session. */
  expiresAtSeconds?: number;
};

export type Sessions = {
  /**
   * Who an Authorization header speaks for; anonymous without one. Throws UNAUTHENTICATED where it is malformed, forged or
   * expired or its session has ended, SERVICE_UNAVAILABLE where that cannot be found out.
   */
  identify(authorization: string | undefined): Promise<Identity>;
};

/** A caller, and the passport that is handed out for them. */
type CallerPassport = {
  /** null: the session has ended. */
  caller: Caller | null;
  passport: string | undefined;
  mintedAt: number;
};

type CachedCaller = CallerPassport & {
  /** When the user subgraph said so, and when it was last asked. */
  confirmedAt: number;
  lookedUpAt: number;
};

/** A question that is under way. */
type Lookup = {
  answer: Promise<CachedCaller>;
  /** The answer, or undefined where it takes longer than LOOKUP_PATIENCE_MS. */
  soon: Promise<CachedCaller | undefined>;
};

export type SessionOptions = {
  tokens: AccessTokens;
  passports: Passports;
  /** Asks the user subgraph; null where the session has ended; rejects where it does not answer. */
  fetchCaller: (sessionId: string) => Promise<Caller | null>;
  /** A clock that only goes forward, in milliseconds. */
  nowMs?: () => number;
};

/** Remembers callers by session in this process. */
export function createSessions({
  tokens,
  passports,
  fetchCaller,
  nowMs = () => performance.now(),
}: SessionOptions): Sessions {
  const sessions = new Map<string, CachedCaller>();
  const anonymous: CallerPassport = { caller: ANONYMOUS, passport: undefined, mintedAt: 0 };
  const lookups = new Map<string, Lookup>();
  /** Questions that have been under way for longer than LOOKUP_PATIENCE_MS. */
  let late = 0;

  function cacheCaller(sessionId: string, entry: CachedCaller): void {
    sessions.delete(sessionId);
    sessions.set(sessionId, entry);
    if (sessions.size > MAX_CACHED_SESSIONS) sessions.delete(sessions.keys().next().value!);
  }

  async function refresh(sessionId: string): Promise<CachedCaller> {
    const last = sessions.get(sessionId);
    const lookedUpAt = nowMs();
    let entry: CachedCaller;
    try {
      const caller = await fetchCaller(sessionId);
      entry = { caller, confirmedAt: lookedUpAt, lookedUpAt, passport: undefined, mintedAt: 0 };
    } catch (error) {
      if (!last || lookedUpAt - last.confirmedAt > OUTAGE_GRACE_MS) throw unavailable(error);
      // Asked again only after the usual pause: while the subgraph hangs, not every request waits for it.
      last.lookedUpAt = nowMs();
      entry = last;
    }
    cacheCaller(sessionId, entry);
    return entry;
  }

  const isWithinGrace = ({ confirmedAt }: CachedCaller): boolean => nowMs() - confirmedAt <= OUTAGE_GRACE_MS;

  function begin(sessionId: string): Lookup {
    let isLate = false;
    let timer: NodeJS.Timeout | undefined;
    const answer = refresh(sessionId).finally(() => {
      clearTimeout(timer);
      if (isLate) late -= 1;
      lookups.delete(sessionId);
    });
    const patience = new Promise<undefined>((resolve) => {
      // An answer that has arrived while this process was busy is read first.
      timer = setTimeout(() => setImmediate(giveUp, resolve), LOOKUP_PATIENCE_MS);
    });
    function giveUp(resolve: (nothing: undefined) => void): void {
      if (lookups.get(sessionId) === lookup) {
        isLate = true;
        late += 1;
      }
      resolve(undefined);
    }
    const lookup = { answer, soon: Promise.race([answer, patience]) };
    // Nobody may be waiting any more when it fails.
    lookup.soon.catch(() => {});
    answer.catch(() => {});
    lookups.set(sessionId, lookup);
    return lookup;
  }

  /**
   * One question at a time for each session; who comes meanwhile gets the same answer. Whoever is known waits for it only as long
   * as the user subgraph may be thought to answer.
   */
  async function cachedCaller(sessionId: string): Promise<CachedCaller> {
    const last = sessions.get(sessionId);
    if (last && nowMs() - last.lookedUpAt < CALLER_CACHE_MS) {
      cacheCaller(sessionId, last);
      return last;
    }
    const { answer, soon } = lookups.get(sessionId) ?? begin(sessionId);
    if (!last || !isWithinGrace(last)) return answer;
    if (late > 0) return last;
    return (await soon) ?? last;
  }

  /** The caller's passport, minted again when it is half spent. */
  async function passportOf(entry: CallerPassport, caller: Caller): Promise<string> {
    if (!entry.passport || nowMs() - entry.mintedAt > PASSPORT_REUSE_MS) {
      entry.mintedAt = nowMs();
      entry.passport = await passports.mint(caller);
    }
    return entry.passport;
  }

  return {
    async identify(authorization) {
      if (!authorization) return { caller: ANONYMOUS, passport: await passportOf(anonymous, ANONYMOUS) };
      const token = bearerOf(authorization);
      const claims = token ? await tokens.verify(token) : undefined;
      if (!claims) throw unauthenticated('api.sessionEnded');

      const session = await cachedCaller(claims.sessionId);
      if (!session.caller) throw unauthenticated('api.sessionEnded');
      return {
        caller: session.caller,
        passport: await passportOf(session, session.caller),
        expiresAtSeconds: claims.expiresAtSeconds,
      };
    },
  };
}
