/** Series by count, with dates left out, and with occurrences that cannot be booked. */
import { allocationProblems } from '@drizzle/booking/allocations.fixtures';
import { connect } from '@libs/db/connect';
import { testDatabase } from '@libs/testing/testDatabases';
import { localTime } from '@libs/time/localTimes';
import { Temporal } from 'temporal-polyfill';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  at,
  bookingInput,
  codesOf,
  exampleDirectory,
  exampleTenant,
  times,
  valueOf,
} from '../booking.fixtures.ts';
import { createClosures } from '../closures/createClosures.ts';
import type { CreateBookingInput, RecurrenceInput } from '../generated.ts';
import { weeklyRange } from '../scheduling/scheduling.fixtures.ts';
import { cancelBooking } from './cancelBooking.ts';
import { createBooking } from './createBooking.ts';
import type { CreatedBookings } from './idempotency/idempotency.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'series' });
afterAll(() => db.close());
const directory = exampleDirectory();

afterEach(async () => expect(await allocationProblems(sql)).toEqual([]));

function setup(
  resource: Parameters<ReturnType<typeof exampleTenant>['resource']>[0] = {},
  rules: Parameters<typeof exampleTenant>[2] = {},
) {
  const tenant = exampleTenant(db, directory, rules);
  const [ana, boss] = [tenant.user(), tenant.administrator()];
  const room = tenant.resource(resource);
  const ask = (recurrence: Partial<RecurrenceInput>, parts: Partial<CreateBookingInput> = {}) =>
    createBooking(
      tenant.as(ana),
      bookingInput(room, { recurrence: { frequency: 'DAILY', ...recurrence }, ...parts }),
    );
  /** By somebody else. */
  const take = async (date: string, parts: Partial<CreateBookingInput> = {}) =>
    valueOf(
      await createBooking(
        tenant.as(boss),
        bookingInput(room, { ...times('10:30', '11:30', date), ...parts }),
      ),
    ).bookings[0]!;
  return { tenant, ana, boss, room, ask, take };
}

const date = (text: string) => Temporal.PlainDate.from(text);
const datesOf = (rows: readonly { startTime: Temporal.Instant }[]) =>
  rows.map(({ startTime }) => startTime.toZonedDateTimeISO('America/Sao_Paulo').toPlainDate().toString());
const skippedOf = ({ skipped }: CreatedBookings) =>
  datesOf(skipped).map((day, index) => [day, skipped[index]!.refusals.map(({ code }) => code)]);

describe('count', () => {
  it('is the number of occurrences, without the dates that are left out', async () => {
    const { ask } = setup();
    const exceptDates = ['2027-01-07', '2027-01-09', '2030-01-01', '2027-01-07'].map(date);
    const { bookings, series } = valueOf(await ask({ count: 3, exceptDates }));
    expect(datesOf(bookings)).toEqual(['2027-01-06', '2027-01-08', '2027-01-10']);
    expect(series).toMatchObject({
      count: 3,
      endDate: null,
      exceptDates: ['2027-01-07', '2027-01-09', '2030-01-01'],
    });
  });

  it('may leave the first date out, whose time and place in the rule all others keep', async () => {
    const { ask } = setup();
    const { bookings, series } = valueOf(
      await ask({ frequency: 'WEEKLY', interval: 2, count: 2, exceptDates: [date('2027-01-06')] }),
    );
    expect(datesOf(bookings)).toEqual(['2027-01-20', '2027-02-03']);
    expect(series!.localStart.toString()).toBe('2027-01-06T10:00:00');
    expect(bookings.map(({ originalStart }) => originalStart)).toEqual(
      bookings.map(({ startTime }) => startTime),
    );
  });

  it('of 1 and of 365 is made, of 0, 366 and together with endDate INVALID', async () => {
    const { ask } = setup();
    expect(valueOf(await ask({ count: 1 })).bookings).toHaveLength(1);
    expect(valueOf(await ask({ count: 365 }, times('14:00', '15:00'))).bookings).toHaveLength(365);
    for (const wrong of [{ count: 0 }, { count: 366 }, { count: 2, endDate: at('2027-02-01T00:00') }]) {
      expect(await ask(wrong)).toMatchObject({
        refusals: [{ code: 'INVALID', field: ['input', 'recurrence', 'count'] }],
      });
    }
  });

  it('that goes beyond the advance window is refused', async () => {
    const { ask } = setup({}, { advanceBookingDays: 4 });
    expect(codesOf(await ask({ count: 5 }))).toEqual(['TOO_FAR_IN_ADVANCE', 'TOO_FAR_IN_ADVANCE']);
    expect(codesOf(await ask({ count: 5, onConflict: 'SKIP' }))).toEqual([
      'TOO_FAR_IN_ADVANCE',
      'TOO_FAR_IN_ADVANCE',
    ]);
  });
});

