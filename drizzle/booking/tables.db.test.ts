/** What the database itself guarantees, whatever statements the application sends. */
import { newId } from '@libs/db/ids';
import { testDatabase } from '@libs/testing/testDatabases';
import type postgres from 'postgres';
import { describe, expect, it } from 'vitest';

const { sql } = await testDatabase('booking');

const tenant = newId();
const at = (time: string) => `2027-01-06T${time}Z`;

type Connection = postgres.Sql | postgres.TransactionSql;
type Booking = {
  id?: string;
  resource: string;
  start: string;
  end: string;
  status?: string;
  client?: string;
  isSession?: boolean;
};
type Allocation = {
  seats?: string;
  buffer?: string;
  session?: string | null;
  hold?: string | null;
};

const insertBooking = (db: Connection, booking: Booking) => db`
  insert into bookings (id, tenant_id, resource_id, user_id, client_id, start_time, end_time, status, is_session, created_at, updated_at)
  values (${booking.id!}, ${tenant}, ${booking.resource}, ${newId()}, ${booking.client ?? newId()}, ${at(booking.start)}, ${at(booking.end)},
          ${booking.status ?? 'PENDING'}, ${booking.isSession ?? false}, now(), now())`;

const allocate = (
  db: Connection,
  { id, resource, start, end }: Booking,
  { seats = '{[1,)}', buffer = '0', session = null, hold = null }: Allocation = {},
) => db`
  insert into allocations (tenant_id, resource_id, booking_id, hold_id, start_time, end_time, occupied, seats, session, expires_at)
  values (${tenant}, ${resource}, ${hold ? null : id!}, ${hold}, ${at(start)}, ${at(end)},
          tstzrange(${at(start)}::timestamptz - ${buffer}::interval, ${at(end)}::timestamptz + ${buffer}::interval), ${seats}, ${session},
          ${hold ? at('09:00') : null})`;

/** A booking with its allocation, in one transaction; returns its id. */
async function book(booking: Booking, allocation: Allocation = {}): Promise<string> {
  const row = { id: newId(), ...booking };
  await sql.begin(async (tx) => {
    await insertBooking(tx, row);
    await allocate(tx, row, allocation);
  });
  return row.id;
}

const violates = (constraint: string) => ({ constraint_name: constraint });
const room = () => newId();

describe('allocations_no_overlap', () => {
  it('refuses a seat that is taken for any part of the time, and allows adjacent times and other resources', async () => {
    const resource = room();
    await book({ resource, start: '10:00', end: '11:00' });
    await expect(book({ resource, start: '10:59', end: '12:00' })).rejects.toMatchObject(
      violates('allocations_no_overlap'),
    );
    await book({ resource, start: '11:00', end: '12:00' });
    await book({ resource: room(), start: '10:00', end: '11:00' });
  });

  it('counts buffers', async () => {
    const resource = room();
    await book({ resource, start: '10:00', end: '11:00' }, { buffer: '15 minutes' });
    await expect(book({ resource, start: '11:00', end: '12:00' })).rejects.toMatchObject(
      violates('allocations_no_overlap'),
    );
    await book({ resource, start: '11:15', end: '12:00' });
  });

  it('gives no seat twice, although the index keeps only the bounds of several seats', async () => {
    const resource = room();
    const time = { resource, start: '10:00', end: '11:00' };
    await book(time, { seats: '{[1,2),[3,4)}' });
    await book(time, { seats: '{[2,3),[4,5)}' });
    await expect(book(time, { seats: '{[3,4)}' })).rejects.toMatchObject(violates('allocations_no_overlap'));
    await expect(book(time)).rejects.toMatchObject(violates('allocations_no_overlap'));
  });
});

describe('allocations_one_session', () => {
  const session = { session: '10:00/11:00' };

  it('refuses another session at the same time, even in its buffer and with free seats', async () => {
    const resource = room();
    await book(
      { resource, start: '10:00', end: '11:00' },
      { ...session, seats: '{[1,2)}', buffer: '10 minutes' },
    );
    await book(
      { resource, start: '10:00', end: '11:00' },
      { ...session, seats: '{[2,3)}', buffer: '10 minutes' },
    );
    await expect(
      book({ resource, start: '11:05', end: '12:05' }, { session: '11:05/12:05', seats: '{[5,6)}' }),
    ).rejects.toMatchObject(violates('allocations_one_session'));
  });

  it('and a second booking of the same client in one session', async () => {
    const [resource, client] = [room(), newId()];
    const booking = { resource, client, start: '10:00', end: '11:00', isSession: true };
    await book(booking, { ...session, seats: '{[1,2)}' });
    await expect(book(booking, { ...session, seats: '{[2,3)}' })).rejects.toMatchObject(
      violates('bookings_one_per_session'),
    );
  });
});

