/** Edits of one series, single moves and cancellations of its bookings, and bookings of others, all at once. */
import { seededRandom } from '@libs/testing/seededRandom';
import { connect } from '@libs/db/connect';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, expect, it } from 'vitest';
import { exampleDirectory, times } from '../../booking.fixtures.ts';
import { cancelBooking } from '../cancelBooking.ts';
import { cancelBookingSeries } from '../cancelBookingSeries.ts';
import { updateBooking } from '../updateBooking.ts';
import { extendBookingSeries } from './extendBookingSeries.ts';
import { seriesSetup } from './series.fixtures.ts';
import { updateBookingSeries } from './updateBookingSeries.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'seriesRaces', max: 10 });
afterAll(() => db.close());

const SEEDS = [1, 2, 3];

async function race(seed: number) {
  const chance = seededRandom(seed);
  const any = <T>(of: readonly T[]): T => of[Math.floor(chance() * of.length)]!;
  const setup = await seriesSetup(db, exampleDirectory(), { recurrence: { frequency: 'DAILY', count: 8 } });
  const { tenant, asStaff, ids, room, series } = setup;
  const rooms = [room, tenant.resource(), tenant.resource({ bookingMode: 'SHARED', capacity: 3 })];
  const someTime = () => {
    const hour = 8 + Math.floor(chance() * 9);
    const day = String(6 + Math.floor(chance() * 10)).padStart(2, '0');
    const hours = (of: number) => `${String(of).padStart(2, '0')}:00`;
    return times(hours(hour), hours(hour + 1), `2027-01-${day}`);
  };
  const ways = [
    (index: number) =>
      updateBookingSeries(asStaff(), {
        bookingId: any(ids),
        scope: index % 3 === 0 ? 'FOLLOWING' : 'ALL',
        onConflict: index % 2 === 0 ? 'SKIP' : 'REFUSE',
        includeExceptions: index % 5 === 0,
        ...(index % 4 === 0 ? { resourceId: any(rooms) } : {}),
        ...someTime(),
      }),
    () => updateBooking(asStaff(), { id: any(ids), resourceId: any(rooms), ...someTime() }),
    () => updateBookingSeries(asStaff(), { bookingId: any(ids), scope: 'ALL', notes: String(chance()) }),
    (index: number) =>
      index % 8 === 0
        ? cancelBooking(asStaff(), { id: any(ids) })
        : setup.book(someTime(), any(rooms)).catch(() => null),
    () => extendBookingSeries(asStaff(), { seriesId: series.id, count: 1, onConflict: 'SKIP' }),
  ];
  const settled = await Promise.allSettled(
    Array.from({ length: 40 }, (_, index) => ways[index % ways.length]!(index)),
  );
  return { ...setup, settled };
}

it('no deadlock; versions without gaps, which the events agree with; allocations are those of the bookings', async () => {
  const deadlocks = async () =>
    Number(
      (await sql`select deadlocks from pg_stat_database where datname = current_database()`)[0]!['deadlocks'],
    );
  const before = await deadlocks();
  for (const seed of SEEDS) {
    const { tenant, settled } = await race(seed);
    const failed = settled.flatMap((one) =>
      one.status === 'rejected' ? [one.reason as { code?: string }] : [],
    );
    // A busy machine may refuse those who wait too long.
    expect(failed.filter(({ code }) => code !== 'SERVICE_UNAVAILABLE')).toEqual([]);
    expect(failed.length).toBeLessThan(settled.length / 2);
    const rows = await sql<{ id: string; version: number; seriesId: string | null }[]>`
      select id, version, series_id as "seriesId" from bookings where tenant_id = ${tenant.id}`;
    const events = await sql<{ id: string; version: number; seriesId: string | null; start: string }[]>`
      select payload ->> 'booking_id' as id, (payload ->> 'booking_version')::int as version,
             payload ->> 'series_id' as "seriesId", payload ->> 'start_time' as start
      from outbox where tenant_id = ${tenant.id} and event_type like 'booking.%' order by arrival`;
    expect(rows.some(({ version }) => version > 2)).toBe(true);
    for (const { id, version, seriesId } of rows) {
      const own = events.filter((event) => event.id === id);
      expect(own.map((event) => event.version)).toEqual(
        Array.from({ length: version }, (_, index) => index + 1),
      );
      expect(own.at(-1)!.seriesId).toBe(seriesId);
    }
    const [wrong] = await sql`
      select count(*)::int as count from bookings b
      where tenant_id = ${tenant.id} and occupies is distinct from exists (
        select from allocations a where a.booking_id = b.id and a.start_time = b.start_time and a.end_time = b.end_time
          and a.resource_id = b.resource_id)`;
    expect(wrong!['count']).toBe(0);
  }
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect(await deadlocks()).toBe(before);
});

it('a cancellation of the series at the same time leaves no seat taken', async () => {
  const setup = await seriesSetup(db, exampleDirectory());
  const { tenant, asStaff, ids, series } = setup;
  await Promise.all([
    ...[12, 14, 15].map((hour) =>
      updateBookingSeries(asStaff(), {
        bookingId: ids[0]!,
        scope: 'ALL',
        ...times(`${hour}:00`, `${hour + 1}:00`),
      }),
    ),
    cancelBookingSeries(asStaff(), { seriesId: series.id }),
  ]);
  expect((await setup.current()).map(({ status }) => status)).toEqual(Array(4).fill('CANCELLED'));
  expect(await sql`select from allocations where tenant_id = ${tenant.id}`).toHaveLength(0);
});
