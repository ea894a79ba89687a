/** What the resolvers and verbs of this subgraph are given. */
import type { BookingRow, SeriesRow } from '@drizzle/booking/tables';
import type { Db } from '@libs/db/connect';
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
import { bookingsByIdOfAllTenants, seriesByIdOfAllTenants } from './bookings/store.ts';
import { directoryOf, type Directory, type DirectorySources } from './directory/bookingDirectory.ts';

/** What lives as long as the process. */
export type ContextDeps = { db: Db; sources: DirectorySources; busyCache: BusyCache; writers: Bulkhead };

export type Context = RequestContext & {
  db: Db;
  directory: Directory;
  /** Those who write to one resource; entered before a connection is taken. */
  writers: Bulkhead;
  /** Of all tenants: who may see the row is the reader's to say. */
  bookingById: DataLoader<string, BookingRow | null>;
  seriesById: DataLoader<string, SeriesRow | null>;
  /** A page of a parent's bookings. The parent of a tenant's own list is the tenant. */
  pageOfBookings: ParentLoader<{ id: string }, BookingListKey & { page: BookingPageRequest }, BookingRow[]>;
  /** How many bookings the parent has. */
  countOfBookings: ParentLoader<{ id: string }, BookingListKey, number>;
  slots: SlotLoader;
  yieldToOthers: YieldToOthers;
};

/** A list of bookings, whoever its parent is. */
type BookingListKey = { tenantId: TenantId; list: BookingList };

const idsOf = (parents: readonly { id: string }[]): string[] => parents.map(({ id }) => id);

/** The context of one request. */
export function contextOf(base: RequestContext, { db, sources, busyCache, writers }: ContextDeps): Context {
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
    pageOfBookings: parentLoader(
      (parents, { tenantId, list, page }) => listBookings(tenantId, db, list, idsOf(parents), page),
      [],
    ),
    countOfBookings: parentLoader(
      (parents, { tenantId, list }) => countBookings(tenantId, db, list, idsOf(parents)),
      0,
    ),
    slots: slotLoader({ busyTimes: busyTimes(db, busyCache), yieldToOthers, shares: base.shares }),
    yieldToOthers,
    writers,
  };
}
