/** Bookings of several resources: all of them or none. */
import { allocationProblems } from '@drizzle/booking/allocations.fixtures';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { NO_OWN_RULES, type ResourceBookingRules } from '@libs/directory/bookingRules';
import { testDatabase } from '@libs/testing/testDatabases';
import { Temporal } from 'temporal-polyfill';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  bookingInput,
  codesOf,
  exampleDirectory,
  exampleTenant,
  times,
  valueOf,
} from '../booking.fixtures.ts';
import { weeklyRange as weekly } from '../scheduling/scheduling.fixtures.ts';
import type { CreateBookingInput } from '../generated.ts';
import { cancelBooking } from './cancelBooking.ts';
import { reactTo } from './cascade/cascade.fixtures.ts';
import { changeBookingStatus } from './changeBookingStatus.ts';
import { createBooking } from './createBooking.ts';
import { bookings, bookingsOfResource, canCancelNow, type ListArgs } from './reads.ts';
import { updateBooking } from './updateBooking.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'resources' });
afterAll(() => db.close());
const directory = exampleDirectory();

afterEach(async () => expect(await allocationProblems(sql)).toEqual([]));

type Resource = Parameters<ReturnType<typeof exampleTenant>['resource']>[0];
const own = (rules: Partial<ResourceBookingRules>): Resource => ({ rules: { ...NO_OWN_RULES, ...rules } });

/** A room, and a teacher who comes along. */
function setup(
  { room: ofRoom, teacher: ofTeacher }: { room?: Resource; teacher?: Resource } = {},
  rules: Parameters<typeof exampleTenant>[2] = {},
) {
  const tenant = exampleTenant(db, directory, rules);
  const [ana, boss] = [tenant.user(), tenant.administrator()];
  const [room, teacher] = [tenant.resource(ofRoom), tenant.resource(ofTeacher)];
  const both = (parts: Partial<CreateBookingInput> = {}) =>
    bookingInput(room, { additionalResources: [{ resourceId: teacher }], ...parts });
  const ask = (input: CreateBookingInput, by = ana) => createBooking(tenant.as(by), input);
  const book = async (input: CreateBookingInput, by = ana) => valueOf(await ask(input, by)).bookings[0]!;
  return { tenant, ana, boss, room, teacher, both, ask, book };
}

const countOf = async (tenantId: string) => {
  const [row] = await sql`
    select (select count(*)::int from bookings where tenant_id = ${tenantId}) as bookings,
           (select count(*)::int from allocations where tenant_id = ${tenantId}) as allocations,
           (select count(*)::int from outbox where tenant_id = ${tenantId}) as events`;
  return { ...row };
};
const versionsOf = async (...ids: string[]) => {
  const rows = await sql<{ id: string; version: string }[]>`
    select resource_id as id, version >> 32 as version from resource_versions where resource_id = any(${ids})`;
  return ids.map((id) => Number(rows.find((row) => row.id === id)?.version ?? 0));
};
const firstOfTeacher = ['input', 'additionalResources', '0', 'resourceId'];

