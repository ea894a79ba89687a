/** SQL of busy times and resource versions. */
import type { Queryable } from '@libs/db/inTransaction';
import { anyOf } from '@libs/db/rowsByIds';
import { formatInstant } from '@libs/time/instants';
import type { Span } from '@libs/time/spans';
import type { Occupied } from '../scheduling/occupied.ts';
import { countSeats, parseSeats } from '../scheduling/seats.ts';

export type ResourceOfTenant = { id: string; tenantId: string };

export type BusyRequest = { resource: ResourceOfTenant; range: Span };

/**
 * What is occupied of each resource within its range, by start; equal times of a class together. One statement, with an index scan for
 * each range, so that what lies between far ranges is not read. Callers check access to the resources first.
 */
export async function busyTimesOfAllTenants(
  db: Queryable,
  requests: readonly BusyRequest[],
): Promise<Occupied[][]> {
  // The tenants are named so that of partitioned tables only theirs are read.
  const tenantIds = requests.map(({ resource }) => resource.tenantId);
  const resourceIds = requests.map(({ resource }) => resource.id);
  const starts = requests.map(({ range }) => formatInstant(range.start));
  const ends = requests.map(({ range }) => formatInstant(range.end));
  const rows = await db.sql<
    {
      position: number;
      start: number;
      end: number;
      seats: string;
      session: string | null;
      expiresAt: number | null;
    }[]
  >`
    select position::int as position,
           extract(epoch from lower(occupied))::float8 * 1000 as start, extract(epoch from upper(occupied))::float8 * 1000 as end,
           range_agg(seats)::text as seats, session, extract(epoch from expires_at)::float8 * 1000 as "expiresAt"
    from unnest((select ${tenantIds}::uuid[]), (select ${resourceIds}::uuid[]), (select ${starts}::text[]), (select ${ends}::text[]))
      with ordinality as requested(for_tenant, for_resource, start_text, end_text, position)
    cross join lateral (
      select * from allocations
      where tenant_id = for_tenant and resource_id = for_resource
        and occupied && tstzrange(start_text::timestamptz, end_text::timestamptz, '[)')
      offset 0
    ) as allocation
    group by position, occupied, session, expires_at
    order by lower(occupied)`;
  const busy: Occupied[][] = requests.map(() => []);
  for (const { position, start, end, seats, session, expiresAt } of rows) {
    const count = countSeats(parseSeats(seats));
    busy[position - 1]!.push({
      start: Math.round(start),
      end: Math.round(end),
      seats: count === Infinity ? null : count,
      session,
      expiresAt: expiresAt === null ? null : Math.round(expiresAt),
    });
  }
  return busy;
}

/** In the order of `resourceIds`; '0' if never booked. Too large for numbers. */
export async function versionsOfAllTenants(db: Queryable, resourceIds: readonly string[]): Promise<string[]> {
  const rows = await db.sql<{ id: string; version: string }[]>`
    select resource_id as id, version from resource_versions
    where resource_id = ${anyOf(db.sql, resourceIds)}`;
  const versions = new Map(rows.map(({ id, version }) => [id, version]));
  return resourceIds.map((id) => versions.get(id) ?? '0');
}
