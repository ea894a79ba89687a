import { connect } from '@libs/db/connect';
import { testDatabase } from '@libs/testing/testDatabases';
import { localTime } from '@libs/time/localTimes';
import { Temporal } from 'temporal-polyfill';
import { afterAll, describe, expect, it } from 'vitest';
import { codesOf, exampleDirectory, platformCaller, times, valueOf } from '../../booking.fixtures.ts';
import { cancelBookingSeries } from '../cancelBookingSeries.ts';
import { updateBooking } from '../updateBooking.ts';
import { nextSeries, previousSeries } from './readSeries.ts';
import { seriesSetup } from './series.fixtures.ts';
import { updateBookingSeries } from './updateBookingSeries.ts';

const { url } = await testDatabase('booking');
const db = connect(url, { name: 'readSeries' });
afterAll(() => db.close());
const directory = exampleDirectory();

describe('previous and next', () => {
  it('lead through the parts of a series, for those who may read its bookings', async () => {
    const { tenant, ctx, asStaff, ids, seriesNow } = await seriesSetup(db, directory);
    const foreign = await seriesSetup(db, directory);
    const client = tenant.user();
    valueOf(await updateBooking(asStaff(), { id: ids[0]!, clientId: client.userId }));
    const { series: made } = valueOf(
      await updateBookingSeries(ctx(), {
        bookingId: ids[2]!,
        scope: 'FOLLOWING',
        ...times('15:00', '16:00', '2027-01-20'),
      }),
    );
    const old = await seriesNow();
    for (const who of [ctx(), asStaff(), tenant.as(platformCaller())]) {
      expect(await previousSeries(who, made)).toEqual(old);
      expect(await nextSeries(who, old)).toEqual(made);
    }
    // The client of a booking of the old part only.
    expect(await previousSeries(tenant.as(client), made)).toEqual(old);
    expect(await nextSeries(tenant.as(client), old)).toBeNull();
    for (const who of [tenant.as(tenant.user()), foreign.asStaff()]) {
      expect(await previousSeries(who, made)).toBeNull();
      expect(await nextSeries(who, old)).toBeNull();
    }
    expect(await previousSeries(ctx(), old)).toBeNull();
    expect(await nextSeries(ctx(), made)).toBeNull();
  });
});

describe('cancelBookingSeries with dates', () => {
  const datesOf = (...texts: string[]) => texts.map((text) => Temporal.PlainDate.from(text));

  it("cancels only the occurrences on these dates of the tenant's zone", async () => {
    const { ctx, series, ids, current } = await seriesSetup(db, directory, {
      rules: { timezone: 'America/New_York', workingHoursEnd: localTime('24:00') },
      ...times('22:00', '23:00'),
    });
    const dates = datesOf('2027-01-13', '2027-01-28', '2027-06-01');
    const rows = valueOf(await cancelBookingSeries(ctx(), { seriesId: series.id, dates }));
    expect(rows.map(({ id }) => id)).toEqual([ids[1]]);
    const statuses = (await current()).map(({ status }) => status === 'CANCELLED');
    expect(statuses).toEqual([false, true, false, false]);
    expect(valueOf(await cancelBookingSeries(ctx(), { seriesId: series.id, dates: [] }))).toEqual([]);
  });

  it('ignores the windows of the others, and takes at most 365 dates', async () => {
    const { tenant, caller, series, bookings } = await seriesSetup(db, directory);
    const late = tenant.as(caller, { now: bookings[0]!.startTime.subtract({ hours: 1 }) });
    const dates = datesOf('2027-01-13');
    expect(valueOf(await cancelBookingSeries(late, { seriesId: series.id, dates }))).toHaveLength(1);
    const first = { seriesId: series.id, dates: datesOf('2027-01-06') };
    expect(codesOf(await cancelBookingSeries(late, first))).toEqual(['CANCELLATION_WINDOW_CLOSED']);
    const many = Array.from({ length: 366 }, (_, days) =>
      Temporal.PlainDate.from('2027-01-06').add({ days }),
    );
    expect(await cancelBookingSeries(late, { seriesId: series.id, dates: many })).toMatchObject({
      refusals: [{ code: 'INVALID', field: ['input', 'dates'] }],
    });
    const allowed = { seriesId: series.id, dates: many.slice(8, 373) };
    expect(valueOf(await cancelBookingSeries(late, allowed))).toHaveLength(2);
  });
});
