import { resourceStats, type StatsRow } from '@drizzle/resource/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import { inArray } from 'drizzle-orm';
import type { Temporal } from 'temporal-polyfill';

/** Increments of a resource's stats. */
export type StatsChange = {
  tenantId: TenantId;
  resourceId: string;
  created: number;
  cancelled: number;
  bookedAt: Temporal.Instant | null;
};

/** Skips changes whose tenant has no such resource. Locks the resources' rows in the order of their ids. */
export async function addToStatsOfAllTenants(db: Queryable, changes: readonly StatsChange[]): Promise<void> {
  const columnOf = <T>(read: (change: StatsChange) => T): T[] => changes.map(read);
  await db.sql`
    insert into resource_stats as stats (resource_id, tenant_id, bookings_created, bookings_cancelled, last_booked_at)
    select resources.id, resources.tenant_id, sum(created), sum(cancelled), max(booked_at)
    from unnest(
      ${columnOf((change) => change.tenantId)}::uuid[], ${columnOf((change) => change.resourceId)}::uuid[],
      ${columnOf((change) => change.created)}::int[], ${columnOf((change) => change.cancelled)}::int[],
      ${columnOf(({ bookedAt }) => (bookedAt ? formatInstant(bookedAt) : null))}::text[]::timestamptz[]
    ) as change (tenant_id, resource_id, created, cancelled, booked_at)
    join resources on resources.id = change.resource_id and resources.tenant_id = change.tenant_id
    group by resources.id, resources.tenant_id
    order by resources.id
    on conflict (resource_id) do update set
      bookings_created = stats.bookings_created + excluded.bookings_created,
      bookings_cancelled = stats.bookings_cancelled + excluded.bookings_cancelled,
      last_booked_at = greatest(stats.last_booked_at, excluded.last_booked_at)`;
}

/** Without resources that never had a booking. */
export function statsByResourceOfAllTenants(
  db: Queryable,
  resourceIds: readonly string[],
): Promise<StatsRow[]> {
  return db.drizzle
    .select()
    .from(resourceStats)
    .where(inArray(resourceStats.resourceId, [...resourceIds]));
}
