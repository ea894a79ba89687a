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
import type { Occupied } from '../scheduling/occupied.ts';

const MS_PER_DAY = 86_400_000;

/** Days count from 1970-01-01 UTC. */
type Entries = { resourceId: string; version: string; days: readonly number[] };

export type BusyCache = {
  /** The busy times of each day; undefined without a current entry. Never rejects. */
  get(entries: Entries): Promise<(Occupied[] | undefined)[]>;
  /** Stores in the background. */
  set(entries: Entries, busy: readonly Occupied[][]): void;
};

const keysOf = ({ resourceId, days }: Entries): string[] =>
  days.map((day) => {
    const date = formatInstant(day * MS_PER_DAY).slice(0, 'YYYY-MM-DD'.length);
    return `availability:resource:${resourceId}:${date}`;
  });

const isNumberOrNull = (value: unknown): boolean => value === null || typeof value === 'number';

/** Entries of another release have other fields. */
function isOccupied(value: unknown): value is Occupied {
  if (typeof value !== 'object' || value === null) return false;
  const { start, end, seats, session, expiresAt } = value as Record<string, unknown>;
  return (
    typeof start === 'number' &&
    typeof end === 'number' &&
    isNumberOrNull(seats) &&
    isNumberOrNull(expiresAt) &&
    (session === null || typeof session === 'string')
  );
}

/** undefined for another version or an unreadable entry. */
function parseEntry(text: string | null, version: string): Occupied[] | undefined {
  if (text === null) return undefined;
  try {
    const { resourceVersion, busy } = JSON.parse(text) as { resourceVersion?: unknown; busy?: unknown };
    return resourceVersion === version && Array.isArray(busy) && busy.every(isOccupied) ? busy : undefined;
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
