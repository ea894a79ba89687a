/** Changes of seats, additional resources and metadata; expected versions; reasons of decisions. */
import { allocationProblems } from '@drizzle/booking/allocations.fixtures';
import type { BookingRow } from '@drizzle/booking/tables';
import { connect } from '@libs/db/connect';
import { NO_OWN_RULES } from '@libs/directory/bookingRules';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  bookingInput,
  codesOf,
  exampleDirectory,
  exampleTenant,
  times,
  valueOf,
} from '../booking.fixtures.ts';
import type { CreateBookingInput, UpdateBookingInput } from '../generated.ts';
import { cancelBooking } from './cancelBooking.ts';
import { changeBookingStatus } from './changeBookingStatus.ts';
import { createBooking } from './createBooking.ts';
import { bookingsOfResource } from './reads.ts';
import { updateBooking } from './updateBooking.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'updateSeats' });
afterAll(() => db.close());
const directory = exampleDirectory();

afterEach(async () => expect(await allocationProblems(sql)).toEqual([]));

type Resource = Parameters<ReturnType<typeof exampleTenant>['resource']>[0];
const shared = (capacity: number): Resource => ({ bookingMode: 'SHARED', capacity });
const HOURS_BEFORE = { early: 25, late: 23 };

function setup(resource: Resource = shared(5), rules: Parameters<typeof exampleTenant>[2] = {}) {
  const tenant = exampleTenant(db, directory, rules);
  const [ana, boss] = [tenant.user(), tenant.administrator()];
  const room = tenant.resource(resource);
  const book = async (parts: Partial<CreateBookingInput> = {}, by = ana): Promise<BookingRow> =>
    valueOf(await createBooking(tenant.as(by), bookingInput(room, parts))).bookings[0]!;
  const change = (row: BookingRow, changes: Omit<UpdateBookingInput, 'id'>, by = ana, now = tenant.now) =>
    updateBooking(tenant.as(by, { now }), { id: row.id, ...changes });
  const before = (row: BookingRow, hours: number) => row.startTime.subtract({ hours });
  const configure = (changes: Resource) =>
    directory.resourceById.set(room, { ...directory.resourceById.get(room)!, ...changes });
  return { tenant, ana, boss, room, book, change, before, configure };
}

const seatsOf = async ({ id }: BookingRow, resourceId: string): Promise<string | undefined> =>
  (
    await sql`select seats::text as seats from allocations where booking_id = ${id} and resource_id = ${resourceId}`
  )[0]?.['seats'];
const lastEventOf = async (tenantId: string) => {
  const [event] = await sql<{ payload: { changes?: object } & Record<string, unknown> }[]>`
    select payload from outbox where tenant_id = ${tenantId} order by arrival desc limit 1`;
  return event!.payload;
};
const versionOf = async (id: string): Promise<number> =>
  Number(
    (await sql`select version >> 32 as version from resource_versions where resource_id = ${id}`)[0]?.[
      'version'
    ] ?? 0,
  );

describe('more seats', () => {
  it('are taken if they are free, at any time, with an event that says so', async () => {
    const { tenant, room, book, change, before } = setup();
    const row = await book({ seats: 2 });
    await book({ seats: 2 }, tenant.administrator());
    const refused = await change(row, { seats: 4 });
    expect(refused).toMatchObject({ refusals: [{ code: 'CONFLICT', conflict: { remainingSeats: 3 } }] });
    const version = await versionOf(room);
    const more = valueOf(await change(row, { seats: 3 }, undefined, before(row, HOURS_BEFORE.late)));
    expect(more).toMatchObject({ seats: 3, version: 2 });
    expect(await seatsOf(row, room)).toBe('{[1,3),[5,6)}');
    expect(await versionOf(room)).toBe(version + 1);
    expect(await lastEventOf(tenant.id)).toMatchObject({ seats: 3, changes: { seats: { from: 2, to: 3 } } });
  });

  it('than the capacity are CAPACITY_EXCEEDED, 0 and null INVALID', async () => {
    const { book, change } = setup();
    const row = await book();
    expect(codesOf(await change(row, { seats: 6 }))).toEqual(['CAPACITY_EXCEEDED']);
    expect(codesOf(await change(row, { seats: 0 }))).toEqual(['INVALID']);
    expect(codesOf(await change(row, { seats: null }))).toEqual(['INVALID']);
    expect(codesOf(await change(row, { metadata: null, additionalResources: null }))).toEqual([
      'INVALID',
      'INVALID',
    ]);
  });

  it('keep the buffers that the booking was made with', async () => {
    const { book, change, configure, room } = setup(shared(3), { bufferAfterMinutes: 30 });
    const row = await book();
    configure({ rules: { ...NO_OWN_RULES, bufferAfterMinutes: 90 } });
    expect(valueOf(await change(row, { seats: 2 })).bufferAfter).toBe(30);
    expect(valueOf(await change(row, times('12:00', '13:00'))).bufferAfter).toBe(90);
    expect(await seatsOf(row, room)).toBe('{[1,3)}');
  });

  it('do not break the rules of the time again', async () => {
    const { tenant, book, change } = setup();
    const row = await book();
    tenant.profile.settings.minimumNoticeMinutes = 40_000;
    expect(valueOf(await change(row, { seats: 2 })).seats).toBe(2);
    expect(codesOf(await change(row, { ...times('12:00', '13:00') }))).toEqual(['TOO_SHORT_NOTICE']);
  });
});

