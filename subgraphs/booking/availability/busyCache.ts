/**
 * Busy times in Redis, one entry per resource and UTC day, valid only under the resource's version. Callers read that version from
 * Postgres first, so an entry equals what Postgres would return and never needs invalidation
 * (docs/decisions/0008-availability-is-kept-by-version.md).
 */
import { CIRCUIT_OPEN_MS } from '@libs/cache/readThrough';
import type { RedisConnection } from '@libs/cache/redis';
import { epochMs } from '@libs/time/clock';
import type { Span } from '@libs/time/spans';
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';

const MS_PER_DAY = 86_400_000;

/** Days count from 1970-01-01 UTC. */
type Entries = { resourceId: string; version: number; days: readonly number[] };

export type BusyCache = {
  /** The busy times of each day; undefined without a current entry. Never rejects. */
  get(entries: Entries): Promise<(Span[] | undefined)[]>;
  /** Stores in the background. */
  set(entries: Entries, busy: readonly Span[][]): void;
};

const entrySchema = z.object({
  resourceVersion: z.number(),
  busy: z.array(z.object({ start: z.number(), end: z.number() })),
});

const keysOf = ({ resourceId, days }: Entries): string[] =>
  days.map((day) => {
    const date = Temporal.Instant.fromEpochMilliseconds(day * MS_PER_DAY)
      .toString()
      .slice(0, 10);
    return `availability:resource:${resourceId}:${date}`;
  });

/** undefined for another version or an unreadable entry. */
function parseEntry(text: string | null, version: number): Span[] | undefined {
  if (text === null) return undefined;
  try {
    const { resourceVersion, busy } = entrySchema.parse(JSON.parse(text));
    return resourceVersion === version ? busy : undefined;
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
  return {
    async get(entries) {
      const missing = entries.days.map(() => undefined);
      if (!isUsable()) return missing;
      try {
        const found = await redis!.mget(keysOf(entries));
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
      pipeline.exec().catch(onFailure);
    },
  };
}
