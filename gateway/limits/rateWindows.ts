/**
 * Counts of points in a sliding minute, by key. The minute is approximated by two fixed windows: all of the current one, and of the one
 * before it the share that the sliding minute still covers (Cloudflare, "How we built rate limiting", 2017). Each process counts by
 * itself and learns the counts of others with `merge`: a request waits for nobody.
 */
export const WINDOW_MS = 60_000;
const MS_PER_SECOND = 1_000;
/** Points and milliseconds are sums of fractions, which are not exact. */
const TOLERANCE = 1e-6;
/** The key that was used longest ago is forgotten; each takes about 200 bytes. */
const MAX_KEYS = 100_000;

type Count = {
  /** Number of the current window since 1970. */
  window: number;
  current: number;
  previous: number;
  /** Points of the current window that were not yet sent to other processes. */
  unsent: number;
};

/** Points of a key in a window, for the other processes. */
export type WindowPoints = { key: string; window: number; points: number };
/** A key's points, counted by all processes together. */
export type Total = { key: string; window: number; current: number; previous: number };

export type RateWindows = {
  /** Seconds until `points` more are within `limit`; 0 if they are. A request of more than the limit counts as the whole limit. */
  waitFor(key: string, points: number, limit: number): number;
  add(key: string, points: number): void;
  /** Points that are left, and seconds until the current window ends. */
  left(key: string, limit: number): { points: number; seconds: number };
  /** Takes what has not been sent yet. */
  takeUnsent(): WindowPoints[];
  /** What has been added since `takeUnsent` is added to the totals. */
  merge(totals: readonly Total[]): void;
};

/** `nowMs`: since 1970, as the windows of all processes must agree. */
export function rateWindows(nowMs: () => number, maxKeys = MAX_KEYS): RateWindows {
  /** Least recently used first. */
  const counts = new Map<string, Count>();
  const touched = new Set<string>();

  /** The count, moved on to the current window. */
  function countOf(key: string): Count {
    const window = Math.floor(nowMs() / WINDOW_MS);
    const last = counts.get(key);
    if (last?.window === window) return last;
    const previous = last?.window === window - 1 ? last.current : 0;
    return { window, current: 0, previous, unsent: 0 };
  }

  function remember(key: string, count: Count): void {
    counts.delete(key);
    counts.set(key, count);
    if (counts.size <= maxKeys) return;
    const [oldest] = counts.keys();
    counts.delete(oldest!);
    touched.delete(oldest!);
  }

  const elapsedShare = (): number => (nowMs() % WINDOW_MS) / WINDOW_MS;
  const usedOf = ({ current, previous }: Count): number => current + previous * (1 - elapsedShare());

  return {
    waitFor(key, points, limit) {
      const count = countOf(key);
      const needed = Math.min(points, limit);
      if (usedOf(count) + needed <= limit + TOLERANCE) return 0;
      const elapsed = elapsedShare();
      const { current, previous } = count;
      // When enough of the previous window has left the minute, or else, in the next window, enough of this one.
      const share =
        current + needed <= limit
          ? 1 - (limit - needed - current) / previous - elapsed
          : 1 - elapsed + 1 - (limit - needed) / current;
      return Math.max(1, Math.ceil((share * WINDOW_MS - TOLERANCE) / MS_PER_SECOND));
    },
    add(key, points) {
      const count = countOf(key);
      count.current += points;
      count.unsent += points;
      touched.add(key);
      remember(key, count);
    },
    left(key, limit) {
      const points = Math.max(0, Math.floor(limit - usedOf(countOf(key))));
      return { points, seconds: Math.ceil(((1 - elapsedShare()) * WINDOW_MS) / MS_PER_SECOND) };
    },
    takeUnsent() {
      const unsentCounts = [...touched].flatMap((key) => {
        const count = counts.get(key)!;
        const { window, unsent: points } = count;
        count.unsent = 0;
        return points > 0 ? [{ key, window, points }] : [];
      });
      touched.clear();
      return unsentCounts;
    },
    merge(totals) {
      for (const { key, window, current, previous } of totals) {
        const count = counts.get(key);
        if (!count || count.window > window + 1) continue;
        if (count.window === window) {
          count.current = Math.max(count.current, current + count.unsent);
          count.previous = Math.max(count.previous, previous);
        } else {
          count.previous = Math.max(count.previous, current);
        }
      }
    },
  };
}
