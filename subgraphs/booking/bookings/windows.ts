/** Bounds of the starts of bookings that are under way at an instant, so that indexes by start find them. */
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';

/**
 * SQL: an instant before the starts of all the tenant's bookings that end after `instant`. Hardly any lasts longer than the longest day
 * (26 hours, Antarctica/Troll); the partial index bookings_long has those, up to the longest that there are (746 hours).
 */
export function earliestStart(tenantId: TenantId, sql: Queryable['sql'], instant: Temporal.Instant) {
  const text = formatInstant(instant);
  return sql`least(
    ${text}::timestamptz - interval '26 hours',
    (select min(long.start_time) - interval '1 millisecond' from bookings long
     where long.tenant_id = ${tenantId}::uuid and long.end_time - long.start_time > interval '26 hours'
       and long.start_time > ${text}::timestamptz - interval '746 hours' and long.end_time > ${text}::timestamptz))`;
}