describe('fewer seats', () => {
  it('give the others back, until the cancellation window closes; staff at any time', async () => {
    const { tenant, boss, room, book, change, before } = setup(shared(4));
    const row = await book({ seats: 4 });
    const early = valueOf(await change(row, { seats: 3 }, undefined, before(row, HOURS_BEFORE.early)));
    expect(early).toMatchObject({ seats: 3, version: 2 });
    expect(await seatsOf(row, room)).toBe('{[1,4)}');
    const late = before(row, HOURS_BEFORE.late);
    expect(await change(row, { seats: 2 }, undefined, late)).toMatchObject({
      refusals: [{ code: 'CANCELLATION_WINDOW_CLOSED', field: ['input', 'id'], params: { hours: 24 } }],
    });
    valueOf(await change(row, { seats: 2 }, boss, late));
    expect(await lastEventOf(tenant.id)).toMatchObject({ changes: { seats: { from: 3, to: 2 } } });
    expect(await versionOf(room)).toBe(3);
    await book({ seats: 2 }, boss);
  });

  it('fit whatever became of the resource', async () => {
    const { boss, room, book, change, configure } = setup(shared(5));
    const row = await book({ seats: 3 });
    await book({ seats: 2 }, boss);
    configure({ capacity: 1 });
    expect(valueOf(await change(row, { seats: 2 })).seats).toBe(2);
    configure({ bookingMode: 'EXCLUSIVE', isActive: false });
    expect(valueOf(await change(row, { seats: 1 }))).toMatchObject({ seats: 1, isSession: false });
    expect(await seatsOf(row, room)).toBe('{[1,2)}');
  });

  it('of a resource that is booked as a whole free nothing', async () => {
    const { boss, tenant, room, book, change } = setup({ capacity: 5 });
    const row = await book({ seats: 4 });
    expect(valueOf(await change(row, { seats: 1 })).seats).toBe(1);
    expect(await seatsOf(row, room)).toBe('{[1,)}');
    expect(codesOf(await createBooking(tenant.as(boss), bookingInput(room)))).toEqual(['CONFLICT']);
  });

  it('keep additional resources', async () => {
    const { tenant, room, book, change } = setup();
    const teacher = tenant.resource();
    const row = await book({ seats: 3, additionalResources: [{ resourceId: teacher }] });
    valueOf(await change(row, { seats: 1 }));
    expect(await seatsOf(row, teacher)).toBe('{[1,)}');
    expect(await seatsOf(row, room)).toBe('{[1,2)}');
  });
});