describe('a booking of several resources', () => {
  it('occupies all of them, and says so in its event', async () => {
    const { tenant, room, teacher, both, book, ask } = setup();
    const row = await book(both({ seats: 1 }));
    expect(row).toMatchObject({
      resourceId: room,
      additionalResources: [{ resourceId: teacher, seats: 1, bufferBefore: 0, bufferAfter: 0 }],
    });
    const [event] = await sql`select payload from outbox where tenant_id = ${tenant.id}`;
    expect(event!['payload']).toMatchObject({ resource_id: room, resource_ids: [room, teacher] });
    expect(codesOf(await ask(bookingInput(teacher)))).toEqual(['CONFLICT']);
    expect(codesOf(await ask(bookingInput(room)))).toEqual(['CONFLICT']);
    expect(await versionsOf(room, teacher)).toEqual([1, 1]);
  });

  it('gets none of them if one is taken; the error names it', async () => {
    const { tenant, room, teacher, both, ask, book } = setup();
    const taking = await book(bookingInput(teacher, times('10:30', '11:30')));
    const before = await countOf(tenant.id);
    const outcome = await ask(both());
    expect(outcome).toMatchObject({
      refusals: [
        {
          code: 'CONFLICT',
          field: firstOfTeacher,
          resourceId: teacher,
          conflict: { remainingSeats: 0, bookings: [{ bookingId: taking.id }] },
        },
      ],
    });
    expect(await countOf(tenant.id)).toEqual(before);
    await book(bookingInput(room));
    expect(await ask(both())).toMatchObject({
      refusals: [
        { code: 'CONFLICT', field: ['input', 'startTime'], resourceId: room },
        { code: 'CONFLICT', field: firstOfTeacher, resourceId: teacher },
      ],
    });
  });

  it('takes seats of each, with each one’s buffers', async () => {
    const { tenant, room, teacher, both, book, ask } = setup({
      room: { bookingMode: 'SHARED', capacity: 4, ...own({ bufferAfterMinutes: 30 }) },
      teacher: { bookingMode: 'SHARED', capacity: 2, ...own({ bufferBeforeMinutes: 60 }) },
    });
    const row = await book(both({ seats: 3, additionalResources: [{ resourceId: teacher, seats: 2 }] }));
    expect(row).toMatchObject({ seats: 3, bufferBefore: 0, bufferAfter: 30 });
    expect(row.additionalResources).toEqual([
      { resourceId: teacher, seats: 2, bufferBefore: 60, bufferAfter: 0 },
    ]);
    const taken = await sql`
      select resource_id, seats::text as seats, lower(occupied)::text as "from", upper(occupied)::text as "to" from allocations
      where tenant_id = ${tenant.id} order by seats`;
    expect(taken).toMatchObject([
      {
        resource_id: teacher,
        seats: '{[1,3)}',
        from: '2027-01-06 12:00:00+00',
        to: '2027-01-06 14:00:00+00',
      },
      { resource_id: room, seats: '{[1,4)}', from: '2027-01-06 13:00:00+00', to: '2027-01-06 14:30:00+00' },
    ]);
    expect(await ask(both({ ...times('11:00', '12:00'), seats: 2 }))).toMatchObject({
      refusals: [
        { code: 'CONFLICT', resourceId: room, conflict: { remainingSeats: 1 } },
        { code: 'CONFLICT', resourceId: teacher, conflict: { remainingSeats: 0 } },
      ],
    });
  });

  it('keeps the rules of each: errors name the resource whose rule it is', async () => {
    const { teacher, both, ask } = setup(
      {
        teacher: {
          availabilitySchedule: [weekly('WEDNESDAY 14:00-18:00')],
          ...own({ maxDurationMinutes: 30, minimumNoticeMinutes: 3 * 24 * 60 }),
        },
      },
      { minDurationMinutes: 30, maxDurationMinutes: 120 },
    );
    const outcome = await ask(both());
    expect(codesOf(outcome)).toEqual(['DURATION_NOT_ALLOWED', 'RESOURCE_UNAVAILABLE', 'TOO_SHORT_NOTICE']);
    for (const refusal of outcome.ok ? [] : outcome.refusals) {
      expect(refusal).toMatchObject({ field: firstOfTeacher, resourceId: teacher });
    }
    // A tenant's rule, which both break, is reported once, without a resource.
    const early = await ask(both(times('07:00', '09:30')));
    const hours = early.ok ? [] : early.refusals.filter(({ code }) => code === 'OUTSIDE_WORKING_HOURS');
    expect(hours).toHaveLength(1);
    expect(hours[0]).toMatchObject({ field: ['input', 'startTime'] });
    expect(hours[0]!.resourceId).toBeUndefined();
  });

  it('is reported as the tenant’s where only the other bound of the duration is the resource’s own', async () => {
    const { teacher, ask } = setup(
      { teacher: own({ maxDurationMinutes: 600 }) },
      { minDurationMinutes: 120 },
    );
    const outcome = await ask(bookingInput(teacher));
    expect(outcome).toMatchObject({ refusals: [{ code: 'DURATION_NOT_ALLOWED', key: 'booking.tooShort' }] });
    expect(!outcome.ok && outcome.refusals[0]!.resourceId).toBeUndefined();
  });

  it.each([
    [true, true, 'CONFIRMED'],
    [true, false, 'PENDING'],
    [false, true, 'PENDING'],
  ])('is confirmed at once only if all are (%s, %s)', async (ofRoom, ofTeacher, status) => {
    const { both, book } = setup({
      room: own({ autoConfirm: ofRoom }),
      teacher: own({ autoConfirm: ofTeacher }),
    });
    expect(await book(both())).toMatchObject({ status, decisionDeadline: null });
  });

  it('has the shortest time to decide of all, up to its start; none once it is cancelled', async () => {
    const { tenant, ana, both, book } = setup(
      { teacher: own({ approvalHours: 5 }) },
      { approvalHours: 48, autoConfirm: false },
    );
    const row = await book(both());
    expect(row.decisionDeadline).toEqual(tenant.now.add({ hours: 5 }));
    const soon = await book(both(times('10:00', '11:00', '2027-01-04')));
    expect(soon.decisionDeadline).toEqual(Temporal.Instant.from('2027-01-04T13:00Z'));
    expect(valueOf(await cancelBooking(tenant.as(ana), { id: row.id })).decisionDeadline).toBeNull();
  });

  it('closes to its people with the longest cancellation window of all', async () => {
    const { tenant, ana, boss, both, book } = setup({
      room: own({ cancellationHours: 1 }),
      teacher: own({ cancellationHours: 40 }),
    });
    const row = await book(both());
    const now = row.startTime.subtract({ hours: 39 });
    expect(await canCancelNow(tenant.as(ana, { now }), row)).toBe(false);
    expect(await cancelBooking(tenant.as(ana, { now }), { id: row.id })).toMatchObject({
      refusals: [{ code: 'CANCELLATION_WINDOW_CLOSED', params: { hours: 40 } }],
    });
    const moved = { id: row.id, ...times('14:00', '15:00') };
    expect(codesOf(await updateBooking(tenant.as(ana, { now }), moved))).toEqual([
      'CANCELLATION_WINDOW_CLOSED',
    ]);
    // Nor can it be moved to where the window is open.
    const away = { id: row.id, additionalResources: [] };
    expect(codesOf(await updateBooking(tenant.as(ana, { now }), away))).toEqual([
      'CANCELLATION_WINDOW_CLOSED',
    ]);
    valueOf(await cancelBooking(tenant.as(boss, { now }), { id: row.id }));
  });

  it('ends a series with the shortest advance window of all', async () => {
    const { both, ask } = setup({ teacher: own({ advanceBookingDays: 9 }) });
    const { bookings: made } = valueOf(await ask(both({ recurrence: { frequency: 'DAILY' } })));
    expect(made).toHaveLength(8);
  });

  it('lets a client into a class once, also where the class is an additional resource', async () => {
    const { tenant, boss, room, teacher, both, ask, book } = setup({
      teacher: { bookingMode: 'SESSION', capacity: 10 },
    });
    await book(both());
    const again = bookingInput(tenant.resource(), { additionalResources: [{ resourceId: teacher }] });
    expect(codesOf(await ask(again))).toEqual(['ALREADY_EXISTS']);
    expect(codesOf(await ask(bookingInput(teacher)))).toEqual(['ALREADY_EXISTS']);
    await book(again, boss);
    expect(codesOf(await ask(bookingInput(room), boss))).toEqual(['CONFLICT']);
  });
});

