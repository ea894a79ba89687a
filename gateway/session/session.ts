/** The caller behind an Authorization header, and the passport that subgraphs get in its place. */
import type { AccessTokens } from '@libs/auth/accessToken';
import { ANONYMOUS, DENIED_SESSION, type Caller } from '@libs/auth/caller';
import { reusablePassport, type Passports, type ReusablePassport } from '@libs/auth/passport';
import { callerCache } from '@libs/directory/callerCache';
import { credentialIn, type FetchCallers } from '@libs/directory/callers';

export type Identity = {
  caller: Caller;
  /** For each subgraph. They refuse requests without one, so anonymous callers have them too. */
  passport: ReusablePassport;
};

export type Sessions = {
  /**
   * The identity behind an Authorization header; anonymous without one. Throws UNAUTHENTICATED if the token or API key is malformed,
   * forged or expired or its session has ended, SERVICE_UNAVAILABLE if it cannot be looked up.
   */
  identify(authorization: string | undefined): Promise<Identity>;
  /** An anonymous identity in place of a session that is not valid. */
  identityWithoutSession(): Promise<Identity>;
};

export type SessionOptions = {
  tokens: AccessTokens;
  passports: Pick<Passports, 'mint'>;
  /** Asks the user subgraph. */
  fetchCallers: FetchCallers;
  /** A monotonic clock. */
  nowMs?: () => number;
};

export function createSessions({
  tokens,
  passports,
  fetchCallers,
  nowMs = () => performance.now(),
}: SessionOptions): Sessions {
  const callerOf = callerCache({ fetchCallers, nowMs });
  const passportsOf = new WeakMap<Caller, ReusablePassport>();

  function identityOf(caller: Caller): Identity {
    const passport = passportsOf.get(caller) ?? reusablePassport(passports, caller, nowMs);
    passportsOf.set(caller, passport);
    return { caller, passport };
  }

  return {
    async identify(authorization) {
      if (!authorization) return identityOf(ANONYMOUS);
      return identityOf(await callerOf(await credentialIn(authorization, tokens)));
    },
    identityWithoutSession: async () => identityOf(DENIED_SESSION),
  };
}
