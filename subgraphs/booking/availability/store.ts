/** SQL of busy times and resource versions. */
import { instantOfText } from '@libs/db/columns';
import type { Queryable } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';
import type { Occurrence } from '../scheduling/rules.ts';

/** The occupied times of each resource within [from, to), by start. Callers check access to the resource first. */
export async function busyTimesOfAllTenants(
  db: Queryable,
  resourceIds: readonly string[],
  range: { from: Temporal.Instant; to: Temporal.Instant },
): Promise<Map<string, Occurrence[]>> {
  const rows = await db.sql<{ resourceId: string; start: string; end: string }[]>`
    select resource_id as "resourceId", lower(held) as start, upper(held) as end from bookings
    where resource_id = any(${[...resourceIds]}::uuid[])
      and held && tstzrange(${formatInstant(range.from)}::timestamptz, ${formatInstant(range.to)}::timestamptz, '[)')
    order by lower(held)`;
  const busy = new Map<string, Occurrence[]>(resourceIds.map((id) => [id, []]));
  for (const { resourceId, start, end } of rows) {
    busy.get(resourceId)!.push({ startTime: instantOfText(start), endTime: instantOfText(end) });
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
