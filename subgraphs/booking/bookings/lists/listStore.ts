/**
 * SQL of lists of bookings: pages by start or creation, of one or many parents in one statement. Where no single index has the order of
 * starts (a user's bookings, a tenant's of several statuses), the list is a union of branches that each have one, so at most a few pages
 * are sorted. By creation, only a tenant's whole list has an index; those of resources, users and series are sorted.
 */
import type { BookingRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable } from '@libs/db/inTransaction';
import type { KeysetRange } from '@libs/db/keysetPages';
import { formatInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';
import type { BookingStatus } from '../status.ts';
import { bookingColumns, bookingOf, type RawBooking } from '../rows.ts';
import { earliestStart } from '../windows.ts';

export type ListParent = 'TENANT' | 'RESOURCE' | 'USER' | 'SERIES';

/** The contract's BookingFilter, its times as instants. */
export type BookingListFilter = {
  resourceId?: string | null;
  /** The resources of a category: the booking's own resource is one of these. */
  resourceIds?: readonly string[];
  userId?: string | null;
  clientId?: string | null;
  seriesId?: string | null;
  status?: readonly BookingStatus[] | null;
  source?: readonly BookingRow['source'][] | null;
  /** Bookings that end after it. */
  from?: Temporal.Instant | null;
  /** Bookings that start before it. */
  to?: Temporal.Instant | null;
  /** Part of the notes, case-insensitively. */
  search?: string | null;
};

export type BookingList = {
  of: ListParent;
  /** Only bookings by or for this user. */
  onlyOf: string | undefined;
  filter: BookingListFilter;
};

/** Keys are (start as RFC 3339, id), or (id), which has the order of creation (UUID version 7). */
export type BookingPageRequest = { field: 'START_TIME' | 'CREATED_AT'; range: KeysetRange };

type Fragment = ReturnType<Queryable['sql']>;

function conditions(
  tenantId: TenantId,
  sql: Queryable['sql'],
  { of, onlyOf, filter }: BookingList,
): Fragment {
  const { resourceIds, userId, clientId, seriesId, source, from, to } = filter;
  const search = filter.search?.trim();
  return sql`
    tenant_id = ${tenantId}::uuid
    ${userId ? sql`and user_id = ${userId}::uuid` : sql``}
    ${clientId ? sql`and client_id = ${clientId}::uuid` : sql``}
    ${seriesId ? sql`and series_id = ${seriesId}::uuid` : sql``}
    ${resourceIds ? sql`and resource_id = any(${[...resourceIds]}::uuid[])` : sql``}
    ${source ? sql`and source = any(${[...source]}::text[]::booking_source[])` : sql``}
    ${onlyOf && of === 'USER' ? sql`and ${onlyOf}::uuid in (user_id, client_id)` : sql``}
    ${from ? sql`and end_time > ${formatInstant(from)}::timestamptz and start_time > ${earliestStart(tenantId, sql, from)}` : sql``}
    ${to ? sql`and start_time < ${formatInstant(to)}::timestamptz` : sql``}
    ${search ? sql`and notes ilike ${`%${search.replace(/[%_\\]/g, String.raw`\$&`)}%`}` : sql``}`;
}

/** Disjoint conditions that cover the list; for each, an index has the rows by start, if that is the order. */
function branches(sql: Queryable['sql'], list: BookingList, field: BookingPageRequest['field']): Fragment[] {
  const { of, onlyOf, filter } = list;
  const statuses = filter.status && [...new Set(filter.status)];
  const ofStatuses = statuses ? sql`status = any(${statuses}::text[]::booking_status[])` : sql`true`;
  // A booking's own resource is none of its additional ones.
  const ofResource = (id: Fragment) => [
    sql`resource_id = ${id}`,
    sql`id in (select booking_id from booking_resources additional where additional.resource_id = ${id})`,
  ];
  const ofUser = (id: Fragment) => [sql`user_id = ${id}`, sql`client_id = ${id} and user_id <> ${id}`];
  const whole = [sql`true`];

  const ofParent = {
    TENANT: whole,
    RESOURCE: ofResource(sql`parent.of_id`),
    USER: ofUser(sql`parent.of_id`),
    SERIES: [sql`series_id = parent.of_id`],
  }[of];
  const dimensions = [
    ofParent,
    filter.resourceId ? ofResource(sql`${filter.resourceId}::uuid`) : whole,
    // In a user's list, `conditions` selects them.
    onlyOf && of !== 'USER' ? ofUser(sql`${onlyOf}::uuid`) : whole,
  ];
  const all = dimensions.reduce((one, other) => one.flatMap((a) => other.map((b) => sql`${a} and ${b}`)));
  const isNarrow =
    onlyOf || of !== 'TENANT' || filter.resourceId || filter.userId || filter.clientId || filter.seriesId;
  if (isNarrow || !statuses || field === 'CREATED_AT')
    return all.map((branch) => sql`${branch} and ${ofStatuses}`);
  return statuses.map((status) => sql`status = ${status}::booking_status`);
}

function keyset(
  sql: Queryable['sql'],
  field: BookingPageRequest['field'],
  { above, below, isDescending }: KeysetRange,
): { inRange: Fragment; order: Fragment } {
  const isByStart = field === 'START_TIME';
  const key = isByStart ? sql`(start_time, id)` : sql`(id)`;
  const values = ([first = '', second = '']: readonly string[]) =>
    isByStart ? sql`(${first}::timestamptz, ${second}::uuid)` : sql`(${first}::uuid)`;
  const direction = isDescending ? sql`desc` : sql`asc`;
  return {
    inRange: sql`
      ${above ? sql`and ${key} > ${values(above)}` : sql``}
      ${below ? sql`and ${key} < ${values(below)}` : sql``}`,
    order: isByStart ? sql`start_time ${direction}, id ${direction}` : sql`id ${direction}`,
  };
}

export async function listBookings(
  tenantId: TenantId,
  db: Queryable,
  list: BookingList,
  parentIds: readonly string[],
  { field, range }: BookingPageRequest,
): Promise<Map<string, BookingRow[]>> {
  const { sql } = db;
  const pages = new Map<string, BookingRow[]>(parentIds.map((id) => [id, []]));
  const all = branches(sql, list, field);
  if (all.length === 0) return pages;
  const { inRange, order } = keyset(sql, field, range);
  const common = conditions(tenantId, sql, list);
  const branchQuery = (branch: Fragment) => sql`
    (select * from bookings where ${common} and ${branch} ${inRange} order by ${order} limit ${range.limit})`;
  const union = all.map(branchQuery).reduce((joined, branch) => sql`${joined} union all ${branch}`);
  const rows = await sql<(RawBooking & { parentId: string })[]>`
    select parent_id as "parentId", ${bookingColumns(sql)}
    from unnest(${[...parentIds]}::uuid[]) as parent(of_id)
    cross join lateral (
      select parent.of_id as parent_id, branch.* from (${union}) as branch order by ${order} limit ${range.limit}
    ) as page
    order by ${order}`;
  for (const raw of rows) pages.get(raw.parentId)!.push(bookingOf(raw));
  return pages;
}

export async function countBookings(
  tenantId: TenantId,
  db: Queryable,
  list: BookingList,
  parentIds: readonly string[],
): Promise<Map<string, number>> {
  const { sql } = db;
  const all = branches(sql, list, 'START_TIME');
  if (all.length === 0) return new Map();
  const common = conditions(tenantId, sql, list);
  const sum = all
    .map((branch) => sql`(select count(*) from bookings where ${common} and ${branch})`)
    .reduce((joined, branch) => sql`${joined} + ${branch}`);
  const rows = await sql<{ id: string; total: string }[]>`
    select parent.of_id as id, (${sum}) as total from unnest(${[...parentIds]}::uuid[]) as parent(of_id)`;
  return new Map(rows.map(({ id, total }) => [id, Number(total)]));
}
