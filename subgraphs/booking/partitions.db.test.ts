/** The heart of bookings on tables that are partitioned by tenant (`drizzle/partitionByTenant.ts`), with several tenants. */
import { allocationProblems, withAllocations } from '@drizzle/booking/allocations.fixtures';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  bookingInput,
  codesOf,
  exampleDirectory,
  exampleTenant,
  times,
  valueOf,
} from './booking.fixtures.ts';
import { cancelBooking } from './bookings/cancelBooking.ts';
import { cancelBookingSeries } from './bookings/cancelBookingSeries.ts';
import { migrate } from '../../drizzle/migrate.ts';
import { partitionByTenant } from '../../drizzle/partitionByTenant.ts';
import { reactTo } from './bookings/cascade/cascade.fixtures.ts';
import { purgeOnce } from './bookings/cascade/purge.ts';
import { changeBookingStatus } from './bookings/changeBookingStatus.ts';
import { createBooking } from './bookings/createBooking.ts';
import { booking, bookings, bookingsOfResource, bookingsOfSeries, bookingsOfUser } from './bookings/reads.ts';
import { updateBooking } from './bookings/updateBooking.ts';
import type { CreateBookingInput } from './generated.ts';

const { url, sql } = await testDatabase('empty');
const db = connect(url, { name: 'partitions' });
afterAll(() => db.close());
const directory = exampleDirectory();

const PARTITIONS = 16;
beforeAll(async () => {
  await migrate('booking', url);
  await partitionByTenant(url, PARTITIONS);
});
afterEach(async () => expect(await allocationProblems(sql)).toEqual([]));

type Resource = Parameters<ReturnType<typeof exampleTenant>['resource']>[0];

function oneTenant(resource: Resource) {
  const tenant = exampleTenant(db, directory);
  const [ana, boss] = [tenant.user(), tenant.administrator()];
  const [room, teacher] = [tenant.resource(resource), tenant.resource()];
  const ask = (parts: Partial<CreateBookingInput> = {}, by = ana) =>
    createBooking(tenant.as(by), bookingInput(room, parts));
  return {
    tenant,
    ana,
    boss,
    room,
    teacher,
    ask,
    book: async (...args: Parameters<typeof ask>) => valueOf(await ask(...args)).bookings[0]!,
  };
}
/** The same is done for each, between each other. */
const tenants = (resource: Resource = {}) => [oneTenant(resource), oneTenant(resource), oneTenant(resource)];

it('the tables are partitioned with all keys, checks and indexes, and each tenant has its partition', async () => {
  const [tables] = await sql`
    select count(*)::int as n from pg_partitioned_table where partrelid::regclass::text not like '%.%'`;
  expect(tables).toEqual({ n: 3 });
  for (const { book } of tenants()) await book();
  const rows = await sql`
    select b.tenant_id, b.tableoid::regclass::text as part, count(a.*)::int as n
    from bookings b join allocations a on a.booking_id = b.id and a.tenant_id = b.tenant_id group by 1, 2`;
  expect(rows).toHaveLength(3);
  for (const row of rows) expect(row).toMatchObject({ part: expect.stringMatching(/^bookings_p\d+$/), n: 1 });
  const [valid] = await sql`
    select count(*)::int as n from pg_index join pg_class on pg_class.oid = indexrelid
    where relkind = 'I' and not indisvalid`;
  expect(valid).toEqual({ n: 0 });
});

