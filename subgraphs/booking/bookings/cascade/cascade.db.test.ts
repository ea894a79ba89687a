import { withAllocations } from '@drizzle/booking/allocations.fixtures';
import { connect } from '@libs/db/connect';
import { inTransaction } from '@libs/db/inTransaction';
import type { DomainEvent } from '@libs/events/catalogue';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, describe, expect, it } from 'vitest';
import {
  bookingInput,
  codesOf,
  exampleDirectory,
  exampleTenant,
  times,
  valueOf,
  type ExampleTenant,
} from '../../booking.fixtures.ts';
import { createHold } from '../../holds/createHold.ts';
import { createBooking } from '../createBooking.ts';
import { updateBookingSeries } from '../series/updateBookingSeries.ts';
import { updateBooking } from '../updateBooking.ts';
import { reactTo } from './cascade.fixtures.ts';
import { CASCADE_BATCH, deleteRowsOfTenant } from './cascadeStore.ts';
import { purgeOnce, TOMBSTONE_RETENTION_DAYS } from './purge.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'cascade' });
afterAll(() => db.close());
const directory = exampleDirectory();

const react = (tenant: ExampleTenant, event: DomainEvent) => reactTo(db, tenant, event);

const resourceDeleted = (tenant: ExampleTenant, id: string): DomainEvent => ({
  type: 'resource.deleted',
  payload: { resource_id: id, tenant_id: tenant.id },
});
const userDeleted = (tenant: ExampleTenant, id: string): DomainEvent => ({
  type: 'user.deleted',
  payload: { user_id: id, tenant_id: tenant.id },
});
const tenantDeleted = (tenant: ExampleTenant): DomainEvent => ({
  type: 'tenant.deleted',
  payload: { tenant_id: tenant.id },
});

function setup() {
  const tenant = exampleTenant(db, directory);
  const caller = tenant.user();
  const ctx = () => tenant.as(caller);
  const book = async (room: string, parts: Parameters<typeof bookingInput>[1] = {}) =>
    valueOf(await createBooking(ctx(), bookingInput(room, parts))).bookings;
  return { tenant, caller, ctx, book };
}

const statusesOf = async (tenantId: string): Promise<Record<string, number>> => {
  const rows = await sql<{ status: string; n: number }[]>`
    select status, count(*)::int as n from bookings where tenant_id = ${tenantId} group by status`;
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]));
};
const cancelledEventsOf = async (tenantId: string): Promise<number> =>
  Number(
    (
      await sql`select count(*) as n from outbox where tenant_id = ${tenantId} and event_type = 'booking.cancelled'`
    )[0]!['n'],
  );
/** Consecutive half-hour bookings. */
const fill = (tenant: ExampleTenant, room: string, userId: string, start: string, count: number) =>
  withAllocations(
    sql,
    sql`
  insert into bookings (id, tenant_id, resource_id, user_id, client_id, start_time, end_time, status, created_at, updated_at)
  select gen_random_uuid(), ${tenant.id}, ${room}, ${userId}, ${userId}, ${start}::timestamptz + n * interval '30 minutes',
         ${start}::timestamptz + (n + 1) * interval '30 minutes', 'CONFIRMED', now(), now()
  from generate_series(0, ${count - 1}) as n`,
  );

describe('resource.deleted', () => {
  it('cancels the resource’s current and future bookings, in batches, with one event each, and keeps past ones', async () => {
    const { tenant, caller, book } = setup();
    const [room, other] = [tenant.resource(), tenant.resource()];
    const many = CASCADE_BATCH * 2 + 7;
    // At 12:00Z the first two are over, and the third is running.
    await fill(tenant, room, caller.userId, '2027-01-04T10:45Z', many + 2);
    await book(other);
    await react(tenant, resourceDeleted(tenant, room));
    expect(await statusesOf(tenant.id)).toEqual({ CANCELLED: many, CONFIRMED: 2, PENDING: 1 });
    expect(await cancelledEventsOf(tenant.id)).toBe(many);
    await react(tenant, resourceDeleted(tenant, room));
    expect(await cancelledEventsOf(tenant.id)).toBe(many);
  });

  it('refuses bookings and moves by requests that read the resource before', async () => {
    const { tenant, ctx, book } = setup();
    const [room, other] = [tenant.resource(), tenant.resource()];
    const [booking] = await book(other);
    await react(tenant, resourceDeleted(tenant, room));
    expect(codesOf(await createBooking(ctx(), bookingInput(room)))).toEqual(['INACTIVE']);
    expect(codesOf(await updateBooking(ctx(), { id: booking!.id, resourceId: room }))).toEqual(['INACTIVE']);
    // The tombstone outlives every such request.
    await purgeOnce(db, tenant.now.add({ hours: 24 * TOMBSTONE_RETENTION_DAYS - 1 }));
    expect(codesOf(await createBooking(ctx(), bookingInput(room)))).toEqual(['INACTIVE']);
  });
});