describe('bookings_allocated', () => {
  it.each(['PENDING', 'CONFIRMED', 'COMPLETED'])(
    'refuses to commit a %s booking without an allocation, or with one of another time',
    async (status) => {
      const booking = { id: newId(), resource: room(), start: '10:00', end: '11:00', status };
      await expect(sql.begin((tx) => insertBooking(tx, booking))).rejects.toMatchObject(
        violates('bookings_allocated'),
      );
      await expect(
        sql.begin(async (tx) => {
          await insertBooking(tx, booking);
          await allocate(tx, { ...booking, end: '10:30' });
        }),
      ).rejects.toMatchObject(violates('bookings_allocated'));
    },
  );

  it.each(['REJECTED', 'CANCELLED', 'NO_SHOW'])('lets a %s booking have none', async (status) => {
    await sql.begin((tx) =>
      insertBooking(tx, { id: newId(), resource: room(), start: '10:00', end: '11:00', status }),
    );
  });

  it('refuses to take the allocation away, to move the booking without it, and to revive a booking without one', async () => {
    const resource = room();
    const id = await book({ resource, start: '10:00', end: '11:00' });
    await expect(sql`delete from allocations where booking_id = ${id}`).rejects.toMatchObject(
      violates('bookings_allocated'),
    );
    await expect(
      sql`update bookings set end_time = end_time + interval '1 hour' where id = ${id}`,
    ).rejects.toMatchObject(violates('bookings_allocated'));
    await sql.begin(async (tx) => {
      await tx`update bookings set status = 'CANCELLED' where id = ${id}`;
      await tx`delete from allocations where booking_id = ${id}`;
    });
    await expect(sql`update bookings set status = 'CONFIRMED' where id = ${id}`).rejects.toMatchObject(
      violates('bookings_allocated'),
    );
  });

  it('does not accept the allocation of a hold in its place', async () => {
    const hold = newId();
    const booking = { id: hold, resource: room(), start: '10:00', end: '11:00' };
    await sql`
      insert into holds (id, tenant_id, user_id, client_id, start_time, end_time, seats, resources, purpose, source, expires_at, created_at)
      values (${hold}, ${tenant}, ${newId()}, ${newId()}, ${at('10:00')}, ${at('11:00')}, 1, '[]', 'CHECKOUT', 'USER', ${at('09:00')}, now())`;
    await allocate(sql, booking, { hold });
    await expect(sql.begin((tx) => insertBooking(tx, booking))).rejects.toMatchObject(
      violates('bookings_allocated'),
    );
  });
});

describe('further resources of a booking', () => {
  const addResource = (db: Connection, id: string, resource: string) => db`
    insert into booking_resources (booking_id, tenant_id, resource_id, start_time, end_time, occupies)
    values (${id}, ${tenant}, ${resource}, ${at('10:00')}, ${at('11:00')}, true)`;

  it('need an allocation of their own, and follow the booking', async () => {
    const [resource, further] = [room(), room()];
    const time = { resource, start: '10:00', end: '11:00' };
    const id = await book(time);
    await expect(addResource(sql, id, further)).rejects.toMatchObject(
      violates('booking_resources_allocated'),
    );
    await sql.begin(async (tx) => {
      await addResource(tx, id, further);
      await allocate(tx, { ...time, id, resource: further });
    });
    await sql.begin(async (tx) => {
      await tx`update bookings set status = 'CANCELLED' where id = ${id}`;
      await tx`delete from allocations where booking_id = ${id}`;
    });
    const rows = await sql`select occupies from booking_resources where booking_id = ${id}`;
    expect([...rows]).toEqual([{ occupies: false }]);
  });
});

it('bookings_time refuses bookings of zero length and of more than 31 days', async () => {
  const cancelled = { id: newId(), resource: room(), status: 'CANCELLED' };
  await expect(insertBooking(sql, { ...cancelled, start: '10:00', end: '10:00' })).rejects.toMatchObject(
    violates('bookings_time'),
  );
  await expect(
    sql`update bookings set end_time = start_time + interval '746 hours 1 second'`,
  ).rejects.toMatchObject(violates('bookings_time'));
});

/** Queues and their markers belong to one database: positions are numbered across its tenants. */
const WITHOUT_TENANT = ['consumed_events', 'inbox', 'outbox', 'outbox_relay'];

it('every other key contains the tenant, so that tables can be partitioned by it', async () => {
  const keys = await sql<{ table: string; key: string; columns: string[] }[]>`
    select t.relname as "table", i.relname as key,
           array(select a.attname::text from unnest(x.indkey::int2[]) as k(n) join pg_attribute a on a.attrelid = t.oid and a.attnum = k.n) as columns
    from pg_index x join pg_class t on t.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
    where t.relnamespace = 'public'::regnamespace and (x.indisunique or x.indisexclusion)
    union all
    select t.relname, c.conname,
           array(select a.attname::text from unnest(c.conkey) as k(n) join pg_attribute a on a.attrelid = t.oid and a.attnum = k.n)
    from pg_constraint c join pg_class t on t.oid = c.conrelid
    where t.relnamespace = 'public'::regnamespace and c.contype = 'f'`;
  const without = keys.filter(({ columns }) => !columns.includes('tenant_id'));
  expect(without.filter(({ table }) => !WITHOUT_TENANT.includes(table))).toEqual([]);
  expect(keys.length).toBeGreaterThan(15);
});