describe('each tenant on its own', () => {
  it('creates, refuses what is taken, moves, and cancels', async () => {
    const all = tenants();
    const rows = await Promise.all(all.map(({ book }) => book()));
    for (const [index, { tenant, boss, ask, room }] of all.entries()) {
      const row = rows[index]!;
      expect(codesOf(await ask(times('10:30', '11:30')))).toEqual(['CONFLICT']);
      const moved = valueOf(await updateBooking(tenant.as(boss), { id: row.id, ...times('10:30', '11:30') }));
      expect(moved).toMatchObject({ version: 2, resourceId: room });
      const other = tenant.resource();
      valueOf(await updateBooking(tenant.as(boss), { id: row.id, resourceId: other }));
      valueOf(await changeBookingStatus(tenant.as(boss), { id: row.id, status: 'CONFIRMED' }));
      valueOf(await cancelBooking(tenant.as(boss), { id: row.id, expectedVersion: 4 }));
      valueOf(await ask());
      expect(await booking(all[(index + 1) % 3]!.tenant.as(all[(index + 1) % 3]!.boss), row.id)).toBeNull();
    }
  });

  it('gives seats, assigns them anew, and takes a client into a class once', async () => {
    for (const { tenant, boss, book, ask } of tenants({ bookingMode: 'SHARED', capacity: 2 })) {
      await book(times('09:00', '10:00'));
      const blocker = await book(times('10:00', '11:00'));
      await book(times('10:00', '11:00'));
      valueOf(await cancelBooking(tenant.as(boss), { id: blocker.id }));
      const whole = await book(times('09:00', '11:00'));
      expect(codesOf(await ask(times('09:00', '10:00')))).toEqual(['CONFLICT']);
      valueOf(await updateBooking(tenant.as(boss), { id: whole.id, seats: 2, ...times('14:00', '15:00') }));
      expect(valueOf(await updateBooking(tenant.as(boss), { id: whole.id, seats: 1 })).seats).toBe(1);
    }
    for (const { ana, boss, tenant, ask, book } of tenants({ bookingMode: 'SESSION', capacity: 5 })) {
      await book();
      expect(codesOf(await ask())).toEqual(['ALREADY_EXISTS']);
      const other = await book({}, boss);
      const changed = await updateBooking(tenant.as(boss), { id: other.id, clientId: ana.userId });
      expect(codesOf(changed)).toEqual(['ALREADY_EXISTS']);
    }
  });

  it('books several resources, all or none, and changes them', async () => {
    for (const { tenant, boss, teacher, book, ask } of tenants()) {
      const additionalResources = [{ resourceId: teacher }];
      const row = await book({ additionalResources });
      expect(codesOf(await ask({ additionalResources }))).toEqual(['CONFLICT', 'CONFLICT']);
      valueOf(await updateBooking(tenant.as(boss), { id: row.id, ...times('10:30', '11:30') }));
      valueOf(await updateBooking(tenant.as(boss), { id: row.id, additionalResources: [] }));
      await book({ additionalResources, ...times('14:00', '15:00') });
      await reactTo(db, tenant, {
        type: 'resource.deleted',
        payload: { resource_id: teacher, tenant_id: tenant.id },
      });
      expect((await bookingsOfResource(tenant.as(boss), teacher, {})).nodes).toMatchObject([
        { status: 'CANCELLED' },
      ]);
    }
  });

  it('makes series, with a key, and cancels them; lists show each tenant its own', async () => {
    for (const { tenant, boss, ana, room, ask } of tenants()) {
      const recurrence = { frequency: 'DAILY', count: 5, onConflict: 'SKIP' } as const;
      await ask(times('10:00', '11:00', '2027-01-07'), boss);
      const requested = { recurrence, idempotencyKey: 'k' };
      const { bookings: made, series, skipped } = valueOf(await ask(requested));
      expect([made.length, skipped.length]).toEqual([4, 1]);
      expect(valueOf(await ask(requested)).bookings).toEqual(made);
      const seen = async (page: ReturnType<typeof bookings>) => {
        const { nodes, totalCount } = await page;
        expect(await totalCount()).toBe(nodes.length);
        return nodes.length;
      };
      expect(await seen(bookings(tenant.as(boss), {}))).toBe(5);
      expect(
        await seen(bookings(tenant.as(ana), { orderBy: { field: 'CREATED_AT', direction: 'DESC' } })),
      ).toBe(4);
      expect(await seen(bookingsOfResource(tenant.as(boss), room, { filter: { status: ['PENDING'] } }))).toBe(
        5,
      );
      expect(await seen(bookingsOfUser(tenant.as(boss), ana.userId, {}))).toBe(4);
      expect(await seen(bookingsOfSeries(tenant.as(ana), series!, {}))).toBe(4);
      valueOf(await cancelBookingSeries(tenant.as(boss), { seriesId: series!.id }));
      expect(await sql`select from allocations where tenant_id = ${tenant.id}`).toHaveLength(1);
    }
  });
});

