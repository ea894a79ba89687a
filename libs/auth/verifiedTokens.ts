import { epochMs } from '@libs/time/clock';

/** Tokens kept per process; each takes about 1 KB. */
export const MAX_VERIFIED_TOKENS = 20_000;

export type VerifiedToken<T> = { content: T; expiresAtSeconds: number };

/**
 * Remembers what `verify` says about valid tokens until they expire: clients and the gateway send one token many times, and checking its
 * signature is the larger part of a small request. Invalid tokens are not remembered. The oldest is evicted.
 */
export function verifiedTokens<T>(
  verify: (token: string) => Promise<VerifiedToken<T> | undefined>,
  nowMs: () => number = epochMs,
): (token: string) => Promise<T | undefined> {
  const verified = new Map<string, VerifiedToken<T>>();
  return async (token) => {
    const known = verified.get(token);
    if (known && nowMs() < known.expiresAtSeconds * 1_000) return known.content;
    verified.delete(token);
    const found = await verify(token);
    if (!found) return undefined;
    if (verified.size >= MAX_VERIFIED_TOKENS) verified.delete(verified.keys().next().value!);
    verified.set(token, found);
    return found.content;
  };
}
