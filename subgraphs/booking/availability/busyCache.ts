/**
 * Busy times in Redis, one entry per resource and UTC day, valid only under the resource's version. Callers read that version from
 * Postgres first, so an entry equals what Postgres would return and never needs invalidation
 * (docs/decisions/0008-availability-is-kept-by-version.md).
 */
import { CIRCUIT_OPEN_MS } from '@libs/cache/readThrough';
import type { RedisConnection } from '@libs/cache/redis';
import DataLoader from 'dataloader';
import { epochMs } from '@libs/time/clock';
import { formatInstant } from '@libs/time/instants';
import type { Span } from '@libs/time/spans';

const MS_PER_DAY = 86_400_000;

/** Days count from 1970-01-01 UTC. */
type Entries = { resourceId: string; version: number; days: readonly number[] };

export type BusyCache = {
  /** The busy times of each day; undefined without a current entry. Never rejects. */
  get(entries: Entries): Promise<(Span[] | undefined)[]>;
  /** Stores in the background. */
  set(entries: Entries, busy: readonly Span[][]): void;
};

const keysOf = ({ resourceId, days }: Entries): string[] =>
  days.map((day) => {
    const date = formatInstant(day * MS_PER_DAY).slice(0, 'YYYY-MM-DD'.length);
    return `availability:resource:${resourceId}:${date}`;
  });

const isSpan = (span: unknown): span is Span =>
  typeof span === 'object' && span !== null && 'start' in span && 'end' in span
    ? typeof span.start === 'number' && typeof span.end === 'number'
    : false;

/** undefined for another version or an unreadable entry. */
function parseEntry(text: string | null, version: number): Span[] | undefined {
  if (text === null) return undefined;
  try {
    const { resourceVersion, busy } = JSON.parse(text) as { resourceVersion?: unknown; busy?: unknown };
    return resourceVersion === version && Array.isArray(busy) && busy.every(isSpan) ? busy : undefined;
  } catch {
    return undefined;
  }
}

/** `redis` null: nothing is cached. */
export function busyCache(redis: RedisConnection | null, ttlSeconds: number): BusyCache {
  let openUntilMs = 0;
  const isUsable = () => redis !== null && epochMs() >= openUntilMs;
  const onFailure = () => {
    openUntilMs = epochMs() + CIRCUIT_OPEN_MS;
  };
  /** One MGET for everything that is wanted in one turn of the event loop. */
  const texts = new DataLoader<string, string | null>((keys) => redis!.mget([...keys]), { cache: false });
  return {
    async get(entries) {
      const missing = entries.days.map(() => undefined);
      if (!isUsable()) return missing;
      try {
        const found = await Promise.all(keysOf(entries).map((key) => texts.load(key)));
        return found.map((text) => parseEntry(text, entries.version));
      } catch {
        onFailure();
        return missing;
      }
    },
    set(entries, busy) {
      if (!isUsable()) return;
      const pipeline = redis!.pipeline();
      for (const [index, key] of keysOf(entries).entries()) {
        const entry = { resourceVersion: entries.version, busy: busy[index]! };
        pipeline.set(key, JSON.stringify(entry), 'EX', ttlSeconds);
      }
      // Commands that failed are in the results.
      pipeline.exec().then((results) => {
        if (results?.some(([error]) => error !== null)) onFailure();
      }, onFailure);
    },
  };
}
