/** What the resolvers and verbs of this subgraph are given. */
import type { BookingRow, SeriesRow } from '@drizzle/booking/tables';
import type { Db } from '@libs/db/connect';
import type { RequestContext } from '@libs/graphql/context';
import DataLoader from 'dataloader';
import { busyTimes, type BusyCache, type BusyTimes } from './availability/busyTimes.ts';
import { pageLoader, type PageLoader } from './bookings/pageLoader.ts';
import { bookingsByIdOfAllTenants, seriesByIdOfAllTenants } from './bookings/store.ts';
import { directoryOf, type Directory, type Sources } from './directory/directory.ts';

/** What lives as long as the process. */
export type Parts = { db: Db; sources: Sources; busyCache: BusyCache };

export type Context = RequestContext & {
  db: Db;
  directory: Directory;
  /** Of all tenants: who may see the row is the reader's to say. */
  bookingById: DataLoader<string, BookingRow | undefined>;
  seriesById: DataLoader<string, SeriesRow | undefined>;
  /** Pages of bookings, those of many parents in one statement. */
  pages: PageLoader;
  /** What holds resources. */
  busy: BusyTimes;
};

/** The context of one request. */
export function contextOf(base: RequestContext, { db, sources, busyCache }: Parts): Context {
  const byId =
    <Row extends { id: string }>(find: (ids: readonly string[]) => Promise<Row[]>) =>
    async (ids: readonly string[]) => {
      const rows = new Map((await find(ids)).map((row) => [row.id, row]));
      return ids.map((id) => rows.get(id));
    };
  return {
    ...base,
    db,
    directory: directoryOf(sources),
    bookingById: new DataLoader(byId((ids) => bookingsByIdOfAllTenants(db, ids))),
    seriesById: new DataLoader(byId((ids) => seriesByIdOfAllTenants(db, ids))),
    pages: pageLoader(db),
    busy: busyTimes(db, busyCache),
  };
}