describe('user.deleted', () => {
  it('cancels the bookings for the user', async () => {
    const { tenant, caller, ctx, book } = setup();
    const [client, other] = [tenant.user(), tenant.user()];
    const room = tenant.resource();
    await book(room, { ...times('10:00', '11:00'), clientId: client.userId });
    valueOf(await createBooking(tenant.as(client), bookingInput(room, times('11:00', '12:00'))));
    valueOf(await createBooking(tenant.as(other), bookingInput(room, times('12:00', '13:00'))));
    await react(tenant, userDeleted(tenant, client.userId));
    expect(await statusesOf(tenant.id)).toEqual({ CANCELLED: 2, PENDING: 1 });
    const late = bookingInput(room, { ...times('14:00', '15:00'), clientId: client.userId });
    expect(codesOf(await createBooking(ctx(), late))).toEqual(['INACTIVE']);
    const own = bookingInput(room, times('14:00', '15:00'));
    expect(codesOf(await createBooking(tenant.as(client), own))).toEqual(['USER_CANNOT_BOOK']);
    await react(tenant, userDeleted(tenant, caller.userId));
    expect(codesOf(await createBooking(ctx(), own))).toEqual(['USER_CANNOT_BOOK']);
  });

  it('keeps what the user made for others', async () => {
    const { tenant, caller, book } = setup();
    const client = tenant.user();
    const room = tenant.resource();
    const recurrence = { frequency: 'DAILY', count: 2 } as const;
    await book(room, { ...times('10:00', '11:00'), clientId: client.userId, recurrence });
    await book(room, times('11:00', '12:00'));
    await react(tenant, userDeleted(tenant, caller.userId));
    expect(await statusesOf(tenant.id)).toEqual({ CANCELLED: 1, PENDING: 2 });
    await react(tenant, userDeleted(tenant, client.userId));
    expect(await statusesOf(tenant.id)).toEqual({ CANCELLED: 3 });
  });

  it('lets the clients move what the user made for them', async () => {
    const { tenant, caller, book } = setup();
    const client = tenant.user();
    const room = tenant.resource();
    const recurrence = { frequency: 'DAILY', count: 2 } as const;
    const [first] = await book(room, {
      ...times('10:00', '11:00'),
      clientId: client.userId,
      recurrence,
    });
    await react(tenant, userDeleted(tenant, caller.userId));
    directory.memberById.delete(caller.userId);
    const { id } = first!;
    const move = valueOf(await updateBooking(tenant.as(client), { id, ...times('12:00', '13:00') }));
    expect(move).toMatchObject({ version: 2, userId: caller.userId });
    const series = { bookingId: id, scope: 'ALL', ...times('14:00', '15:00') } as const;
    expect(valueOf(await updateBookingSeries(tenant.as(client), series)).bookings).toHaveLength(2);
  });

  it('keeps past bookings, and refuses to move them to the future for requests that read the user before', async () => {
    const { tenant, caller } = setup();
    const room = tenant.resource();
    await fill(tenant, room, caller.userId, '2027-01-04T11:00Z', 1);
    const [past] = await sql<{ id: string }[]>`select id from bookings where resource_id = ${room}`;
    await react(tenant, userDeleted(tenant, caller.userId));
    const move = { id: past!.id, ...times('14:00', '15:00') };
    const outcome = await updateBooking(tenant.as(tenant.administrator()), move);
    expect(codesOf(outcome)).toEqual(['USER_CANNOT_BOOK']);
  });
});

describe('tenant.deleted', () => {
  it('deletes all rows of the tenant, and none of others', async () => {
    const [here, there] = [setup(), setup()];
    for (const { tenant, caller, book } of [here, there]) {
      const room = tenant.resource();
      await fill(tenant, room, caller.userId, '2027-02-01T00:00Z', CASCADE_BATCH + 1);
      const recurrence = { frequency: 'DAILY', interval: 1 } as const;
      await book(tenant.resource(), { idempotencyKey: 'k', recurrence });
    }
    const before = await statusesOf(there.tenant.id);
    await react(here.tenant, tenantDeleted(here.tenant));
    for (const table of ['bookings', 'booking_series', 'idempotency_keys', 'resource_versions']) {
      const count = async (id: string) =>
        (await sql`select 1 from ${sql(table)} where tenant_id = ${id}`).length;
      expect(await count(here.tenant.id)).toBe(0);
      expect(await count(there.tenant.id)).toBeGreaterThan(0);
    }
    expect(await statusesOf(there.tenant.id)).toEqual(before);
    const outcome = await createBooking(here.ctx(), bookingInput(here.tenant.resource()));
    expect(codesOf(outcome)).toEqual(['NOT_FOUND']);
  });
});

