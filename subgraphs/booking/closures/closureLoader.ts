/** Closures of the resources of a request: one statement for all of a tenant's. */
import type { ClosureRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import { groupBy } from '@libs/db/groupBy';
import type { ReadLatest } from '@libs/db/latestReads';
import { ApiError } from '@libs/outcome/apiErrors';
import { addDays } from '@libs/time/days';
import DataLoader from 'dataloader';
import { Temporal } from 'temporal-polyfill';
import type { DateRange } from '../scheduling/dateIndex.ts';
import { appliesTo, type ResourceOfCategory } from './rules.ts';
import { findClosures } from './store.ts';

/** Dates as text, 'YYYY-MM-DD', inclusive. */
type ClosureKey = {
  resource: ResourceOfCategory & { tenant: { id: TenantId } };
  from: string;
  to: string;
};
export type ClosureLoader = Pick<DataLoader<ClosureKey, ClosureRow[]>, 'load'>;

/** Over all resources and days: a day of a calendar in use has a few. */
export const MAX_CLOSURES_PER_REQUEST = 20_000;

/**
 * Throws QUERY_TOO_COMPLEX above the request's share of MAX_CLOSURES_PER_REQUEST (`shares`: fetches that share the limit). Not cached: a
 * mutation must see the writes of an earlier one.
 */
export function closureLoader(readLatest: ReadLatest, shares = 1): ClosureLoader {
  const max = Math.floor(MAX_CLOSURES_PER_REQUEST / shares);
  let count = 0;
  return new DataLoader<ClosureKey, ClosureRow[]>(
    async (keys) => {
      const found = new Map<ClosureKey, ClosureRow[]>();
      const ofTenants = groupBy(keys, ({ resource }) => resource.tenant.id);
      await Promise.all([...ofTenants].map(([, group]) => loadGroup(readLatest, group, found)));
      for (const rows of found.values()) count += rows.length;
      if (count > max) throw new ApiError('QUERY_TOO_COMPLEX', 'closure.tooManyInAnswer', { count, max });
      return keys.map((key) => found.get(key)!);
    },
    { cache: false },
  );
}

/** As few ranges, which do not touch: what lies between far dates is not read. */
function mergedDates(keys: readonly ClosureKey[]): DateRange[] {
  const merged: DateRange[] = [];
  const distinct = new Map(keys.map(({ from, to }) => [`${from} ${to}`, { from, to }]));
  for (const range of [...distinct.values()].toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    const [from, to] = [Temporal.PlainDate.from(range.from), Temporal.PlainDate.from(range.to)];
    const last = merged.at(-1);
    if (!last || Temporal.PlainDate.compare(from, addDays(last.to, 1)) > 0) merged.push({ from, to });
    else if (Temporal.PlainDate.compare(to, last.to) > 0) last.to = to;
  }
  return merged;
}

async function loadGroup(
  readLatest: ReadLatest,
  keys: ClosureKey[],
  found: Map<ClosureKey, ClosureRow[]>,
): Promise<void> {
  const ofResources = groupBy(keys, ({ resource }) => resource.id);
  const resources = [...ofResources.values()].map(([key]) => key!.resource);
  const rows = await readLatest((db) =>
    findClosures(resources[0]!.tenant.id, db, { resources, dates: mergedDates(keys) }),
  );
  for (const group of ofResources.values()) {
    const own = rows.filter((row) => appliesTo(row, group[0]!.resource));
    for (const key of group) {
      found.set(
        key,
        own.filter(({ fromDate, toDate }) => fromDate <= key.to && key.from <= toDate),
      );
    }
  }
}
