/** SQL of a person's bookings and holds. */
import { holds, type BookingRow, type HoldRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { and, eq, or } from 'drizzle-orm';
import { bookingColumns, bookingOf, type RawBooking } from '../bookings/rows.ts';

/** Before every id. */
export const NO_ID = '00000000-0000-0000-0000-000000000000';

/** Bookings by or for the person, by id. */
export async function bookingsOfPerson(
  tenantId: TenantId,
  { sql }: Queryable,
  userId: string,
  { after, limit }: { after: string | null | undefined; limit: number },
): Promise<BookingRow[]> {
  const rows = await sql<RawBooking[]>`
    select ${bookingColumns(sql)} from bookings
    where tenant_id = ${tenantId}::uuid and (user_id = ${userId}::uuid or client_id = ${userId}::uuid)
      and id > ${after ?? NO_ID}::uuid
    order by id limit ${limit}`;
  return rows.map(bookingOf);
}

/** Holds that are at most a day old. */
export const holdsOfPerson = (
  tenantId: TenantId,
  { drizzle }: Queryable,
  userId: string,
): Promise<HoldRow[]> =>
  drizzle
    .select()
    .from(holds)
    .where(and(eq(holds.tenantId, tenantId), or(eq(holds.userId, userId), eq(holds.clientId, userId))));

/** Erases what people wrote in bookings for the client, by id. Returns the next ones, or none. */
export function eraseBookingsOfClient(
  tenantId: TenantId,
  { sql }: Tx,
  clientId: string,
  { after, limit }: { after: string; limit: number },
): Promise<{ id: string; version: number }[]> {
  return sql<{ id: string; version: number }[]>`
    with next as (
      select id from bookings
      where tenant_id = ${tenantId}::uuid and client_id = ${clientId}::uuid and id > ${after}::uuid
      order by id limit ${limit} for update
    ), erased as (
      update bookings set notes = null, metadata = '{}', cancellation_reason = null, decision_reason = null,
        override = case when override is not null then jsonb_set(override, '{reason}', '""') end
      where id in (select id from next) and tenant_id = ${tenantId}::uuid
      returning id, version
    )
    select id, version from erased order by id`;
}

/** Reasons of holds for the client, and results under keys that the person chose. */
export async function eraseHoldsAndKeys(tenantId: TenantId, { sql }: Tx, personId: string): Promise<void> {
  await sql`
    update holds set override = jsonb_set(override, '{reason}', '""')
    where tenant_id = ${tenantId}::uuid and client_id = ${personId}::uuid and override is not null`;
  await sql`
    delete from idempotency_keys where tenant_id = ${tenantId}::uuid and caller_id = ${personId}::uuid`;
}
