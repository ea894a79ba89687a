/**
 * The callers behind credentials, as the user subgraph last said. A lost session, key, user or permission takes effect within
 * CALLER_CACHE_MS, an ended API key within API_KEY_CACHE_MS. While the user subgraph is down or hangs, cached callers are served for
 * OUTAGE_GRACE_MS.
 */
import type { Caller } from '@libs/auth/caller';
import { recentEntries } from '@libs/cache/recentEntries';
import { unavailable } from '@libs/outcome/apiErrors';
import { batchedLookup } from './batchedLookup.ts';
import { credentialEnded, type Credential, type FetchCallers } from './callers.ts';
import { sharedLookups } from './sharedLookups.ts';

/** How long a session's caller is cached, and the pause between retries in an outage. */
export const CALLER_CACHE_MS = 2_000;
/** Shorter, so that an ended key's subscriptions too, which are checked every second, end within 2 seconds. */
export const API_KEY_CACHE_MS = 800;
/** How long a cached caller is served while the user subgraph does not answer. */
export const OUTAGE_GRACE_MS = 60_000;
/** The least recently used caller is evicted; each takes about 1 KB. */
export const MAX_CACHED_CALLERS = 20_000;
/** Credentials that have ended or never were: anyone can make up API keys, which must evict no caller. */
const MAX_CACHED_REFUSALS = 1_000;

type CachedCaller = {
  /** null: the credential has ended. */
  caller: Caller | null;
  /** When the user subgraph last answered and was last asked. */
  confirmedAtMs: number;
  lookedUpAtMs: number;
};

export type CallerCacheOptions = {
  fetchCallers: FetchCallers;
  /** A monotonic clock. */
  nowMs?: () => number;
  maxCallers?: number;
};

/** The same object as long as it is cached. */
export type CallerOf = (credential: Credential) => Promise<Caller>;

const keyOfCredential = (credential: Credential): string =>
  credential.kind === 'session' ? credential.id : credential.hash;

const maxAgeMs = ({ kind }: Credential): number => (kind === 'session' ? CALLER_CACHE_MS : API_KEY_CACHE_MS);

/** Throws UNAUTHENTICATED for a credential that has ended, SERVICE_UNAVAILABLE if it cannot be looked up. */
export function callerCache({
  fetchCallers,
  nowMs = () => performance.now(),
  maxCallers = MAX_CACHED_CALLERS,
}: CallerCacheOptions): CallerOf {
  const callers = recentEntries<CachedCaller>(maxCallers);
  const refused = recentEntries<CachedCaller>(MAX_CACHED_REFUSALS);
  const fetchCaller = batchedLookup(fetchCallers);

  function cache(key: string, entry: CachedCaller): CachedCaller {
    (entry.caller ? refused : callers).delete(key);
    (entry.caller ? callers : refused).set(key, entry);
    return entry;
  }
  const cached = (key: string): CachedCaller | undefined => callers.get(key) ?? refused.get(key);

  const isWithinGrace = ({ confirmedAtMs }: CachedCaller, atMs: number): boolean =>
    atMs - confirmedAtMs <= OUTAGE_GRACE_MS;

  const lookups = sharedLookups(keyOfCredential, async (credential: Credential) => {
    const key = keyOfCredential(credential);
    const last = cached(key);
    const lookedUpAtMs = nowMs();
    try {
      const found = await fetchCaller(credential);
      // The same object for an unchanged caller, so that what was made for it can be reused.
      const caller = JSON.stringify(found) === JSON.stringify(last?.caller) ? last!.caller : found;
      return cache(key, { caller, confirmedAtMs: lookedUpAtMs, lookedUpAtMs });
    } catch (error) {
      if (!last || !isWithinGrace(last, lookedUpAtMs)) throw unavailable(error);
      // Postpones the next look-up: requests must not all wait for a subgraph that hangs.
      last.lookedUpAtMs = nowMs();
      return cache(key, last);
    }
  });

  /** A stale caller waits for the look-up only while the user subgraph seems to answer. */
  async function entryOf(credential: Credential): Promise<CachedCaller> {
    const key = keyOfCredential(credential);
    const last = cached(key);
    if (last && nowMs() - last.lookedUpAtMs < maxAgeMs(credential)) return cache(key, last);
    const { answer, soon } = lookups.lookUp(credential);
    if (!last || !isWithinGrace(last, nowMs())) return answer;
    if (lookups.isAnyLate()) return last;
    return (await soon) ?? last;
  }

  return async (credential) => {
    const { caller } = await entryOf(credential);
    if (!caller) throw credentialEnded(credential);
    return caller;
  };
}