describe('additional resources', () => {
  it('are replaced as a move: the old ones are free, the new ones taken', async () => {
    const { tenant, boss, room, book, change, before } = setup();
    const [teacher, other, beamer] = [tenant.resource(), tenant.resource(), tenant.resource()];
    const row = await book({ additionalResources: [{ resourceId: teacher }] });
    const next = [{ resourceId: other }, { resourceId: beamer }];
    const late = before(row, HOURS_BEFORE.late);
    expect(codesOf(await change(row, { additionalResources: next }, undefined, late))).toEqual([
      'CANCELLATION_WINDOW_CLOSED',
    ]);
    const moved = valueOf(await change(row, { additionalResources: next }));
    expect(moved.additionalResources?.map(({ resourceId }) => resourceId)).toEqual([other, beamer]);
    expect(await lastEventOf(tenant.id)).toMatchObject({
      resource_ids: [room, other, beamer],
      changes: { resource_ids: { from: [room, teacher], to: [room, other, beamer] } },
    });
    expect([await versionOf(teacher), await versionOf(other), await versionOf(room)]).toEqual([2, 1, 2]);
    const listed = async (id: string) => (await bookingsOfResource(tenant.as(boss), id, {})).nodes.length;
    expect([await listed(teacher), await listed(other)]).toEqual([0, 1]);

    const none = valueOf(await change(row, { additionalResources: [] }));
    expect(none.additionalResources).toBeNull();
    expect(await seatsOf(row, other)).toBeUndefined();
  });

  it('in another order change nothing', async () => {
    const { tenant, book, change } = setup();
    const [a, b] = [{ resourceId: tenant.resource() }, { resourceId: tenant.resource() }];
    const row = await book({ additionalResources: [a, b] });
    expect(valueOf(await change(row, { additionalResources: [b, a] })).version).toBe(1);
  });

  it('that are taken, repeated or too many are refused, and nothing changes', async () => {
    const { tenant, room, boss, book, change } = setup({});
    const teacher = tenant.resource();
    valueOf(await createBooking(tenant.as(boss), bookingInput(teacher)));
    const row = await book();
    const wanted = (...ids: string[]) => ({ additionalResources: ids.map((resourceId) => ({ resourceId })) });
    expect(await change(row, wanted(teacher))).toMatchObject({
      refusals: [
        { code: 'CONFLICT', resourceId: teacher, field: ['input', 'additionalResources', '0', 'resourceId'] },
      ],
    });
    expect(codesOf(await change(row, wanted(room)))).toEqual(['INVALID']);
    expect(codesOf(await change(row, wanted(teacher, teacher)))).toEqual(['INVALID']);
    expect(valueOf(await change(row, {})).version).toBe(1);
  });

  it('move with the booking, onto times that it partly occupies itself, and each must be free there', async () => {
    const { tenant, boss, room, book, change } = setup({});
    const teacher = tenant.resource();
    const row = await book({ additionalResources: [{ resourceId: teacher }] });
    valueOf(await createBooking(tenant.as(boss), bookingInput(teacher, times('13:00', '14:00'))));
    valueOf(await change(row, times('10:30', '11:30')));
    expect(await change(row, times('12:30', '13:30'))).toMatchObject({
      refusals: [{ code: 'CONFLICT', resourceId: teacher }],
    });
    // The two change places: what was additional becomes the booking's own.
    const swapped = await change(row, { resourceId: teacher, additionalResources: [{ resourceId: room }] });
    expect(valueOf(swapped)).toMatchObject({
      resourceId: teacher,
      additionalResources: [{ resourceId: room }],
    });
  });
});

describe('the window of a move', () => {
  it('is that of the resources that the booking gives back', async () => {
    const { tenant, book, change, before } = setup({
      ...shared(5),
      rules: { ...NO_OWN_RULES, cancellationHours: 48 },
    });
    const lenient = tenant.resource({ rules: { ...NO_OWN_RULES, cancellationHours: 0 } });
    const row = await book(times('10:00', '11:00', '2027-01-08'));
    const move = (hours: number) => change(row, { resourceId: lenient }, undefined, before(row, hours));
    expect(codesOf(await move(47))).toEqual(['CANCELLATION_WINDOW_CLOSED']);
    valueOf(await move(49));
    valueOf(await change(row, { ...times('12:00', '13:00', '2027-01-08') }, undefined, before(row, 1)));
  });
});

describe('metadata', () => {
  it('is replaced as a whole, also of a booking with a final status', async () => {
    const { tenant, book, change, boss } = setup();
    const row = await book({ metadata: { table: 7, vip: true } });
    expect(valueOf(await change(row, { metadata: { table: 8 } })).metadata).toEqual({ table: 8 });
    expect(await lastEventOf(tenant.id)).toMatchObject({ metadata: { table: 8 }, booking_version: 2 });
    valueOf(await cancelBooking(tenant.as(boss), { id: row.id }));
    expect(valueOf(await change(row, { metadata: {} })).metadata).toEqual({});
  });

  it('in another order of keys is no change', async () => {
    const { book, change } = setup();
    const row = await book({ metadata: { zebra: 1, a: { yes: 1, b: [2, 1] } } });
    expect(valueOf(await change(row, { metadata: { a: { b: [2, 1], yes: 1 }, zebra: 1 } })).version).toBe(1);
    expect(valueOf(await change(row, { metadata: { a: { b: [1, 2], yes: 1 }, zebra: 1 } })).version).toBe(2);
  });
});

