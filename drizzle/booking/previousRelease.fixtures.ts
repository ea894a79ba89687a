/**
 * What the release before allocations (the schema of 0006_list_orders) sent to its database, for tests that migrate under its load. The
 * statements and their order are that release's own, because the order decides who waits for whom.
 */
import { acquireLocks, acquireSharedLocks, LOCK_KEYS } from '@libs/db/advisoryLocks';
import type { Db } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { inTransaction, type Queryable, type Tx } from '@libs/db/inTransaction';

export const LAST_MIGRATION = '0006_list_orders';

/** The columns of a booking, without those that the database generates. */
export const COLUMNS = `id, tenant_id, resource_id, user_id, client_id, series_id, start_time, end_time, status, notes, cancelled_by,
  cancellation_reason, version, created_at, updated_at`;

export type Slot = { tenant_id: string; resource_id: string; start_time: string; end_time: string };
export type OldBooking = Slot & { id: string; user_id: string; status: string; version: number };

/** Returns the booking as it was written, or undefined if its time is taken or a party is deleted. */
export const create = (db: Db, slot: Slot): Promise<OldBooking | undefined> =>
  inTransaction(db, async (tx) => {
    const userId = newId();
    const tombstones = await lockParties(tx, slot, userId);
    if (tombstones.length > 0 || (await isTaken(tx, slot))) return undefined;
    const now = new Date().toISOString();
    const people = { user_id: userId, client_id: userId };
    const times = { created_at: now, updated_at: now };
    const row = { ...slot, ...people, ...times, id: newId(), status: 'CONFIRMED', version: 1 };
    const columns = tx.sql.unsafe(COLUMNS);
    const [written] = await tx.sql<OldBooking[]>`
      insert into bookings (${columns})
      select ${columns} from jsonb_populate_recordset(null::bookings, ${JSON.stringify([row])}::jsonb)
      returning ${columns}`;
    await announce(tx, 'booking.created', written!);
    return written;
  });

/** Moves a booking to another time of its resource. It reads the booking before it locks, and `gone` only then. */
export const move = (db: Db, { id }: OldBooking, to: Slot): Promise<OldBooking | undefined> =>
  inTransaction(db, async (tx) => {
    await acquireLocks(tx, LOCK_KEYS.booking('MOVE', id));
    const [before] = await tx.sql<OldBooking[]>`
      select ${tx.sql.unsafe(COLUMNS)} from bookings where id = ${id}::uuid and tenant_id = ${to.tenant_id}::uuid`;
    const tombstones = await lockParties(tx, to, before!.user_id);
    await lockBooking(tx, to, id);
    if (tombstones.length > 0 || (await isTaken(tx, to, id))) return undefined;
    return change(tx, before!, 'booking.updated', { start_time: to.start_time, end_time: to.end_time });
  });

export const cancel = (db: Db, booking: OldBooking): Promise<OldBooking> =>
  inTransaction(db, async (tx) => {
    await lockBooking(tx, booking, booking.id);
    return change(tx, booking, 'booking.cancelled', { status: 'CANCELLED', cancelled_by: booking.user_id });
  });

/** A page of a tenant's bookings by start. */
export const list = ({ sql }: Queryable, { tenant_id, start_time }: Slot): Promise<OldBooking[]> =>
  sql<OldBooking[]>`
    select ${sql.unsafe(COLUMNS)} from bookings
    where tenant_id = ${tenant_id}::uuid and (start_time, id) > (${start_time}::timestamptz, ${newId()}::uuid)
    order by start_time, id limit 51`;

/** What the slots of a resource are computed from. */
export const busyTimes = ({ sql }: Queryable, { resource_id, start_time, end_time }: Slot) => sql`
  select extract(epoch from lower(held))::float8 * 1000 as start, extract(epoch from upper(held))::float8 * 1000 as end
  from bookings
  where resource_id = ${resource_id}::uuid and held && tstzrange(${start_time}::timestamptz, ${end_time}::timestamptz, '[)')
  order by lower(held)`;

async function lockParties(tx: Tx, { tenant_id, resource_id }: Slot, userId: string): Promise<object[]> {
  await acquireSharedLocks(tx, LOCK_KEYS.booking('TENANT', tenant_id), LOCK_KEYS.booking('USER', userId));
  await acquireLocks(tx, LOCK_KEYS.booking('RESOURCE', resource_id));
  const kinds = ['TENANT', 'USER', 'RESOURCE'];
  return tx.sql`
    select kind, id from gone
    join unnest(${kinds}::text[]::gone_kind[], ${[tenant_id, userId, resource_id]}::uuid[]) as party(kind, id) using (kind, id)`;
}

async function isTaken({ sql }: Tx, slot: Slot, except: string | null = null): Promise<boolean> {
  const conflicts = await sql`
    select id from bookings
    where held && tstzrange(${slot.start_time}::timestamptz, ${slot.end_time}::timestamptz, '[)')
      and resource_id = ${slot.resource_id}::uuid and tenant_id = ${slot.tenant_id}::uuid
      and id is distinct from ${except}::uuid`;
  return conflicts.length > 0;
}

const lockBooking = ({ sql }: Tx, { tenant_id }: Slot, id: string) => sql`
  select ${sql.unsafe(COLUMNS)} from bookings where id = ${id}::uuid and tenant_id = ${tenant_id}::uuid for update`;

async function change(
  tx: Tx,
  { id, tenant_id }: OldBooking,
  event: string,
  changes: Record<string, string>,
): Promise<OldBooking> {
  const next = { ...changes, updated_at: new Date().toISOString() };
  const columns = tx.sql.unsafe(Object.keys(next).join(', '));
  const [row] = await tx.sql<OldBooking[]>`
    update bookings set version = version + 1,
      (${columns}) = (select ${columns} from jsonb_populate_record(null::bookings, ${JSON.stringify(next)}::jsonb))
    where id = ${id}::uuid and tenant_id = ${tenant_id}::uuid
    returning ${tx.sql.unsafe(COLUMNS)}`;
  await announce(tx, event, row!);
  return row!;
}

/** Writes the event, and raises the resource's version last. */
async function announce({ sql }: Tx, event: string, row: OldBooking): Promise<void> {
  await sql`
    insert into outbox (id, stream, event_type, tenant_id, payload, occurred_at, trace_id, version)
    values (${newId()}, 'booking-events', ${event}, ${row.tenant_id}, ${JSON.stringify(row)}::text::jsonb, now(), 'trace', 1)`;
  await sql`
    insert into resource_versions (resource_id, tenant_id, version)
    values (${row.resource_id}::uuid, ${row.tenant_id}::uuid, 1)
    on conflict (resource_id) do update set version = resource_versions.version + 1`;
}
