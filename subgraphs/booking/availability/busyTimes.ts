/**
 * What holds resources, read through a cache: an entry for each resource and day of UTC. (Of UTC, not of the tenant: so which entries
 * a booking is in depends on nothing that can change.) Slots are worked out of it at each question, by the rules of that moment.
 *
 * An entry counts only while it bears the resource's version, which Postgres gives before each look: so it is exactly what Postgres
 * would answer, whatever Redis has missed (docs/decisions/0008-availability-is-kept-by-version.md).
 */
import { readThrough } from '@libs/cache/readThrough';
import type { RedisConnection } from '@libs/cache/redis';
import type { Db } from '@libs/db/connect';
import { formatInstant } from '@libs/time/instants';
import type { Span } from '@libs/time/spans';
import DataLoader from 'dataloader';
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import type { Occurrence } from '../scheduling/rules.ts';
import { busyTimesOfAllTenants, versionsOfAllTenants } from './store.ts';

/** `redis` null: nothing is kept. */
export type BusyCache = { redis: RedisConnection | null; ttlSeconds: number };

export type BusyTimes = {
  /** What holds the resource at any part of `range`, in any order; a booking may come twice. */
  of(resourceId: string, range: Span): Promise<Span[]>;
};

const DAY_MS = 86_400_000;
/** Keys that Redis goes through in one look for entries. */
const KEYS_PER_LOOK = 1_000;
/** An entry as it lies in Redis, where it is of this version. */
const entryOf = (version: number) =>
  z.object({
    resourceVersion: z.literal(version),
    busy: z.array(z.object({ start: z.number(), end: z.number() })),
  });

const instantOf = Temporal.Instant.fromEpochMilliseconds;
const spanOf = ({ startTime, endTime }: Occurrence): Span => ({
  start: startTime.epochMilliseconds,
  end: endTime.epochMilliseconds,
});

/** The days of UTC that a span touches, counted from 1970-01-01. */
function daysOf({ start, end }: Span): number[] {
  const first = Math.floor(start / DAY_MS);
  const days = Math.ceil(end / DAY_MS) - first;
  return Array.from({ length: days }, (_, index) => first + index);
}

/** The spans that touch each day of UTC. */
function spansByDay(occurrences: readonly Occurrence[]): Map<number, Span[]> {
  const byDay = new Map<number, Span[]>();
  for (const span of occurrences.map(spanOf)) {
    for (const day of daysOf(span)) {
      const spans = byDay.get(day);
      if (spans) spans.push(span);
      else byDay.set(day, [span]);
    }
  }
  return byDay;
}

const KEY_PREFIX = 'availability:resource:';
const dayKey = (resourceId: string, day: number): string =>
  `${KEY_PREFIX}${resourceId}:${formatInstant(instantOf(day * DAY_MS)).slice(0, 10)}`;

/**
 * Drops the entries of resources that are gone for good. Nobody can ask for them any more and they would outlive themselves in
 * `ttlSeconds`, so where Redis does not answer it is left at that.
 */
export async function dropBusyTimes({ redis }: BusyCache, resourceIds: readonly string[]): Promise<void> {
  if (redis === null || resourceIds.length === 0) return;
  const deleted = new Set(resourceIds);
  let cursor = '0';
  try {
    do {
      const [next, keys] = await redis.scan(cursor, 'MATCH', `${KEY_PREFIX}*`, 'COUNT', KEYS_PER_LOOK);
      const theirs = keys.filter((key) => deleted.has(key.slice(KEY_PREFIX.length).split(':')[0]!));
      if (theirs.length > 0) await redis.unlink(theirs);
      cursor = next;
    } while (cursor !== '0');
  } catch {
    // See above.
  }
}

/** The busy times of one request: a statement for all versions, and one for all that the cache lacks. */
export function busyTimes(db: Db, { redis, ttlSeconds }: BusyCache): BusyTimes {
  const versions = new DataLoader((ids: readonly string[]) => versionsOfAllTenants(db, ids), {
    cache: false,
  });
  const loader = new DataLoader<{ resourceId: string; day: number }, Span[]>(
    async (keys) => {
      const days = keys.map(({ day }) => day);
      const busy = await busyTimesOfAllTenants(db, [...new Set(keys.map(({ resourceId }) => resourceId))], {
        from: instantOf(Math.min(...days) * DAY_MS),
        to: instantOf((Math.max(...days) + 1) * DAY_MS),
      });
      const byDay = new Map([...busy].map(([id, occurrences]) => [id, spansByDay(occurrences)]));
      return keys.map(({ resourceId, day }) => byDay.get(resourceId)!.get(day) ?? []);
    },
    { cache: false },
  );
  return {
    async of(resourceId, range) {
      const days = daysOf(range);
      const resourceVersion = await versions.load(resourceId);
      const found = await Promise.all(
        days.map((day) =>
          readThrough(redis, {
            key: dayKey(resourceId, day),
            ttlSeconds,
            schema: entryOf(resourceVersion),
            load: async () => ({ resourceVersion, busy: await loader.load({ resourceId, day }) }),
          }),
        ),
      );
      return found.flatMap(({ busy }) => busy);
    },
  };
}