it('a writer without the lock makes CONFLICT, as on one table', async () => {
  const [{ tenant, room, ask }] = tenants() as [ReturnType<typeof oneTenant>];
  const intruder = await sql.reserve();
  await intruder`begin`;
  await withAllocations(
    intruder,
    intruder`
      insert into bookings (id, tenant_id, resource_id, user_id, client_id, start_time, end_time, status, created_at, updated_at)
      values (${newId()}, ${tenant.id}, ${room}, ${newId()}, ${newId()}, '2027-01-06T13:30Z', '2027-01-06T14:30Z', 'PENDING', now(), now())`,
  );
  const waiting = ask();
  await new Promise((resolve) => setTimeout(resolve, 200));
  await intruder`commit`;
  intruder.release();
  expect(codesOf(await waiting)).toEqual(['CONFLICT']);
});

it('no booking is committed without its allocation', async () => {
  const [{ tenant, room }] = tenants() as [ReturnType<typeof oneTenant>];
  await expect(
    sql`
      insert into bookings (id, tenant_id, resource_id, user_id, client_id, start_time, end_time, status, created_at, updated_at)
      values (${newId()}, ${tenant.id}, ${room}, ${newId()}, ${newId()}, '2027-01-06T13:30Z', '2027-01-06T14:30Z', 'PENDING', now(), now())`,
  ).rejects.toMatchObject({ constraint_name: 'bookings_allocated' });
});

it('40 clients of three tenants for one time each: each tenant has one booking', async () => {
  const all = tenants();
  const outcomes = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      all[index % 3]!.ask({ additionalResources: [{ resourceId: all[index % 3]!.teacher }] }),
    ),
  );
  expect(outcomes.filter(({ ok }) => ok)).toHaveLength(3);
  expect(new Set(outcomes.flatMap(codesOf))).toEqual(new Set(['CONFLICT']));
});

it('a deleted tenant leaves nothing behind, and the others keep everything', async () => {
  const all = tenants();
  for (const { ask, teacher } of all) {
    valueOf(
      await ask({
        recurrence: { frequency: 'DAILY', count: 20 },
        idempotencyKey: 'k',
        additionalResources: [{ resourceId: teacher }],
      }),
    );
  }
  const [deleted, ...others] = all;
  await reactTo(db, deleted!.tenant, { type: 'tenant.deleted', payload: { tenant_id: deleted!.tenant.id } });
  const rowsOf = async (tenantId: string) => {
    const tables = [
      'bookings',
      'allocations',
      'booking_resources',
      'booking_series',
      'idempotency_keys',
      'resource_versions',
    ];
    const counts = await Promise.all(
      tables.map(async (table) =>
        Number((await sql`select count(*) as n from ${sql(table)} where tenant_id = ${tenantId}`)[0]!['n']),
      ),
    );
    return counts;
  };
  expect(await rowsOf(deleted!.tenant.id)).toEqual([0, 0, 0, 0, 0, 0]);
  for (const { tenant } of others) expect(await rowsOf(tenant.id)).toEqual([20, 40, 20, 1, 1, 2]);
  await purgeOnce(db, deleted!.tenant.now.add({ hours: 24 * 8 }));
  expect(await sql`select from tombstones`).toHaveLength(0);
});
