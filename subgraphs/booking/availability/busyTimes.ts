/**
 * Busy times of resources, read through `BusyCache`. Entries are per UTC day, because no change, such as of the tenant's zone, may
 * move a booking to another entry.
 */
import type { Db } from '@libs/db/connect';
import type { Span } from '@libs/time/spans';
import DataLoader from 'dataloader';
import { Temporal } from 'temporal-polyfill';
import type { Occurrence } from '../scheduling/rules.ts';
import type { BusyCache } from './busyCache.ts';
import { busyTimesOfAllTenants, versionsOfAllTenants } from './store.ts';

export type BusyTimes = {
  /** The times within `range` at which the resource is occupied, in any order; one may occur twice. */
  of(resourceId: string, range: Span): Promise<Span[]>;
};

const DAY_MS = 86_400_000;

const instantOf = Temporal.Instant.fromEpochMilliseconds;
const spanOf = ({ startTime, endTime }: Occurrence): Span => ({
  start: startTime.epochMilliseconds,
  end: endTime.epochMilliseconds,
});

/** Days count from 1970-01-01 UTC. */
function daysOf({ start, end }: Span): number[] {
  const first = Math.floor(start / DAY_MS);
  const days = Math.ceil(end / DAY_MS) - first;
  return Array.from({ length: days }, (_, index) => first + index);
}

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

/** Of one request: one statement reads all versions, and one everything that the cache lacks. */
export function busyTimes(db: Db, cache: BusyCache): BusyTimes {
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
      // Read the version first, so that the times are never older than it.
      const version = await versions.load(resourceId);
      const days = daysOf(range);
      const cached = await cache.get({ resourceId, version, days });
      const missing = days.filter((_, index) => !cached[index]);
      const loaded = await Promise.all(missing.map((day) => loader.load({ resourceId, day })));
      if (missing.length > 0) cache.set({ resourceId, version, days: missing }, loaded);
      return [...cached.flatMap((spans) => spans ?? []), ...loaded.flat()];
    },
  };
}
