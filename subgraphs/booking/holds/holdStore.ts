/** SQL of holds. */
import { holds, type HoldRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { purgeOlderThan } from '@libs/queue/claims';
import { formatInstant } from '@libs/time/instants';
import { getTableColumns } from 'drizzle-orm';
import type { Temporal } from 'temporal-polyfill';
import { allocationsJson, inLockOrder } from '../bookings/allocations/allocationStore.ts';
import type { NewAllocation } from '../bookings/allocations/demands.ts';
import { rowFormat, type RawRow } from '../bookings/rows.ts';

const format = rowFormat<HoldRow>(getTableColumns(holds));

export type NewHold = Omit<HoldRow, 'tenantId'>;

export async function holdsByIdOfAllTenants(db: Queryable, ids: readonly string[]): Promise<HoldRow[]> {
  const rows = await db.sql<RawRow<HoldRow>[]>`
    select ${format.select(db.sql)} from holds where id = any(${[...ids]}::uuid[])`;
  return rows.map(format.fromRaw);
}

export async function lockHold(tenantId: TenantId, tx: Tx, id: string): Promise<HoldRow | undefined> {
  const [row] = await tx.sql<RawRow<HoldRow>[]>`
    select ${format.select(tx.sql)} from holds where id = ${id}::uuid and tenant_id = ${tenantId}::uuid for no key update`;
  return row && format.fromRaw(row);
}

/** The ids of the holds of the resource, or by or for the user, that have not expired. */
export async function findHoldsOf(
  tenantId: TenantId,
  db: Queryable,
  target: { resourceId: string } | { userId: string },
  now: Temporal.Instant,
): Promise<string[]> {
  const { sql } = db;
  const ofTarget =
    'resourceId' in target
      ? sql`resources @> jsonb_build_array(jsonb_build_object('resourceId', ${target.resourceId}::text))`
      : sql`(user_id = ${target.userId}::uuid or client_id = ${target.userId}::uuid)`;
  const rows = await sql<{ id: string }[]>`
    select id from holds
    where tenant_id = ${tenantId}::uuid and ended_at is null and expires_at > ${formatInstant(now)}::timestamptz and ${ofTarget}`;
  return rows.map(({ id }) => id);
}

/** Counts the user's holds, whoever made them. Call it under the lock of the user's holds. */
export async function countHolds(
  tenantId: TenantId,
  db: Queryable,
  userId: string,
  now: Temporal.Instant,
): Promise<number> {
  const [row] = await db.sql<{ count: number }[]>`
    select count(*)::int as count from holds
    where user_id = ${userId}::uuid and tenant_id = ${tenantId}::uuid and ended_at is null
      and expires_at > ${formatInstant(now)}::timestamptz and purpose = 'CHECKOUT'`;
  return row!.count;
}

/** Writes a hold with what it occupies. Throws on NO_OVERLAP if a seat is taken. */
export async function insertHold(
  tenantId: TenantId,
  tx: Tx,
  hold: NewHold,
  allocations: readonly NewAllocation[],
): Promise<HoldRow> {
  const { sql } = tx;
  const columns = format.columns(sql);
  const json = JSON.stringify(format.toJson({ ...hold, tenantId }));
  const owner = { holdId: hold.id, expiresAt: hold.expiresAt };
  const occupied = allocationsJson(tenantId, [{ owner, allocations }]);
  const [row] = await sql<RawRow<HoldRow>[]>`
    with hold as (
      insert into holds (${columns}) select ${columns} from jsonb_populate_record(null::holds, ${json}::jsonb)
      returning ${format.select(sql)}
    ), allocation as (
      insert into allocations select * from jsonb_populate_recordset(null::allocations, ${occupied}::jsonb)
    )
    select * from hold`;
  return format.fromRaw(row!);
}

/**
 * Gives what the hold occupies to a booking. Call it under the locks of its resources. Returns how many allocations that were: fewer than
 * the hold's resources if it has expired, or if another caller has taken its time.
 */
export async function giveToBooking(
  tenantId: TenantId,
  tx: Tx,
  { holdId, bookingId, now }: { holdId: string; bookingId: string; now: Temporal.Instant },
): Promise<number> {
  const { count } = await tx.sql`
    update allocations set booking_id = ${bookingId}::uuid, hold_id = null, expires_at = null
    where hold_id = ${holdId}::uuid and tenant_id = ${tenantId}::uuid and expires_at > ${formatInstant(now)}::timestamptz`;
  return count;
}

/**
 * Ends holds and gives their time back; `bookingId`: what one became. Returns those that had not ended. Locks holds in the order of their ids,
 * and before what they occupy: two who book different resources may end the same holds.
 *
 * `resourceIds`: frees only these, for a caller who has their locks and may go on to lock what others occupy of them (`reassignAllocations`): such a
 * caller must touch nothing of resources that others have locked, or the two could deadlock. The sweep frees the rest.
 */
export async function endHolds(
  tenantId: TenantId,
  tx: Tx,
  ids: readonly string[],
  {
    now,
    bookingId = null,
    resourceIds,
  }: { now: Temporal.Instant; bookingId?: string | null; resourceIds?: readonly string[] | undefined },
): Promise<HoldRow[]> {
  if (ids.length === 0) return [];
  const { sql } = tx;
  const isFreed = sql`hold_id = any(${[...ids]}::uuid[]) and tenant_id = ${tenantId}::uuid
    ${resourceIds ? sql`and resource_id = any(${[...resourceIds]}::uuid[])` : sql``}
    and (select count(*) from locked) is not null`;
  const { lock, isLocked } = inLockOrder(sql, isFreed);
  const rows = await sql<RawRow<HoldRow>[]>`
    with locked as materialized (
      select id from holds
      where id = any(${[...ids]}::uuid[]) and tenant_id = ${tenantId}::uuid and ended_at is null
      order by id for no key update
    ), ${lock}, freed as (
      delete from allocations where ${isFreed} and ${isLocked}
    )
    update holds set ended_at = ${formatInstant(now)}::timestamptz, booking_id = ${bookingId}::uuid
    where id in (select id from locked) and tenant_id = ${tenantId}::uuid
    returning ${format.select(sql)}`;
  return rows.map(format.fromRaw);
}

/** Records the booking that was made of a hold after it had ended. */
export async function setBookingOfHold(
  tenantId: TenantId,
  tx: Tx,
  { holdId, bookingId }: { holdId: string; bookingId: string },
): Promise<void> {
  await tx.sql`
    update holds set booking_id = ${bookingId}::uuid where id = ${holdId}::uuid and tenant_id = ${tenantId}::uuid`;
}

/** Up to `limit` holds that have expired and still occupy anything. */
export async function findExpiredOfAllTenants(
  db: Queryable,
  now: Temporal.Instant,
  limit: number,
): Promise<HoldRow[]> {
  const rows = await db.sql<RawRow<HoldRow>[]>`
    select ${format.select(db.sql)} from holds
    where id in (select hold_id from allocations where expires_at <= ${formatInstant(now)}::timestamptz order by expires_at limit ${limit})`;
  return rows.map(format.fromRaw);
}

/** Purges one batch of those that ended by then. Returns whether there may be more. */
export const purgeHoldsOfAllTenants = (db: Queryable, until: Temporal.Instant): Promise<boolean> =>
  purgeOlderThan(db, 'holds', until, { key: ['id', 'tenant_id'], column: 'ended_at' });