describe('additionalResources refuses', () => {
  it.each([
    [
      'five',
      () => Array.from({ length: 5 }, () => ({ resourceId: newId() })),
      { key: 'booking.tooManyResources', field: ['input', 'additionalResources'], params: { max: 4 } },
    ],
    [
      'the same twice',
      (id: string) => [{ resourceId: id }, { resourceId: id }],
      {
        key: 'booking.resourceTwice',
        field: ['input', 'additionalResources', '1', 'resourceId'],
      },
    ],
    ['none named', () => [{}], { key: 'booking.resourceNeeded', field: firstOfTeacher }],
    ['null', () => [{ resourceId: null }], { key: 'booking.resourceNeeded', field: firstOfTeacher }],
    [
      '0 seats',
      (id: string) => [{ resourceId: id, seats: 0 }],
      {
        key: 'booking.noSeats',
        field: ['input', 'additionalResources', '0', 'seats'],
      },
    ],
  ])('%s with INVALID', async (_, additional, expected) => {
    const { tenant, teacher, both, ask } = setup();
    const outcome = await ask(both({ additionalResources: additional(teacher) }));
    expect(outcome).toMatchObject({ refusals: [{ code: 'INVALID', ...expected }] });
    expect(!outcome.ok && outcome.refusals).toHaveLength(1);
    expect(await countOf(tenant.id)).toEqual({ bookings: 0, allocations: 0, events: 0 });
  });

  it('the booking’s own resource with INVALID', async () => {
    const { room, both, ask } = setup();
    expect(await ask(both({ additionalResources: [{ resourceId: room }] }))).toMatchObject({
      refusals: [{ code: 'INVALID', key: 'booking.resourceTwice', field: firstOfTeacher }],
    });
  });

  it('unknown and other tenants’ resources, inactive ones, and too many seats, each at its place', async () => {
    const { tenant, both, ask } = setup();
    const foreign = setup().room;
    const asleep = tenant.resource({ isActive: false });
    const small = tenant.resource({ bookingMode: 'SHARED', capacity: 2 });
    const outcome = await ask(
      both({
        additionalResources: [
          { resourceId: newId() },
          { resourceId: foreign },
          { resourceId: asleep },
          { resourceId: small, seats: 3 },
        ],
      }),
    );
    const at = (index: number, name = 'resourceId') => ['input', 'additionalResources', String(index), name];
    expect(!outcome.ok && outcome.refusals.map(({ code, field }) => [code, field])).toEqual([
      ['NOT_FOUND', at(0)],
      ['NOT_FOUND', at(1)],
      ['INACTIVE', at(2)],
      ['CAPACITY_EXCEEDED', at(3, 'seats')],
    ]);
  });
});

