import { connect } from '@libs/db/connect';
import { testDatabase } from '@libs/testing/testDatabases';
import { Temporal } from 'temporal-polyfill';
import { afterAll, describe, expect, it } from 'vitest';
import { at, exampleDirectory, times, valueOf } from '../../booking.fixtures.ts';
import { cancelBooking } from '../cancelBooking.ts';
import { seriesSetup } from './series.fixtures.ts';
import { updateBookingSeries } from './updateBookingSeries.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'updateBookingSeries' });
afterAll(() => db.close());
const directory = exampleDirectory();
const setup = (parts: Parameters<typeof seriesSetup>[2] = {}) => seriesSetup(db, directory, parts);

describe('the times of a series', () => {
  it('moves all by the number of days of the named one, to its wall-clock time and length', async () => {
    const { ctx, ids, current, localOf, series } = await setup();
    const changed = valueOf(
      await updateBookingSeries(ctx(), {
        bookingId: ids[1]!,
        scope: 'ALL',
        ...times('14:30', '16:00', '2027-01-15'),
      }),
    );
    expect(changed.bookings.map(localOf)).toEqual([
      '01-08T14:30',
      '01-15T14:30',
      '01-22T14:30',
      '01-29T14:30',
    ]);
    expect(changed.bookings.map(({ id }) => id)).toEqual(ids);
    const rows = await current();
    expect(rows).toEqual(changed.bookings);
    for (const row of rows) {
      expect(row.startTime.until(row.endTime).total('minutes')).toBe(90);
      expect(row).toMatchObject({ version: 2, isException: false, seriesId: series.id });
      expect(row.originalStart!.equals(row.startTime)).toBe(true);
    }
    expect(changed.series).toMatchObject({ id: series.id, count: 4, previousId: null });
    expect(changed.series.localStart.toString()).toBe('2027-01-08T14:30:00');
    expect(changed.skipped).toEqual([]);
  });

  it('announces each change once, by start, and raises the versions of bookings and resources by one', async () => {
    const { tenant, room, ctx, ids, eventsAfter } = await setup();
    const versionOf = async () =>
      Number(
        (await sql`select version >> 32 as version from resource_versions where resource_id = ${room}`)[0]![
          'version'
        ],
      );
    const before = await versionOf();
    valueOf(
      await updateBookingSeries(ctx(), {
        bookingId: ids[3]!,
        scope: 'ALL',
        ...times('12:00', '13:00', '2027-01-27'),
      }),
    );
    const events = await eventsAfter(4);
    expect(events.map(({ event_type }) => event_type)).toEqual(Array(4).fill('booking.updated'));
    expect(events.map(({ payload }) => payload['booking_id'])).toEqual(ids);
    expect(events[0]!.payload).toMatchObject({
      tenant_id: tenant.id,
      booking_version: 2,
      changes: { start_time: { from: '2027-01-06T13:00:00.000Z', to: '2027-01-06T15:00:00.000Z' } },
    });
    expect(await versionOf()).toBe(before + 1);
  });

  it('lets occurrences trade places', async () => {
    const { ctx, ids, current, localOf } = await setup({ recurrence: { frequency: 'DAILY', count: 5 } });
    valueOf(
      await updateBookingSeries(ctx(), {
        bookingId: ids[0]!,
        scope: 'ALL',
        ...times('10:00', '11:00', '2027-01-07'),
      }),
    );
    expect((await current()).map(localOf)).toEqual([
      '01-07T10:00',
      '01-08T10:00',
      '01-09T10:00',
      '01-10T10:00',
      '01-11T10:00',
    ]);
  });

  it('lets bookings of a class trade places, although a client is in a class once', async () => {
    const { ctx, ids, current, localOf } = await setup({
      recurrence: { frequency: 'DAILY', count: 3 },
      roomOf: { bookingMode: 'SESSION', capacity: 3 },
    });
    const move = { bookingId: ids[0]!, scope: 'ALL', ...times('10:00', '11:00', '2027-01-07') } as const;
    valueOf(await updateBookingSeries(ctx(), move));
    const rows = await current();
    expect(rows.map(localOf)).toEqual(['01-07T10:00', '01-08T10:00', '01-09T10:00']);
    expect(rows.every(({ isSession }) => isSession)).toBe(true);
  });

  it('changes the end alone', async () => {
    const { ctx, ids, current } = await setup();
    valueOf(
      await updateBookingSeries(ctx(), { bookingId: ids[2]!, scope: 'ALL', endTime: at('2027-01-20T12:00') }),
    );
    for (const row of await current()) expect(row.startTime.until(row.endTime).total('minutes')).toBe(120);
  });

  it('keeps the wall-clock time over a change of the clock', async () => {
    const { ctx, ids, current, localOf } = await setup({
      rules: { timezone: 'America/New_York' },
      ...times('10:00', '11:00', '2027-03-07'),
    });
    // Clocks change on 2027-03-14.
    valueOf(
      await updateBookingSeries(ctx(), {
        bookingId: ids[0]!,
        scope: 'ALL',
        ...times('15:00', '16:30', '2027-03-06'),
      }),
    );
    const rows = await current();
    expect(rows.map(localOf)).toEqual(['03-06T15:00', '03-13T15:00', '03-20T15:00', '03-27T15:00']);
    expect(rows.map(({ startTime }) => startTime.toString())).toEqual([
      '2027-03-06T20:00:00Z',
      '2027-03-13T20:00:00Z',
      '2027-03-20T19:00:00Z',
      '2027-03-27T19:00:00Z',
    ]);
  });

  it('leaves what has started, and what is cancelled', async () => {
    const { tenant, ctx, caller, ids, current, localOf } = await setup();
    valueOf(await cancelBooking(ctx(), { id: ids[2]! }));
    const later = tenant.as(caller, { now: (await current())[0]!.startTime });
    const { bookings } = valueOf(
      await updateBookingSeries(later, {
        bookingId: ids[1]!,
        scope: 'ALL',
        ...times('12:00', '13:00', '2027-01-13'),
      }),
    );
    expect(bookings.map(({ id }) => id)).toEqual([ids[1], ids[3]]);
    const rows = await current();
    expect(rows.map(localOf)).toEqual(['01-06T10:00', '01-13T12:00', '01-20T10:00', '01-27T12:00']);
    expect(rows[2]).toMatchObject({ status: 'CANCELLED', version: 2 });
  });

  it('touches no booking that would not change', async () => {
    const { ctx, ids, current, bookings, eventsAfter, series } = await setup({ notes: 'a' });
    const same = { bookingId: ids[0]!, scope: 'ALL', ...times('10:00', '11:00'), notes: 'a' } as const;
    expect(valueOf(await updateBookingSeries(ctx(), same))).toEqual({ series, bookings: [], skipped: [] });
    expect(await current()).toEqual(bookings);
    expect(await eventsAfter(4)).toEqual([]);
  });
});

