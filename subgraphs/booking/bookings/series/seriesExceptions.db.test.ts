import { connect } from '@libs/db/connect';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, describe, expect, it } from 'vitest';
import { codesOf, exampleDirectory, times, valueOf } from '../../booking.fixtures.ts';
import { cancelBooking } from '../cancelBooking.ts';
import { updateBooking } from '../updateBooking.ts';
import { seriesSetup } from './series.fixtures.ts';
import { updateBookingSeries } from './updateBookingSeries.ts';

const { url } = await testDatabase('booking');
const db = connect(url, { name: 'seriesExceptions' });
afterAll(() => db.close());
const directory = exampleDirectory();
const setup = (parts: Parameters<typeof seriesSetup>[2] = {}) => seriesSetup(db, directory, parts);

describe('exceptions', () => {
  async function withException() {
    const all = await setup();
    const id = all.ids[2]!;
    valueOf(await updateBooking(all.ctx(), { id, ...times('16:00', '17:30', '2027-01-21') }));
    return { ...all, id };
  }

  it('keep their time and resources and take the other changes', async () => {
    const { tenant, ctx, ids, id, current, localOf, instantAt } = await withException();
    const other = tenant.resource();
    const room = (await current())[2]!.resourceId;
    valueOf(
      await updateBookingSeries(ctx(), {
        bookingId: ids[0]!,
        scope: 'ALL',
        ...times('12:00', '13:00', '2027-01-07'),
        resourceId: other,
        notes: 'Levar toalha',
      }),
    );
    const rows = await current();
    expect(rows.map(localOf)).toEqual(['01-07T12:00', '01-14T12:00', '01-21T16:00', '01-28T12:00']);
    expect(rows[2]).toMatchObject({
      id,
      resourceId: room,
      notes: 'Levar toalha',
      isException: true,
      version: 3,
    });
    expect(rows[2]!.originalStart).toEqual(instantAt('2027-01-21T12:00'));
    expect(rows[3]).toMatchObject({ resourceId: other });
  });

  it('keep their version without an event if nothing else changes, and still return to where the rule puts them', async () => {
    const { ctx, ids, id, current, localOf, instantAt, eventsAfter } = await withException();
    const [before, events] = [(await current())[2]!, (await eventsAfter(0)).length];
    const all = { bookingId: ids[0]!, scope: 'ALL' as const };
    const moved = valueOf(await updateBookingSeries(ctx(), { ...all, ...times('12:00', '13:00') }));
    const others = ids.filter((one) => one !== id);
    expect(moved.bookings.map((row) => row.id)).toEqual(others);
    expect((await eventsAfter(events)).map(({ payload }) => payload['booking_id'])).toEqual(others);
    expect((await current())[2]).toEqual({ ...before, originalStart: instantAt('2027-01-20T12:00') });
    expect(before.version).toBe(2);
    valueOf(await updateBookingSeries(ctx(), { ...all, includeExceptions: true }));
    expect((await current()).map(localOf)).toEqual([
      '01-06T12:00',
      '01-13T12:00',
      '01-20T12:00',
      '01-27T12:00',
    ]);
  });

  it('return with includeExceptions to where the rule puts them, and stop being exceptions', async () => {
    const { ctx, ids, current, localOf } = await withException();
    valueOf(
      await updateBookingSeries(ctx(), {
        bookingId: ids[0]!,
        scope: 'ALL',
        ...times('12:00', '13:00', '2027-01-07'),
        includeExceptions: true,
      }),
    );
    const rows = await current();
    expect(rows.map(localOf)).toEqual(['01-07T12:00', '01-14T12:00', '01-21T12:00', '01-28T12:00']);
    expect(rows[2]).toMatchObject({ isException: false });
    expect(rows[2]!.startTime.until(rows[2]!.endTime).total('minutes')).toBe(60);
  });

  it('return without another change, after an earlier change of all, to the place that the rule gives now', async () => {
    const { ctx, ids, current, localOf } = await withException();
    const move = { bookingId: ids[0]!, scope: 'ALL', ...times('12:00', '13:00', '2027-01-07') } as const;
    valueOf(await updateBookingSeries(ctx(), move));
    const { bookings } = valueOf(
      await updateBookingSeries(ctx(), { bookingId: ids[0]!, scope: 'ALL', includeExceptions: true }),
    );
    expect(bookings.map(({ id }) => id)).toEqual([ids[2]]);
    const rows = await current();
    expect(rows.map(localOf)).toEqual(['01-07T12:00', '01-14T12:00', '01-21T12:00', '01-28T12:00']);
    expect(rows[2]).toMatchObject({ isException: false });
  });

  it('return like the occurrences that lie ahead, not like a cancelled one that did not follow the series', async () => {
    const { tenant, ctx, ids, current, localOf } = await setup();
    const other = tenant.resource();
    valueOf(await cancelBooking(ctx(), { id: ids[1]! }));
    const move = { bookingId: ids[0]!, scope: 'ALL', ...times('12:00', '13:30', '2027-01-07') } as const;
    valueOf(await updateBookingSeries(ctx(), { ...move, resourceId: other }));
    // Nearer to the cancelled one than to any other.
    valueOf(await updateBooking(ctx(), { id: ids[2]!, ...times('09:00', '10:00', '2027-01-19') }));
    const back = { bookingId: ids[2]!, scope: 'ALL', includeExceptions: true } as const;
    valueOf(await updateBookingSeries(ctx(), back));
    const rows = (await current()).filter(({ status }) => status !== 'CANCELLED');
    expect(rows.map(localOf)).toEqual(['01-07T12:00', '01-21T12:00', '01-28T12:00']);
    expect(rows.map(({ resourceId }) => resourceId)).toEqual([other, other, other]);
    expect(rows.map((row) => row.startTime.until(row.endTime).total('minutes'))).toEqual([90, 90, 90]);
    expect(rows.map(({ isException }) => isException)).toEqual([false, false, false]);
  });

  it('take the new times if they are named, and belong to FOLLOWING by their start', async () => {
    const { ctx, ids, id, current, localOf, series } = await withException();
    const made = valueOf(
      await updateBookingSeries(ctx(), {
        bookingId: id,
        scope: 'FOLLOWING',
        ...times('14:00', '15:00', '2027-01-22'),
      }),
    );
    const rows = await current();
    expect(rows.map(localOf)).toEqual(['01-06T10:00', '01-13T10:00', '01-22T14:00', '01-28T14:00']);
    expect(rows[2]).toMatchObject({ isException: true, seriesId: made.series.id });
    expect(made.series.localStart.toString()).toBe('2027-01-21T14:00:00');
    expect(rows[1]).toMatchObject({ seriesId: series.id, version: 1 });
    expect(ids).toHaveLength(4);
  });
});