describe('the deletion of a tenant', () => {
  /** Index entries of bookings, for each booking. */
  async function entriesRead(batches: number): Promise<number> {
    const { tenant, caller } = setup();
    await fill(tenant, tenant.resource(), caller.userId, '2027-02-01T00:00Z', batches * CASCADE_BATCH);
    // Without statistics, the commit would read the whole table for each foreign key.
    await sql`analyze bookings, allocations, booking_resources`;
    const read = await inTransaction(db, async (tx) => {
      const count = async () => {
        const [row] = await tx.sql<[{ count: number }]>`
          select sum(pg_stat_get_xact_tuples_returned(indexrelid))::int as count
          from pg_index join pg_class table_or_partition on table_or_partition.oid = indrelid
          where table_or_partition.relname ~ '^bookings(_p[0-9]+)?$'`;
        return row.count;
      };
      const before = await count();
      await deleteRowsOfTenant(tenant.id, tx);
      return (await count()) - before;
    });
    expect(await statusesOf(tenant.id)).toEqual({});
    return read / (batches * CASCADE_BATCH);
  }

  it('reads a booking as often among many as among few', { timeout: 60_000 }, async () => {
    const few = await entriesRead(2);
    expect(few).toBeGreaterThan(1);
    expect(await entriesRead(16)).toBeLessThan(1.5 * few);
  });
});

describe('holds', () => {
  const holdOf = async (tenant: ExampleTenant, who: ReturnType<ExampleTenant['user']>, input: object) =>
    valueOf(await createHold(tenant.as(who), { ...bookingInput(tenant.resource()), ...input }));
  const heldBy = async (tenant: ExampleTenant) => ({
    open: (await sql`select id from holds where tenant_id = ${tenant.id} and ended_at is null`).map(
      ({ id }) => id as string,
    ),
    occupying: (await sql`select distinct hold_id from allocations where tenant_id = ${tenant.id}`).map(
      ({ hold_id: id }) => id as string,
    ),
    ended: (
      await sql`select payload ->> 'reason' as reason from outbox where tenant_id = ${tenant.id} and event_type = 'hold.ended'`
    ).map(({ reason }) => reason as string),
  });

  it('of a deleted resource, also an additional one, end and give all their time back', async () => {
    const { tenant, caller } = setup();
    const [room, projector] = [tenant.resource(), tenant.resource()];
    await holdOf(tenant, caller, { resourceId: room });
    await holdOf(tenant, caller, { additionalResources: [{ resourceId: room }], ...times('14:00', '15:00') });
    const { id: other } = await holdOf(tenant, caller, { resourceId: projector });
    await react(tenant, resourceDeleted(tenant, room));
    expect(await heldBy(tenant)).toEqual({ open: [other], occupying: [other], ended: ['closed', 'closed'] });
  });

  it('by or for a deleted user end', async () => {
    const { tenant, caller } = setup();
    const staff = tenant.user({ canManageBookings: true });
    await holdOf(tenant, caller, {});
    await holdOf(tenant, staff, { userId: staff.userId, clientId: caller.userId });
    const { id: other } = await holdOf(tenant, staff, {});
    await react(tenant, userDeleted(tenant, caller.userId));
    expect(await heldBy(tenant)).toEqual({ open: [other], occupying: [other], ended: ['closed', 'closed'] });
  });
});

describe('while bookings are being created', () => {
  it.each(['resource.deleted', 'user.deleted', 'tenant.deleted'] as const)(
    '%s leaves no booking behind',
    { timeout: 60_000 },
    async (type) => {
      for (let round = 0; round < 5; round += 1) {
        const { tenant, caller, ctx } = setup();
        const room = tenant.resource();
        let isOver = false;
        const clients = Array.from({ length: 10 }, async (_, number) => {
          for (let round = 0; !isOver; round += 1) {
            const date = `2027-${String(2 + number).padStart(2, '0')}-${String(1 + (round % 28)).padStart(2, '0')}`;
            await createBooking(ctx(), bookingInput(room, times('10:00', '11:00', date)));
          }
        });
        await new Promise((resolve) => setTimeout(resolve, 40));
        await react(
          tenant,
          {
            'resource.deleted': resourceDeleted(tenant, room),
            'user.deleted': userDeleted(tenant, caller.userId),
            'tenant.deleted': tenantDeleted(tenant),
          }[type],
        );
        await new Promise((resolve) => setTimeout(resolve, 40));
        isOver = true;
        await Promise.all(clients);
        const { CANCELLED: cancelled = 0, ...left } = await statusesOf(tenant.id);
        expect(left).toEqual({});
        if (type !== 'tenant.deleted') expect(await cancelledEventsOf(tenant.id)).toBe(cancelled);
      }
    },
  );
});