describe('an occurrence of a series', () => {
  it('is an exception once it is moved, but not by other changes', async () => {
    const { tenant, ana, room, change } = setup();
    const input = bookingInput(room, { recurrence: { frequency: 'DAILY', count: 3 } });
    const { bookings } = valueOf(await createBooking(tenant.as(ana), input));
    const [first, second, third] = bookings;
    expect(bookings.every(({ isException }) => !isException)).toBe(true);
    expect(valueOf(await change(first!, { seats: 2, notes: 'x', metadata: { a: 1 } })).isException).toBe(
      false,
    );
    const moved = valueOf(await change(second!, times('14:00', '15:00', '2027-01-07')));
    expect(moved).toMatchObject({ isException: true, originalStart: second!.startTime });
    expect(await lastEventOf(tenant.id)).toMatchObject({
      changes: { is_exception: { from: false, to: true } },
    });
    expect(valueOf(await change(second!, times('10:00', '11:00', '2027-01-07'))).isException).toBe(true);
    expect((await bookingsOfResource(tenant.as(ana), room, {})).nodes.at(-1)).toEqual(third);
  });
});

describe('a class', () => {
  it('takes no client twice, by a change of client or by a move', async () => {
    const { ana, boss, room, book, change } = setup({ bookingMode: 'SESSION', capacity: 5 });
    await book();
    const other = await book({}, boss);
    const intoClass = await change(other, { clientId: ana.userId }, boss);
    expect(intoClass).toMatchObject({ refusals: [{ code: 'ALREADY_EXISTS', field: ['input', 'clientId'] }] });
    const later = await book(times('12:00', '13:00'));
    expect(codesOf(await change(later, times('10:00', '11:00')))).toEqual(['ALREADY_EXISTS']);
    expect(await sql`select from allocations where resource_id = ${room}`).toHaveLength(3);
  });
});

describe('expectedVersion', () => {
  it('refuses with VERSION_MISMATCH a cancellation and a change of status of another version', async () => {
    const { tenant, boss, book } = setup();
    const { id } = await book();
    const mismatch = {
      refusals: [
        {
          code: 'VERSION_MISMATCH',
          field: ['input', 'expectedVersion'],
          params: { expected: 2, actual: 1 },
        },
      ],
    };
    const ctx = () => tenant.as(boss);
    expect(await cancelBooking(ctx(), { id, expectedVersion: 2 })).toMatchObject(mismatch);
    for (const status of ['CONFIRMED', 'REJECTED', 'CANCELLED'] as const) {
      expect(await changeBookingStatus(ctx(), { id, status, expectedVersion: 2 })).toMatchObject(mismatch);
    }
    expect(
      valueOf(await changeBookingStatus(ctx(), { id, status: 'CONFIRMED', expectedVersion: 1 })).version,
    ).toBe(2);
    expect(valueOf(await cancelBooking(ctx(), { id, expectedVersion: 2 })).status).toBe('CANCELLED');
  });
});

describe('the reason of a decision', () => {
  it('is kept and announced for REJECTED and CANCELLED only', async () => {
    const { tenant, boss, book } = setup(shared(5), { approvalHours: 4 });
    const [first, second, third] = [await book(), await book(), await book()];
    const decide = async ({ id }: BookingRow, status: 'CONFIRMED' | 'REJECTED' | 'CANCELLED') =>
      valueOf(await changeBookingStatus(tenant.as(boss), { id, status, reason: 'Sala em obras' }));
    expect(first!.decisionDeadline).not.toBeNull();
    expect(await decide(first!, 'REJECTED')).toMatchObject({
      decisionReason: 'Sala em obras',
      decisionDeadline: null,
      cancellationReason: null,
    });
    expect(await lastEventOf(tenant.id)).toMatchObject({ decision_reason: 'Sala em obras', automatic: null });
    expect(await decide(second!, 'CONFIRMED')).toMatchObject({
      decisionReason: null,
      decisionDeadline: null,
    });
    expect(await decide(third!, 'CANCELLED')).toMatchObject({
      decisionReason: null,
      decisionDeadline: null,
      cancellationReason: 'Sala em obras',
    });
  });
});
