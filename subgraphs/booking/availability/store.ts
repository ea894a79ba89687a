/** SQL of busy times and resource versions. */
import type { Queryable } from '@libs/db/inTransaction';
import { anyOf } from '@libs/db/rowsByIds';
import { formatInstant } from '@libs/time/instants';
import type { Span } from '@libs/time/spans';
import type { Occupied } from '../scheduling/occupied.ts';
import { countSeats, parseSeats } from '../scheduling/seats.ts';

export type ResourceOfTenant = { id: string; tenantId: string };

/**
 * What is occupied of each resource within `range`, by start; equal times of a class together. Callers check access to the resource first.
 */
export async function busyTimesOfAllTenants(
  db: Queryable,
  resources: readonly ResourceOfTenant[],
  range: Span,
): Promise<Map<string, Occupied[]>> {
  const resourceIds = resources.map(({ id }) => id);
  // If the tables are partitioned, only the partitions of these tenants are read.
  const tenantIds = [...new Set(resources.map(({ tenantId }) => tenantId))];
  const rows = await db.sql<
    {
      resourceId: string;
      start: number;
      end: number;
      seats: string;
      session: string | null;
      expiresAt: number | null;
    }[]
  >`
    select resource_id as "resourceId",
           extract(epoch from lower(occupied))::float8 * 1000 as start, extract(epoch from upper(occupied))::float8 * 1000 as end,
           range_agg(seats)::text as seats, session, extract(epoch from expires_at)::float8 * 1000 as "expiresAt"
    from allocations
    where tenant_id = any(${tenantIds}::uuid[]) and resource_id = any(${resourceIds}::uuid[])
      and occupied && tstzrange(${formatInstant(range.start)}::timestamptz, ${formatInstant(range.end)}::timestamptz, '[)')
    group by resource_id, occupied, session, expires_at
    order by lower(occupied)`;
  const busy = new Map<string, Occupied[]>(resourceIds.map((id) => [id, []]));
  for (const { resourceId, start, end, seats, session, expiresAt } of rows) {
    const count = countSeats(parseSeats(seats));
    busy.get(resourceId)!.push({
      start: Math.round(start),
      end: Math.round(end),
      seats: count === Infinity ? null : count,
      session,
      expiresAt: expiresAt === null ? null : Math.round(expiresAt),
    });
  }
  return busy;
}

/** In the order of `resourceIds`; 0 if never booked. */
export async function versionsOfAllTenants(db: Queryable, resourceIds: readonly string[]): Promise<number[]> {
  const rows = await db.sql<{ id: string; version: string }[]>`
    select resource_id as id, version from resource_versions
    where resource_id = ${anyOf(db.sql, resourceIds)}`;
  const versions = new Map(rows.map(({ id, version }) => [id, Number(version)]));
  return resourceIds.map((id) => versions.get(id) ?? 0);
}