describe('exceptDates', () => {
  it('that leave nothing, or are more than 365, are INVALID', async () => {
    const { ask } = setup();
    const some = Array.from({ length: 366 }, (_, day) => date('2027-01-06').add({ days: day }));
    for (const wrong of [
      { endDate: at('2027-01-07T12:00'), exceptDates: some.slice(0, 2) },
      { exceptDates: some },
    ]) {
      expect(await ask(wrong)).toMatchObject({
        refusals: [{ code: 'INVALID', field: ['input', 'recurrence', 'exceptDates'] }],
      });
    }
    valueOf(await ask({ count: 2, exceptDates: some.slice(0, 365) }));
  });
});

describe('SKIP', () => {
  it('leaves out what is taken, closed to the resource or outside of hours, each with its errors', async () => {
    const { tenant, room, ask, take } = setup(
      {
        availabilitySchedule: ['WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SUNDAY'].map((day) =>
          weeklyRange(`${day} 08:00-18:00`),
        ),
      },
      { workingDays: ['WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'MONDAY'] },
    );
    const taking = await take('2027-01-07');
    const created = valueOf(await ask({ count: 6, onConflict: 'SKIP' }));
    expect(datesOf(created.bookings)).toEqual(['2027-01-06', '2027-01-08']);
    expect(skippedOf(created)).toEqual([
      ['2027-01-07', ['CONFLICT']],
      ['2027-01-09', ['RESOURCE_UNAVAILABLE']],
      ['2027-01-10', ['OUTSIDE_WORKING_HOURS']],
      ['2027-01-11', ['RESOURCE_UNAVAILABLE']],
    ]);
    expect(created.skipped[0]!.refusals).toMatchObject([
      { resourceId: room, conflict: { remainingSeats: 0, holds: [], bookings: [{ bookingId: taking.id }] } },
    ]);
    // Skipped ones count.
    expect(created.series).toMatchObject({ count: 6 });
    expect(await sql`select from outbox where tenant_id = ${tenant.id}`).toHaveLength(3);
  });

  it('says of each occurrence how many seats it has left, and who is in its way', async () => {
    const { ask, take } = setup({ bookingMode: 'SHARED', capacity: 4 });
    const [early, late] = [await take('2027-01-07', { seats: 2 }), await take('2027-01-08', { seats: 3 })];
    const { skipped, bookings } = valueOf(await ask({ count: 3, onConflict: 'SKIP' }, { seats: 3 }));
    expect(bookings).toHaveLength(1);
    expect(skipped.map(({ refusals }) => refusals[0]!.conflict)).toMatchObject([
      { remainingSeats: 2, bookings: [{ bookingId: early.id }] },
      { remainingSeats: 1, bookings: [{ bookingId: late.id }] },
    ]);
    expect(skipped[0]!.refusals[0]!.params).toEqual({ remaining: 2 });
  });

  it('names who is in the way of each, also of the last of many full occurrences', async () => {
    const { tenant, boss, ask, room } = setup({ bookingMode: 'SESSION', capacity: 1 });
    const input = bookingInput(room, { recurrence: { frequency: 'DAILY', count: 300 } });
    const full = valueOf(await createBooking(tenant.as(boss), input)).bookings;
    const { skipped } = valueOf(await ask({ count: 301, onConflict: 'SKIP' }));
    expect(skipped.map(({ refusals }) => refusals[0]!.conflict?.bookings[0]?.bookingId)).toEqual(
      full.map(({ id }) => id),
    );
  });

  it('leaves out an occurrence of which one of several resources is taken', async () => {
    const { tenant, boss, ask } = setup();
    const teacher = tenant.resource();
    valueOf(
      await createBooking(tenant.as(boss), bookingInput(teacher, times('10:00', '11:00', '2027-01-07'))),
    );
    const created = valueOf(
      await ask({ count: 3, onConflict: 'SKIP' }, { additionalResources: [{ resourceId: teacher }] }),
    );
    expect(datesOf(created.bookings)).toEqual(['2027-01-06', '2027-01-08']);
    expect(created.skipped[0]!.refusals).toMatchObject([
      { resourceId: teacher, field: ['input', 'additionalResources', '0', 'resourceId'] },
    ]);
  });

  it('is refused if nothing would be left', async () => {
    const { ask, take } = setup();
    for (const day of ['2027-01-06', '2027-01-07']) await take(day);
    expect(codesOf(await ask({ count: 2, onConflict: 'SKIP' }))).toEqual(['CONFLICT']);
  });

  it('is refused for any other reason, which is named, and writes nothing', async () => {
    const { tenant, ask, take, ana, room } = setup(
      { bookingMode: 'SESSION', capacity: 4 },
      { minimumNoticeMinutes: 30 },
    );
    await take('2027-01-06');
    const before = await sql`select from bookings where tenant_id = ${tenant.id}`;
    const skipping = { count: 3, onConflict: 'SKIP' } as const;
    expect(codesOf(await ask(skipping, times('10:10', '11:10')))).toContain('NOT_ON_INTERVAL');
    expect(codesOf(await ask(skipping, { seats: 5 }))).toContain('CAPACITY_EXCEEDED');
    expect(codesOf(await ask(skipping, times('09:15', '10:00', '2027-01-04')))).toContain('TOO_SHORT_NOTICE');
    valueOf(await createBooking(tenant.as(ana), bookingInput(room, times('10:00', '11:00', '2027-01-07'))));
    expect(codesOf(await ask(skipping))).toEqual(['ALREADY_EXISTS', 'CONFLICT']);
    expect(await sql`select from bookings where tenant_id = ${tenant.id}`).toHaveLength(before.length + 1);
    expect(await sql`select from booking_series where tenant_id = ${tenant.id}`).toHaveLength(0);
  });

  it('is refused for any other reason, however many occurrences come first that it may leave out', async () => {
    const { tenant, boss, ask } = setup({}, { advanceBookingDays: 120 });
    const closing = { name: 'Reforma', from: date('2027-01-06'), to: date('2027-04-20') };
    valueOf(await createClosures(tenant.as(boss), { closures: [closing] }));
    const outcome = await ask({ count: 125, onConflict: 'SKIP' });
    expect(outcome).toMatchObject({ ok: false });
    const codes = codesOf(outcome);
    expect(codes).toHaveLength(100);
    expect(codes.filter((code) => code === 'TOO_FAR_IN_ADVANCE')).toHaveLength(6);
    expect(await sql`select from bookings where tenant_id = ${tenant.id}`).toHaveLength(0);
    expect(valueOf(await ask({ count: 119, onConflict: 'SKIP' })).bookings).toHaveLength(14);
  });

  it('returns the same when it is repeated with its key, `skipped` with its conflicts too', async () => {
    const { ask, take } = setup({
      availabilitySchedule: ['WEDNESDAY', 'THURSDAY'].map((day) => weeklyRange(`${day} 08:00-18:00`)),
    });
    await take('2027-01-07');
    const again = () => ask({ count: 3, onConflict: 'SKIP' }, { idempotencyKey: 'k' });
    const first = valueOf(await again());
    expect(skippedOf(first)).toEqual([
      ['2027-01-07', ['CONFLICT']],
      ['2027-01-08', ['RESOURCE_UNAVAILABLE']],
    ]);
    expect(valueOf(await again())).toEqual(first);
    expect(codesOf(await ask({ count: 3 }, { idempotencyKey: 'k' }))).toEqual(['IDEMPOTENCY_MISMATCH']);
  });

  it('of 16 at once, all want the same days: each day is booked once', async () => {
    const { tenant, room } = setup();
    const outcomes = await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        createBooking(
          tenant.as(tenant.user()),
          bookingInput(room, {
            ...times('10:00', '11:00', `2027-01-${String(6 + (index % 4)).padStart(2, '0')}`),
            recurrence: { frequency: 'DAILY', count: 6, onConflict: 'SKIP' },
          }),
        ),
      ),
    );
    const made = outcomes.flatMap((outcome) => (outcome.ok ? outcome.value.bookings : []));
    expect(new Set(datesOf(made)).size).toBe(made.length);
    expect(made.length).toBeGreaterThanOrEqual(6);
    for (const outcome of outcomes) {
      if (outcome.ok) expect(outcome.value.bookings.length + outcome.value.skipped.length).toBe(6);
      else expect(codesOf(outcome)).toEqual(['CONFLICT']);
    }
  });
});

