import type { BookingRow, SeriesRow } from '@drizzle/booking/tables';
import type { Db } from '@libs/db/connect';
import { latestOf, type ReadLatest } from '@libs/db/latestReads';
import type { RequestContext } from '@libs/graphql/context';
import { parentLoader, rowLoader, type ParentLoader } from '@libs/graphql/batchLoaders';
import type DataLoader from 'dataloader';
import type { TenantId } from '@libs/auth/tenantId';
import type { BusyCache } from './availability/busyCache.ts';
import { busyTimes } from './availability/busyTimes.ts';
import { fairYield, type YieldToOthers } from './availability/fairYield.ts';
import { slotLoader, type SlotLoader } from './availability/slotLoader.ts';
import type { Bulkhead } from './bookings/bulkhead.ts';
import {
  countBookings,
  listBookings,
  type BookingList,
  type BookingPageRequest,
} from './bookings/lists/listStore.ts';
import { seriesAfterOfAllTenants } from './bookings/series/seriesStore.ts';
import { bookingsByIdOfAllTenants, seriesByIdOfAllTenants } from './bookings/store.ts';
import { closureLoader, type ClosureLoader } from './closures/closureLoader.ts';
import { directoryOf, type Directory, type DirectorySources } from './directory/bookingDirectory.ts';

/** Shared by all requests. */
export type ContextDeps = {
  db: Db;
  /** For lists and availability, which decide nothing. By default from `db`. */
  readLatest?: ReadLatest | undefined;
  sources: DirectorySources;
  busyCache: BusyCache;
  bulkhead: Bulkhead;
};

export type Context = RequestContext & {
  db: Db;
  directory: Directory;
  bulkhead: Bulkhead;
  /** Reads rows of all tenants: check access to them. */
  bookingById: DataLoader<string, BookingRow | null>;
  seriesById: DataLoader<string, SeriesRow | null>;
  /** The series that was split from one. */
  seriesByPreviousId: DataLoader<string, SeriesRow | null>;
  /** The tenant is the parent of its own list. */
  pageOfBookings: ParentLoader<{ id: string }, BookingListKey & { page: BookingPageRequest }, BookingRow[]>;
  countOfBookings: ParentLoader<{ id: string }, BookingListKey, number>;
  closures: ClosureLoader;
  slots: SlotLoader;
  yieldToOthers: YieldToOthers;
};

type BookingListKey = { tenantId: TenantId; list: BookingList };

const idsOf = (parents: readonly { id: string }[]): string[] => parents.map(({ id }) => id);

export function contextOf(base: RequestContext, deps: ContextDeps): Context {
  const { db, sources, busyCache, bulkhead, readLatest = latestOf(db) } = deps;
  const yieldToOthers = fairYield(base.signal);
  return {
    ...base,
    db,
    directory: directoryOf(sources),
    bookingById: rowLoader(
      (ids) => bookingsByIdOfAllTenants(db, ids),
      ({ id }) => id,
      null,
    ),
    seriesById: rowLoader(
      (ids) => seriesByIdOfAllTenants(db, ids),
      ({ id }) => id,
      null,
    ),
    seriesByPreviousId: rowLoader(
      (ids) => seriesAfterOfAllTenants(db, ids),
      ({ previousId }) => previousId!,
      null,
    ),
    pageOfBookings: parentLoader(
      (parents, { tenantId, list, page }) =>
        readLatest((from) => listBookings(tenantId, from, list, idsOf(parents), page)),
      [],
    ),
    countOfBookings: parentLoader(
      (parents, { tenantId, list }) =>
        readLatest((from) => countBookings(tenantId, from, list, idsOf(parents))),
      0,
    ),
    closures: closureLoader(readLatest, base.shares),
    slots: slotLoader({ busyTimes: busyTimes(readLatest, busyCache), yieldToOthers, shares: base.shares }),
    yieldToOthers,
    bulkhead,
  };
}
