/** SQL of busy times and resource versions. */
import type { Queryable } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import type { Span } from '@libs/time/spans';

/** The occupied times of each resource within `range`, by start. Callers check access to the resource first. */
export async function busyTimesOfAllTenants(
  db: Queryable,
  resourceIds: readonly string[],
  range: Span,
): Promise<Map<string, Span[]>> {
  const rows = await db.sql<{ resourceId: string; start: number; end: number }[]>`
    select resource_id as "resourceId",
           extract(epoch from lower(held))::float8 * 1000 as start, extract(epoch from upper(held))::float8 * 1000 as end
    from bookings
    where resource_id = any(${[...resourceIds]}::uuid[])
      and held && tstzrange(${formatInstant(range.start)}::timestamptz, ${formatInstant(range.end)}::timestamptz, '[)')
    order by lower(held)`;
  const busy = new Map<string, Span[]>(resourceIds.map((id) => [id, []]));
  for (const { resourceId, start, end } of rows) {
    busy.get(resourceId)!.push({ start: Math.round(start), end: Math.round(end) });
  }
  return busy;
}

/** In the order of `resourceIds`; 0 if never booked. */
export async function versionsOfAllTenants(db: Queryable, resourceIds: readonly string[]): Promise<number[]> {
  const rows = await db.sql<{ id: string; version: string }[]>`
    select resource_id as id, version from resource_versions where resource_id = any(${[...resourceIds]}::uuid[])`;
  const versions = new Map(rows.map(({ id, version }) => [id, Number(version)]));
  return resourceIds.map((id) => versions.get(id) ?? 0);
}