describe('SKIP', () => {
  it('leaves an occurrence that cannot move where it is, as an exception', async () => {
    const { ctx, ids, book, current, localOf, instantAt } = await setup();
    const inTheWay = await book(times('14:00', '15:00', '2027-01-13'));
    const { bookings, skipped } = valueOf(
      await updateBookingSeries(ctx(), {
        bookingId: ids[0]!,
        scope: 'ALL',
        ...times('14:00', '15:00'),
        onConflict: 'SKIP',
        notes: 'x',
      }),
    );
    const rows = await current();
    expect(rows.map(localOf)).toEqual(['01-06T14:00', '01-13T10:00', '01-20T14:00', '01-27T14:00']);
    expect(rows.map(({ isException }) => isException)).toEqual([false, true, false, false]);
    expect(rows[1]).toMatchObject({ notes: 'x', version: 2 });
    expect(rows[1]!.originalStart).toEqual(instantAt('2027-01-13T14:00'));
    expect(bookings.map(({ id }) => id)).toEqual(ids);
    expect(skipped).toMatchObject([
      {
        startTime: instantAt('2027-01-13T14:00'),
        refusals: [{ code: 'CONFLICT', conflict: { bookings: [{ bookingId: inTheWay.id }] } }],
      },
    ]);
  });

  it('lets one that stays be in the way of others, however many', async () => {
    const { ctx, ids, book, current, localOf } = await setup({
      recurrence: { frequency: 'DAILY', count: 6 },
    });
    await book(times('10:00', '11:00', '2027-01-12'));
    const move = { bookingId: ids[0]!, scope: 'ALL', onConflict: 'SKIP' } as const;
    const oneDay = times('10:00', '11:00', '2027-01-07');
    // All would stay.
    expect(codesOf(await updateBookingSeries(ctx(), { ...move, ...oneDay }))).toEqual(['CONFLICT']);
    const { skipped } = valueOf(
      await updateBookingSeries(ctx(), { ...move, ...times('10:00', '11:00', '2027-01-09') }),
    );
    // The fourth cannot move, so the first cannot.
    expect(skipped).toHaveLength(2);
    expect((await current()).map(localOf)).toEqual([
      '01-06T10:00',
      '01-10T10:00',
      '01-11T10:00',
      '01-09T10:00',
      '01-13T10:00',
      '01-14T10:00',
    ]);
  });

  it('refuses what is not the occurrence itself', async () => {
    const { ctx, ids, written } = await setup();
    const before = await written();
    const move = {
      bookingId: ids[0]!,
      scope: 'ALL',
      onConflict: 'SKIP',
      ...times('10:10', '11:10'),
    } as const;
    expect(codesOf(await updateBookingSeries(ctx(), move))).toEqual(Array(4).fill('NOT_ON_INTERVAL'));
    expect(await written()).toEqual(before);
  });

  it('that is the first by the rule and was moved behind others leaves those where they are', async () => {
    const all = await setup();
    const { ctx, ids, series, localOf, seriesNow, current } = all;
    valueOf(await updateBooking(ctx(), { id: ids[0]!, ...times('16:00', '17:00', '2027-01-21') }));
    const changed = valueOf(
      await updateBookingSeries(ctx(), {
        bookingId: ids[0]!,
        scope: 'FOLLOWING',
        ...times('15:00', '16:00', '2027-01-21'),
      }),
    );
    const rows = await current();
    expect(rows.map(localOf)).toEqual(['01-21T15:00', '01-13T10:00', '01-20T10:00', '01-27T15:00']);
    expect(rows.map(({ seriesId }) => seriesId === series.id)).toEqual([false, true, true, false]);
    expect(changed.series).toMatchObject({ previousId: series.id, count: 1 });
    expect(await seriesNow()).toMatchObject({ localStart: series.localStart, count: 3 });
  });
});