describe('the rule of a series', () => {
  it('moves the days of the week and the dates that are left out', async () => {
    const { ctx, ids, localOf } = await setup({
      recurrence: {
        frequency: 'WEEKLY',
        daysOfWeek: ['WEDNESDAY', 'SUNDAY'],
        count: 4,
        exceptDates: [Temporal.PlainDate.from('2027-01-13')],
      },
    });
    const { series, bookings } = valueOf(
      await updateBookingSeries(ctx(), {
        bookingId: ids[0]!,
        scope: 'ALL',
        ...times('10:00', '11:00', '2027-01-07'),
      }),
    );
    expect(bookings.map(localOf)).toEqual(['01-07T10:00', '01-11T10:00', '01-18T10:00', '01-21T10:00']);
    expect(series).toMatchObject({ daysOfWeek: ['THURSDAY', 'MONDAY'], exceptDates: ['2027-01-14'] });
  });

  it('lets the end of the rule follow', async () => {
    const { ctx, ids, instantAt } = await setup({
      recurrence: { frequency: 'WEEKLY', endDate: at('2027-01-27T10:00') },
    });
    const { series } = valueOf(
      await updateBookingSeries(ctx(), {
        bookingId: ids[0]!,
        scope: 'ALL',
        ...times('15:00', '16:00', '2027-01-07'),
      }),
    );
    expect(series.endDate).toEqual(instantAt('2027-01-28T15:00'));
  });

  it('splits: the occurrences from the named one on become a series of their own and keep their ids', async () => {
    const { ctx, ids, series, current, seriesNow, localOf, eventsAfter, tenant } = await setup();
    valueOf(await cancelBooking(ctx(), { id: ids[3]! }));
    const before = (await eventsAfter(0)).length;
    const made = valueOf(
      await updateBookingSeries(ctx(), {
        bookingId: ids[1]!,
        scope: 'FOLLOWING',
        ...times('15:00', '16:00', '2027-01-12'),
      }),
    );
    expect(made.series).toMatchObject({ previousId: series.id, frequency: 'WEEKLY', count: 3 });
    expect(made.series.id).not.toBe(series.id);
    expect(made.series.localStart.toString()).toBe('2027-01-12T15:00:00');
    expect(await seriesNow()).toMatchObject({ id: series.id, count: 1, endDate: null });
    const rows = await current();
    expect(rows.map(localOf)).toEqual(['01-06T10:00', '01-12T15:00', '01-19T15:00', '01-27T10:00']);
    expect(rows.map(({ seriesId }) => seriesId)).toEqual([
      series.id,
      made.series.id,
      made.series.id,
      series.id,
    ]);
    expect(rows.map(({ version }) => version)).toEqual([1, 2, 2, 2]);
    const events = await eventsAfter(before);
    expect(events).toMatchObject([
      { payload: { booking_id: ids[1], changes: { series_id: { from: series.id, to: made.series.id } } } },
      { payload: { booking_id: ids[2], tenant_id: tenant.id } },
    ]);
  });

  it('ends a series with an end date at its last occurrence, and links further splits in their order', async () => {
    const { ctx, ids, series, seriesNow, instantAt } = await setup({
      recurrence: { frequency: 'WEEKLY', endDate: at('2027-02-03T20:00') },
    });
    const split = async (index: number, date: string) =>
      valueOf(
        await updateBookingSeries(ctx(), {
          bookingId: ids[index]!,
          scope: 'FOLLOWING',
          ...times('12:00', '13:00', date),
        }),
      ).series;
    const third = await split(3, '2027-01-27');
    expect(third.endDate).toEqual(instantAt('2027-02-03T20:00'));
    expect(await seriesNow()).toMatchObject({ endDate: instantAt('2027-01-20T10:00'), count: null });
    const second = await split(1, '2027-01-13');
    expect(second).toMatchObject({ previousId: series.id, endDate: instantAt('2027-01-20T12:00') });
    expect(await seriesNow()).toMatchObject({ endDate: instantAt('2027-01-06T10:00') });
    expect(await seriesNow(third.id)).toMatchObject({ previousId: second.id });
  });

  it('does not split for notes, client or seats, nor where nothing would remain', async () => {
    const { tenant, asStaff, ids, series, current } = await setup({
      roomOf: { bookingMode: 'SHARED', capacity: 5 },
    });
    const client = tenant.user().userId;
    const { series: same, bookings } = valueOf(
      await updateBookingSeries(asStaff(), {
        bookingId: ids[2]!,
        scope: 'FOLLOWING',
        notes: 'b',
        clientId: client,
        seats: 3,
      }),
    );
    expect(same).toEqual(series);
    expect(bookings).toMatchObject([
      { id: ids[2], notes: 'b', clientId: client, seats: 3, seriesId: series.id },
      { id: ids[3], notes: 'b', clientId: client, seats: 3 },
    ]);
    const first = { bookingId: ids[0]!, scope: 'FOLLOWING', ...times('12:00', '13:00') } as const;
    expect(valueOf(await updateBookingSeries(asStaff(), first)).series.id).toBe(series.id);
    expect((await current()).every(({ seriesId }) => seriesId === series.id)).toBe(true);
  });

  it('splits for another resource, without moving the times', async () => {
    const { tenant, ctx, ids, series, current, localOf } = await setup();
    const other = tenant.resource();
    const further = tenant.resource();
    const made = valueOf(
      await updateBookingSeries(ctx(), {
        bookingId: ids[2]!,
        scope: 'FOLLOWING',
        resourceId: other,
        additionalResources: [{ resourceId: further, seats: 1 }],
      }),
    );
    expect(made.series).toMatchObject({ previousId: series.id });
    const rows = await current();
    expect(rows.map(localOf)).toEqual(['01-06T10:00', '01-13T10:00', '01-20T10:00', '01-27T10:00']);
    expect(rows[3]).toMatchObject({ resourceId: other, additionalResources: [{ resourceId: further }] });
    valueOf(await updateBookingSeries(ctx(), { bookingId: ids[2]!, scope: 'ALL', additionalResources: [] }));
    expect((await current())[3]).toMatchObject({ resourceId: other, additionalResources: null });
    expect(await sql`select from booking_resources where resource_id = ${further}`).toHaveLength(0);
  });

  it('continues a monthly series on the new day', async () => {
    const { ctx, ids, localOf } = await setup({
      ...times('10:00', '11:00', '2027-01-28'),
      recurrence: { frequency: 'MONTHLY', count: 3 },
    });
    const { series, bookings } = valueOf(
      await updateBookingSeries(ctx(), {
        bookingId: ids[1]!,
        scope: 'ALL',
        ...times('10:00', '11:00', '2027-03-01'),
      }),
    );
    expect(bookings.map(localOf)).toEqual(['01-29T10:00', '03-01T10:00', '03-29T10:00']);
    expect(series.localStart.day).toBe(1);
  });
});