describe('a booking of several resources is given up', () => {
  it.each(['cancelled', 'rejected'])('as a whole when it is %s', async (how) => {
    const { tenant, boss, room, teacher, both, book } = setup();
    const { id } = await book(both());
    if (how === 'cancelled') valueOf(await cancelBooking(tenant.as(boss), { id }));
    else valueOf(await changeBookingStatus(tenant.as(boss), { id, status: 'REJECTED' }));
    expect(await versionsOf(room, teacher)).toEqual([2, 2]);
    expect(await countOf(tenant.id)).toMatchObject({ allocations: 0 });
    await book(both());
  });

  it('when an additional resource is deleted, which takes no booking any more', async () => {
    const { tenant, room, teacher, both, book, ask } = setup();
    const [first, other] = [await book(both()), await book(bookingInput(room, times('12:00', '13:00')))];
    await reactTo(db, tenant, {
      type: 'resource.deleted',
      payload: { resource_id: teacher, tenant_id: tenant.id },
    });
    const rows =
      await sql`select id, status from bookings where tenant_id = ${tenant.id} order by start_time`;
    expect([...rows]).toEqual([
      { id: first.id, status: 'CANCELLED' },
      { id: other.id, status: 'PENDING' },
    ]);
    expect(await versionsOf(room, teacher)).toEqual([3, 2]);
    expect(await ask(both(times('15:00', '16:00')))).toMatchObject({
      refusals: [{ code: 'INACTIVE', key: 'booking.resourceInactive', field: firstOfTeacher }],
    });
    await book(bookingInput(room));
  });
});

describe('lists', () => {
  it('of a resource, and by resourceId, include bookings that have it as an additional one, in order', async () => {
    const { tenant, ana, boss, room, teacher, both, book } = setup();
    const ids = [
      await book(bookingInput(teacher, times('08:00', '09:00'))),
      await book(both()),
      await book(bookingInput(teacher, times('12:00', '13:00')), boss),
      await book(both(times('14:00', '15:00')), boss),
    ].map(({ id }) => id);
    await book(bookingInput(room, times('16:00', '17:00')));
    const seen = async (args: ListArgs, by = boss) => {
      const page = await bookingsOfResource(tenant.as(by), teacher, args);
      return { ids: page.nodes.map(({ id }) => id), total: await page.totalCount() };
    };
    expect(await seen({})).toEqual({ ids, total: 4 });
    expect(await seen({ orderBy: { field: 'CREATED_AT', direction: 'DESC' } })).toEqual({
      ids: ids.toReversed(),
      total: 4,
    });
    expect(await seen({}, ana)).toEqual({ ids: ids.slice(0, 2), total: 2 });
    expect(await seen({ filter: { resourceId: room } })).toEqual({ ids: [ids[1], ids[3]], total: 2 });
    const page = await bookings(tenant.as(boss), { filter: { resourceId: teacher, status: ['PENDING'] } });
    expect(page.nodes.map(({ id }) => id)).toEqual(ids);

    valueOf(await cancelBooking(tenant.as(boss), { id: ids[1]! }));
    expect((await seen({ filter: { status: ['CANCELLED'] } })).ids).toEqual([ids[1]]);
    const pages: string[] = [];
    for (let after: string | null = null; pages.length < 4;) {
      const next = await bookingsOfResource(tenant.as(boss), teacher, { first: 1, after });
      pages.push(...next.nodes.map(({ id }) => id));
      after = next.pageInfo.endCursor;
    }
    expect(pages).toEqual(ids);
  });
});

it('64 clients who want two resources in both orders get each time once, without a deadlock', async () => {
  const { room, teacher, ask } = setup({}, { bookingInterval: 60 });
  const hours = ['08:00', '09:00', '10:00', '11:00', '12:00'];
  const outcomes = await Promise.all(
    Array.from({ length: 64 }, (_, index) => {
      const [first, second] = index % 2 === 0 ? [room, teacher] : [teacher, room];
      const start = index % 4;
      return ask(
        bookingInput(first!, {
          ...times(hours[start]!, hours[start + 1]!),
          additionalResources: [{ resourceId: second! }],
        }),
      );
    }),
  );
  expect(outcomes.filter(({ ok }) => ok)).toHaveLength(4);
  expect([...new Set(outcomes.flatMap(codesOf))]).toEqual(['CONFLICT']);
});
