import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { testDatabase } from '@libs/testing/testDatabases';
import { Temporal } from 'temporal-polyfill';
import { afterAll, describe, expect, it } from 'vitest';
import { at, codesOf, exampleDirectory, times, valueOf } from '../../booking.fixtures.ts';
import { cancelBooking } from '../cancelBooking.ts';
import { createBooking } from '../createBooking.ts';
import { updateBooking } from '../updateBooking.ts';
import { extendBookingSeries } from './extendBookingSeries.ts';
import { seriesSetup } from './series.fixtures.ts';
import { updateBookingSeries } from './updateBookingSeries.ts';

const { url } = await testDatabase('booking');
const db = connect(url, { name: 'extendBookingSeries' });
afterAll(() => db.close());
const directory = exampleDirectory();
const setup = (parts: Parameters<typeof seriesSetup>[2] = {}) => seriesSetup(db, directory, parts);

describe('extendBookingSeries', () => {
  it("adds occurrences after the last, with that one's time, resources, client and seats, and announces them", async () => {
    const { tenant, ctx, asStaff, series, ids, caller, localOf, eventsAfter, room } = await setup({
      roomOf: { bookingMode: 'SHARED', capacity: 4 },
      notes: 'Só a primeira',
    });
    const client = tenant.user().userId;
    const further = tenant.resource();
    valueOf(
      await updateBookingSeries(asStaff(), {
        bookingId: ids[0]!,
        scope: 'ALL',
        seats: 2,
        additionalResources: [{ resourceId: further, seats: 1 }],
        ...times('11:00', '12:30'),
      }),
    );
    valueOf(await updateBooking(asStaff(), { id: ids[3]!, clientId: client }));
    const before = (await eventsAfter(0)).length;
    const made = valueOf(await extendBookingSeries(ctx(), { seriesId: series.id, count: 2 }));
    expect(made.bookings.map(localOf)).toEqual(['02-03T11:00', '02-10T11:00']);
    for (const row of made.bookings) {
      expect(row).toMatchObject({
        resourceId: room,
        additionalResources: [{ resourceId: further }],
        userId: caller.userId,
        clientId: client,
        seats: 2,
        seriesId: series.id,
        notes: null,
        isException: false,
        version: 1,
      });
      expect(row.originalStart).toEqual(row.startTime);
      expect(row.startTime.until(row.endTime).total('minutes')).toBe(90);
    }
    expect(made).toMatchObject({ series: { id: series.id, count: 6, endDate: null }, skipped: [] });
    expect(await eventsAfter(before)).toMatchObject(
      made.bookings.map(({ id }) => ({ event_type: 'booking.created', payload: { booking_id: id } })),
    );
  });

  it('up to an end date, which the series then has in place of its count', async () => {
    const { ctx, series, localOf, instantAt, seriesNow } = await setup();
    const endDate = at('2027-02-10T10:00');
    const { bookings } = valueOf(await extendBookingSeries(ctx(), { seriesId: series.id, endDate }));
    expect(bookings.map(localOf)).toEqual(['02-03T10:00', '02-10T10:00']);
    expect(await seriesNow()).toMatchObject({ count: null, endDate: instantAt('2027-02-10T10:00') });
    const more = valueOf(await extendBookingSeries(ctx(), { seriesId: series.id, count: 1 }));
    expect(more.bookings.map(localOf)).toEqual(['02-17T10:00']);
    expect(more.series.endDate).toEqual(instantAt('2027-02-17T10:00'));
  });

  it('fills no place that an occurrence has had: cancelled, moved or left out', async () => {
    const { ctx, series, ids, localOf } = await setup({
      recurrence: {
        frequency: 'WEEKLY',
        count: 4,
        exceptDates: [Temporal.PlainDate.from('2027-02-10')],
      },
    });
    valueOf(await updateBooking(ctx(), { id: ids[2]!, ...times('16:00', '17:00', '2027-02-01') }));
    valueOf(await updateBooking(ctx(), { id: ids[3]!, ...times('16:00', '17:00', '2027-01-28') }));
    valueOf(await cancelBooking(ctx(), { id: ids[3]! }));
    const first = valueOf(await extendBookingSeries(ctx(), { seriesId: series.id, count: 2 }));
    expect(first.bookings.map(localOf)).toEqual(['02-03T10:00', '02-17T10:00']);
    valueOf(await cancelBooking(ctx(), { id: first.bookings[1]!.id }));
    const second = valueOf(await extendBookingSeries(ctx(), { seriesId: series.id, count: 1 }));
    expect(second.bookings.map(localOf)).toEqual(['02-24T10:00']);
  });

  it('follows the rule as it is now, whatever was cancelled before the series was moved', async () => {
    const { asStaff, series, ids, localOf } = await setup();
    valueOf(await cancelBooking(asStaff(), { id: ids[3]! }));
    const all = { bookingId: ids[0]!, scope: 'ALL' as const };
    valueOf(await updateBookingSeries(asStaff(), { ...all, ...times('12:00', '13:30') }));
    const first = valueOf(await extendBookingSeries(asStaff(), { seriesId: series.id, count: 1 }));
    expect(first.bookings.map(localOf)).toEqual(['02-03T12:00']);
    expect(first.bookings[0]!.startTime.until(first.bookings[0]!.endTime).total('minutes')).toBe(90);
    for (const id of [...ids.slice(0, 3), first.bookings[0]!.id])
      valueOf(await cancelBooking(asStaff(), { id }));
    const second = valueOf(await extendBookingSeries(asStaff(), { seriesId: series.id, count: 1 }));
    expect(second.bookings.map(localOf)).toEqual(['02-10T12:00']);
  });

  it.each([
    ['WEEKLY', 2, ['01-06', '01-20'], '01-13', ['01-27', '02-10']],
    ['DAILY', 2, ['01-06', '01-08', '01-10'], '01-07', ['01-11', '01-13']],
    ['MONTHLY', 3, ['01-15', '04-15'], '02-15', ['05-15', '08-15']],
    ['MONTHLY', 12, ['02-15', '02-15'], '03-30', ['03-30']],
  ] as const)(
    'keeps to its periods when it was moved after its last occurrence was cancelled: %s, every %i',
    async (frequency, interval, [first, ...others], to, added) => {
      const count = others.length + 1;
      const { asStaff, series, ids, bookings, localOf } = await setup({
        rules: { advanceBookingDays: 800 },
        ...times('10:00', '11:00', `2027-${first}`),
        recurrence: { frequency, interval, count },
      });
      expect(bookings.map((one) => localOf(one).slice(0, '01-06'.length))).toEqual([first, ...others]);
      valueOf(await cancelBooking(asStaff(), { id: ids.at(-1)! }));
      const moved = { bookingId: ids[0]!, scope: 'ALL' as const, ...times('10:00', '11:00', `2027-${to}`) };
      valueOf(await updateBookingSeries(asStaff(), moved));
      const input = { seriesId: series.id, count: added.length };
      const made = valueOf(await extendBookingSeries(asStaff(), input));
      expect(made.bookings.map(localOf)).toEqual(added.map((date) => `${date}T10:00`));
      if (interval === 12) expect(made.bookings[0]!.startTime.toString()).toBe('2028-03-30T13:00:00Z');
    },
  );

  it('goes on after the period of the last one that moved over the end of a month', async () => {
    const { asStaff, series, ids, localOf, current } = await setup({
      rules: { advanceBookingDays: 800 },
      ...times('10:00', '11:00', '2027-01-28'),
      recurrence: { frequency: 'MONTHLY', interval: 3, count: 3 },
    });
    const moved = { bookingId: ids[1]!, scope: 'ALL' as const, ...times('10:00', '11:00', '2027-05-01') };
    valueOf(await updateBookingSeries(asStaff(), moved));
    expect((await current()).map(localOf)).toEqual(['01-31T10:00', '05-01T10:00', '07-31T10:00']);
    const made = valueOf(await extendBookingSeries(asStaff(), { seriesId: series.id, count: 2 }));
    expect(made.bookings.map(localOf)).toEqual(['11-01T10:00', '02-01T10:00']);
  });

  it('continues by the rule: days of the week, every other week, months', async () => {
    const everyOther = await setup({
      recurrence: { frequency: 'WEEKLY', interval: 2, daysOfWeek: ['WEDNESDAY', 'FRIDAY'], count: 3 },
    });
    const two = valueOf(
      await extendBookingSeries(everyOther.ctx(), { seriesId: everyOther.series.id, count: 3 }),
    );
    expect(two.bookings.map(everyOther.localOf)).toEqual(['01-22T10:00', '02-03T10:00', '02-05T10:00']);
    const monthly = await setup({
      ...times('10:00', '11:00', '2027-01-31'),
      recurrence: { frequency: 'MONTHLY', count: 2 },
    });
    const months = valueOf(
      await extendBookingSeries(monthly.ctx(), { seriesId: monthly.series.id, count: 3 }),
    );
    expect(months.bookings.map(monthly.localOf)).toEqual(['05-31T10:00', '07-31T10:00', '08-31T10:00']);
  });

  it('keeps the wall-clock time over a change of the clock', async () => {
    const { ctx, series, bookings, localOf } = await setup({
      rules: { timezone: 'America/New_York' },
      ...times('10:00', '11:00', '2027-02-21'),
      recurrence: { frequency: 'WEEKLY', count: 3 },
    });
    expect(bookings.at(-1)!.startTime.toString()).toBe('2027-03-07T15:00:00Z');
    const made = valueOf(await extendBookingSeries(ctx(), { seriesId: series.id, count: 2 }));
    expect(made.bookings.map(localOf)).toEqual(['03-14T10:00', '03-21T10:00']);
    expect(made.bookings[0]!.startTime.toString()).toBe('2027-03-14T14:00:00Z');
  });

  it('continues the new part of a series that was split', async () => {
    const { ctx, ids, localOf } = await setup();
    const split = valueOf(
      await updateBookingSeries(ctx(), {
        bookingId: ids[2]!,
        scope: 'FOLLOWING',
        ...times('15:00', '16:00', '2027-01-21'),
      }),
    );
    const made = valueOf(await extendBookingSeries(ctx(), { seriesId: split.series.id, count: 2 }));
    expect(made.bookings.map(localOf)).toEqual(['02-04T15:00', '02-11T15:00']);
    expect(made.series.count).toBe(4);
  });

  it('returns the first result for a repeated key, also at once, and refuses other input', async () => {
    const { ctx, series, asStaff } = await setup();
    const input = { seriesId: series.id, count: 2, idempotencyKey: newId() };
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => extendBookingSeries(ctx(), input)));
    const [first, ...others] = outcomes.map(valueOf);
    for (const one of others) expect(one).toEqual(first);
    expect(first!.bookings).toHaveLength(2);
    expect(first!.series.count).toBe(6);
    expect(codesOf(await extendBookingSeries(ctx(), { ...input, count: 3 }))).toEqual([
      'IDEMPOTENCY_MISMATCH',
    ]);
    const other = { resourceId: newId(), ...times('10:00', '11:00'), idempotencyKey: input.idempotencyKey };
    expect(codesOf(await createBooking(ctx(), other))).toEqual(['IDEMPOTENCY_MISMATCH']);
    expect(valueOf(await extendBookingSeries(asStaff(), { ...input, count: 3 })).bookings).toHaveLength(3);
  });

  it('adds each place once, however many extend at once', async () => {
    const { ctx, series, localOf } = await setup();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => extendBookingSeries(ctx(), { seriesId: series.id, count: 1 })),
    );
    const made = outcomes.flatMap((outcome) => valueOf(outcome).bookings.map(localOf));
    expect(new Set(made).size).toBe(20);
    expect(made.toSorted().at(-1)).toBe('06-16T10:00');
  });

  it('REFUSE: all or none; SKIP leaves out what cannot be booked, and counts it', async () => {
    const { ctx, series, book, localOf, written } = await setup();
    await book(times('10:30', '11:30', '2027-02-10'));
    const before = await written();
    const input = { seriesId: series.id, count: 3 };
    expect(codesOf(await extendBookingSeries(ctx(), input))).toEqual(['CONFLICT']);
    expect(await written()).toEqual(before);
    const made = valueOf(await extendBookingSeries(ctx(), { ...input, onConflict: 'SKIP' }));
    expect(made.bookings.map(localOf)).toEqual(['02-03T10:00', '02-17T10:00']);
    expect(made.skipped).toMatchObject([{ refusals: [{ code: 'CONFLICT' }] }]);
    expect(made.series.count).toBe(7);
  });

  it('keeps every rule', async () => {
    const { tenant, ctx, series } = await setup({ rules: { advanceBookingDays: 30 } });
    expect(codesOf(await extendBookingSeries(ctx(), { seriesId: series.id, count: 3 }))).toEqual([
      'TOO_FAR_IN_ADVANCE',
      'TOO_FAR_IN_ADVANCE',
    ]);
    tenant.profile.isActive = false;
    expect(codesOf(await extendBookingSeries(ctx(), { seriesId: series.id, count: 1 }))).toEqual([
      'INACTIVE',
    ]);
  });

  it('refuses bad amounts, keys and series', async () => {
    const { tenant, ctx, asStaff, series, ids, written } = await setup();
    const foreign = await setup();
    const before = await written();
    const refusedAt = async (more: object, who = ctx()) => {
      const outcome = await extendBookingSeries(who, { seriesId: series.id, ...more });
      return outcome.ok ? [] : outcome.refusals.map(({ code, field }) => `${code} ${field!.join('.')}`);
    };
    const endDate = at('2027-03-01T10:00');
    expect(await refusedAt({})).toEqual(['INVALID input.count']);
    expect(await refusedAt({ count: 1, endDate })).toEqual(['INVALID input.count']);
    for (const count of [0, -1, 366]) expect(await refusedAt({ count })).toEqual(['INVALID input.count']);
    expect(await refusedAt({ count: 1, idempotencyKey: '' })).toEqual(['INVALID input.idempotencyKey']);
    expect(await refusedAt({ endDate: at('2027-02-03T09:59') })).toEqual(['INVALID input.endDate']);
    expect(await refusedAt({ count: 362 })).toEqual(['TOO_MANY_OCCURRENCES input.count']);
    expect(await refusedAt({ endDate: at('2199-03-01T10:00') })).toEqual([
      'TOO_MANY_OCCURRENCES input.endDate',
    ]);
    const unknown = ['NOT_FOUND input.seriesId'];
    expect(await refusedAt({ count: 1, seriesId: newId() })).toEqual(unknown);
    expect(await refusedAt({ count: 1, seriesId: ids[0] })).toEqual(unknown);
    expect(await refusedAt({ count: 1, seriesId: foreign.series.id })).toEqual(unknown);
    expect(await refusedAt({ count: 1 }, foreign.asStaff())).toEqual(unknown);
    expect(await refusedAt({ count: 1 }, tenant.as(tenant.user()))).toEqual(unknown);
    expect(await written()).toEqual(before);
    for (const [index, id] of ids.entries())
      valueOf(await updateBooking(asStaff(), { id, ...times('16:00', '17:00', `2027-01-1${index}`) }));
    expect(await refusedAt({ count: 1 })).toEqual(['INVALID input.seriesId']);
  });

  it('lets 365 occurrences lie ahead', async () => {
    const { ctx, series } = await setup({
      recurrence: { frequency: 'DAILY', count: 4 },
    });
    const made = valueOf(await extendBookingSeries(ctx(), { seriesId: series.id, count: 361 }));
    expect(made.bookings).toHaveLength(361);
    expect(codesOf(await extendBookingSeries(ctx(), { seriesId: series.id, count: 1 }))).toEqual([
      'TOO_MANY_OCCURRENCES',
    ]);
  });
});
