/**
 * Busy times of resources, read through `BusyCache`. Entries are per UTC day, because no change, such as of the tenant's zone, may
 * move a booking to another entry.
 */
import { groupBy } from '@libs/db/groupBy';
import type { ReadLatest } from '@libs/db/latestReads';
import { covers, mergeSpans, overlap, type Span } from '@libs/time/spans';
import DataLoader from 'dataloader';
import type { BusyCache } from './busyCache.ts';
import type { Occupied } from '../scheduling/occupied.ts';
import {
  busyTimesOfAllTenants,
  versionsOfAllTenants,
  type BusyRequest,
  type ResourceOfTenant,
} from './store.ts';

export type BusyTimes = {
  /**
   * The times within `range` at which seats of the resource are occupied, in any order; expired holds among them. One that lies on
   * several days occurs once.
   */
  of(resource: ResourceOfTenant, range: Span): Promise<Occupied[]>;
};

const DAY_MS = 86_400_000;
/** A longer range is read from Postgres, which takes less time than reading so many entries. */
const MAX_CACHED_DAYS = 10;

/** Days count from 1970-01-01 UTC. */
function daysOf({ start, end }: Span): number[] {
  const first = Math.floor(start / DAY_MS);
  const days = Math.ceil(end / DAY_MS) - first;
  return Array.from({ length: days }, (_, index) => first + index);
}

const startOf = (day: number): number => day * DAY_MS;
const isOnDay =
  (day: number) =>
  (span: Span): boolean =>
    overlap(span, { start: startOf(day), end: startOf(day + 1) });

/** Each once: what lies on several days is in the entry of each. */
function distinct(all: readonly Occupied[]): Occupied[] {
  const keyOf = ({ start, end, session, expiresAt }: Occupied) => `${start} ${end} ${session} ${expiresAt}`;
  return [...new Map(all.map((one) => [keyOf(one), one])).values()];
}

/** The requests for one resource, joined where their ranges touch. */
const mergedRanges = (requests: readonly BusyRequest[]): BusyRequest[] =>
  mergeSpans(requests.map(({ range }) => range)).map((range) => ({
    resource: requests[0]!.resource,
    range,
  }));

/** Busy times for one request: one statement reads all versions, and one everything that the cache lacks. */
export function busyTimes(readLatest: ReadLatest, cache: BusyCache): BusyTimes {
  const versions = new DataLoader(
    (ids: readonly string[]) =>
      readLatest(async (db, server) =>
        (await versionsOfAllTenants(db, ids)).map((version) => ({ version, server })),
      ),
    { cache: false },
  );
  const loader = new DataLoader(
    (keys: readonly BusyRequest[]) => {
      const ofResources = groupBy(keys, ({ resource }) => resource.id);
      const requests = [...ofResources.values()].flatMap(mergedRanges);
      return readLatest(async (db, server) => {
        const busy = await busyTimesOfAllTenants(db, requests);
        const answers = requests.map((request, index) => ({ ...request, busy: busy[index]! }));
        const answersOf = groupBy(answers, ({ resource }) => resource.id);
        return keys.map(({ resource, range }) => {
          const answer = answersOf.get(resource.id)!.find((one) => covers(one.range, range))!;
          return { times: answer.busy.filter((span) => overlap(span, range)), server };
        });
      });
    },
    { cache: false },
  );
  return {
    async of(resource, range) {
      const resourceId = resource.id;
      const days = daysOf(range);
      if (days.length > MAX_CACHED_DAYS) return (await loader.load({ resource, range })).times;
      // Read the version first, so that the times are never older than it.
      const { version, server } = await versions.load(resourceId);
      const cached = await cache.get({ resourceId, version, days });
      const missing = days.filter((_, index) => !cached[index]);
      if (missing.length === 0) return distinct(cached.flatMap((spans) => spans!));
      const lacking = { start: startOf(missing[0]!), end: startOf(missing.at(-1)! + 1) };
      const { times, server: timesFrom } = await loader.load({ resource, range: lacking });
      // A replica may show a commit a moment before the primary does, whose times would then be older than the version.
      if (server === timesFrom || server === 'primary') {
        cache.set(
          { resourceId, version, days: missing },
          missing.map((day) => times.filter(isOnDay(day))),
        );
      }
      return distinct([...cached.flatMap((spans) => spans ?? []), ...times]);
    },
  };
}
