/**
 * SQL of lists of bookings: pages by start, of one or many parents in one statement. Where no single index has that order (a user's
 * bookings, a tenant's of several statuses), the list is a union of branches that each have one, so at most a few pages are sorted.
 */
import type { BookingRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';
import { MAX_BOOKING_HOURS } from '../../scheduling/rules.ts';
import type { BookingStatus } from '../status.ts';
import { bookingColumns, bookingOf, type RawBooking } from '../rows.ts';

export type ListParent = 'TENANT' | 'RESOURCE' | 'USER' | 'SERIES';

/** The contract's BookingFilter, its times as instants. */
export type BookingListFilter = {
  resourceId?: string | null;
  userId?: string | null;
  clientId?: string | null;
  seriesId?: string | null;
  status?: readonly BookingStatus[] | null;
  /** Bookings that end after it. */
  from?: Temporal.Instant | null;
  /** Bookings that start before it. */
  to?: Temporal.Instant | null;
};

export type BookingList = {
  of: ListParent;
  /** Only bookings by or for this user. */
  onlyOf: string | undefined;
  filter: BookingListFilter;
};

export type BookingPageRequest = {
  after: { startTime: Temporal.Instant; id: string } | undefined;
  limit: number;
};

type Fragment = ReturnType<Queryable['sql']>;

function conditions(
  tenantId: TenantId,
  sql: Queryable['sql'],
  { of, onlyOf, filter }: BookingList,
): Fragment {
  const { resourceId, userId, clientId, seriesId, from, to } = filter;
  return sql`
    tenant_id = ${tenantId}::uuid
    ${resourceId ? sql`and resource_id = ${resourceId}::uuid` : sql``}
    ${userId ? sql`and user_id = ${userId}::uuid` : sql``}
    ${clientId ? sql`and client_id = ${clientId}::uuid` : sql``}
    ${seriesId ? sql`and series_id = ${seriesId}::uuid` : sql``}
    ${onlyOf && of === 'USER' ? sql`and ${onlyOf}::uuid in (user_id, client_id)` : sql``}
    ${from ? sql`and end_time > ${formatInstant(from)}::timestamptz and start_time > ${startBound(from)}::timestamptz` : sql``}
    ${to ? sql`and start_time < ${formatInstant(to)}::timestamptz` : sql``}`;
}

/** A lower bound of the starts of bookings that end after `from`, for the indexes. */
const startBound = (from: Temporal.Instant): string =>
  formatInstant(from.subtract({ hours: MAX_BOOKING_HOURS }));

/** Disjoint conditions that cover the list; for each, an index has the rows by start. */
function branches(sql: Queryable['sql'], { of, onlyOf, filter }: BookingList): Fragment[] {
  const ofUser = (id: Fragment) => [sql`user_id = ${id}`, sql`client_id = ${id} and user_id <> ${id}`];
  const statuses = filter.status && [...new Set(filter.status)];
  const ofStatuses = statuses ? sql`and status = any(${statuses}::booking_status[])` : sql``;
  if (of === 'USER') return ofUser(sql`parent.of_id`).map((branch) => sql`${branch} ${ofStatuses}`);

  const ofParent = {
    TENANT: sql`true`,
    RESOURCE: sql`resource_id = parent.of_id`,
    SERIES: sql`series_id = parent.of_id`,
  }[of];
  if (onlyOf) {
    return ofUser(sql`${onlyOf}::uuid`).map((branch) => sql`${branch} and ${ofParent} ${ofStatuses}`);
  }
  const isNarrow =
    of !== 'TENANT' || filter.resourceId || filter.userId || filter.clientId || filter.seriesId;
  if (isNarrow || !statuses) return [sql`${ofParent} ${ofStatuses}`];
  return statuses.map((status) => sql`status = ${status}::booking_status`);
}

/** By start, then id. */
export async function listBookings(
  tenantId: TenantId,
  db: Queryable,
  list: BookingList,
  parentIds: readonly string[],
  { after, limit }: BookingPageRequest,
): Promise<Map<string, BookingRow[]>> {
  const { sql } = db;
  const pages = new Map<string, BookingRow[]>(parentIds.map((id) => [id, []]));
  const all = branches(sql, list);
  if (all.length === 0) return pages;
  const isAfter = after
    ? sql`and (start_time, id) > (${formatInstant(after.startTime)}::timestamptz, ${after.id}::uuid)`
    : sql``;
  const common = conditions(tenantId, sql, list);
  const branchQuery = (branch: Fragment) => sql`
    (select * from bookings where ${common} and ${branch} ${isAfter} order by start_time, id limit ${limit})`;
  const union = all.map(branchQuery).reduce((joined, branch) => sql`${joined} union all ${branch}`);
  const rows = await sql<(RawBooking & { parentId: string })[]>`
    select parent_id as "parentId", ${bookingColumns(sql)}
    from unnest(${[...parentIds]}::uuid[]) as parent(of_id)
    cross join lateral (
      select parent.of_id as parent_id, branch.* from (${union}) as branch order by start_time, id limit ${limit}
    ) as page
    order by start_time, id`;
  for (const { parentId, ...raw } of rows) pages.get(parentId)!.push(bookingOf(raw));
  return pages;
}

export async function countBookings(
  tenantId: TenantId,
  db: Queryable,
  list: BookingList,
  parentIds: readonly string[],
): Promise<Map<string, number>> {
  const { sql } = db;
  const all = branches(sql, list);
  if (all.length === 0) return new Map();
  const common = conditions(tenantId, sql, list);
  const sum = all
    .map((branch) => sql`(select count(*) from bookings where ${common} and ${branch})`)
    .reduce((joined, branch) => sql`${joined} + ${branch}`);
  const rows = await sql<{ id: string; total: string }[]>`
    select parent.of_id as id, (${sum}) as total from unnest(${[...parentIds]}::uuid[]) as parent(of_id)`;
  return new Map(rows.map(({ id, total }) => [id, Number(total)]));
}
