import { resourceStats, type StatsRow } from '@drizzle/resource/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import { inArray } from 'drizzle-orm';
import type { Temporal } from 'temporal-polyfill';

/** Increments by one event. */
export type StatsChange = { created?: number; cancelled?: number; bookedAt?: Temporal.Instant };

/** Does nothing if the tenant has no such resource. */
export async function addToStats(
  tenantId: TenantId,
  db: Queryable,
  resourceId: string,
  { created = 0, cancelled = 0, bookedAt }: StatsChange,
): Promise<void> {
  const at = bookedAt ? formatInstant(bookedAt) : null;
  await db.sql`
    insert into resource_stats as stats (resource_id, tenant_id, bookings_created, bookings_cancelled, last_booked_at)
    select id, tenant_id, ${created}::int, ${cancelled}::int, ${at}::timestamptz
    from resources
    where id = ${resourceId} and tenant_id = ${tenantId}
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