describe('REFUSE', () => {
  it('reports the seats of the fullest occurrence', async () => {
    const { ask, take } = setup({ bookingMode: 'SHARED', capacity: 4 });
    await take('2027-01-07', { seats: 2 });
    await take('2027-01-08', { seats: 3 });
    expect(await ask({ count: 4 }, { seats: 3 })).toMatchObject({
      refusals: [{ code: 'CONFLICT', conflict: { remainingSeats: 1, bookings: [{}, {}] } }],
    });
  });
});

describe('occurrences that overlap each other', () => {
  it.each([
    [1, false],
    [2, true],
  ])('count each other’s seats, of %i', async (capacity, fits) => {
    const { ask } = setup(
      { bookingMode: 'SHARED', capacity },
      {
        overnight: true,
        workingHoursStart: localTime('00:00'),
        workingHoursEnd: localTime('24:00'),
        bookingInterval: 60,
      },
    );
    const twoDays = { startTime: at('2027-01-06T00:00'), endTime: at('2027-01-08T00:00') };
    expect(codesOf(await ask({ count: 3 }, twoDays))).toEqual(fits ? [] : ['CONFLICT']);
  });

  it('fit into seats that are in pieces', async () => {
    const { boss, tenant, room, ask } = setup(
      { bookingMode: 'SHARED', capacity: 3 },
      {
        overnight: true,
        workingHoursStart: localTime('00:00'),
        workingHoursEnd: localTime('24:00'),
        bookingInterval: 60,
      },
    );
    const days = (start: string, end: string) => ({
      startTime: at(`2027-01-${start}T00:00`),
      endTime: at(`2027-01-${end}T00:00`),
    });
    const book = async (start: string, end: string) =>
      valueOf(await createBooking(tenant.as(boss), bookingInput(room, days(start, end)))).bookings[0]!;
    // One seat is taken at any time, by turns seat 1, 2 and 3.
    await book('06', '08');
    const blockers = [await book('08', '10'), await book('10', '12'), await book('10', '12')];
    await book('08', '10');
    await book('10', '12');
    for (const { id } of blockers) valueOf(await cancelBooking(tenant.as(boss), { id }));
    const seats =
      await sql`select seats::text as seats from allocations where resource_id = ${room} order by occupied`;
    expect(seats.map((row) => row['seats'])).toEqual(['{[1,2)}', '{[2,3)}', '{[3,4)}']);
    const outcome = await ask({ count: 2 }, days('07', '11'));
    expect(valueOf(outcome).bookings).toHaveLength(2);
    expect(codesOf(await ask({ count: 2 }, days('08', '11')))).toEqual(['CONFLICT']);
    expect(codesOf(await ask({ count: 1 }, days('09', '10')))).toEqual(['CONFLICT']);
  });
});
