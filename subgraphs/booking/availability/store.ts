/** SQL of busy times and of the resource versions that date them. */
import { instantOfText } from '@libs/db/columns';
import type { Queryable } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';
import type { Occurrence } from '../scheduling/rules.ts';

/**
 * What occupies each resource at any part of [from, to), by start. Of all tenants: callers check access to the resource first, and
 * only times are returned.
 */
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

/** The version of each resource's busy times, in the order of `resourceIds`; 0 if it was never booked. */
export async function versionsOfAllTenants(db: Queryable, resourceIds: readonly string[]): Promise<number[]> {
  const rows = await db.sql<{ id: string; version: string }[]>`
    select resource_id as id, version from resource_versions where resource_id = any(${[...resourceIds]}::uuid[])`;
  const versions = new Map(rows.map(({ id, version }) => [id, Number(version)]));
  return resourceIds.map((id) => versions.get(id) ?? 0);
}
