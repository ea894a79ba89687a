/** Dates far apart in one request: what lies between them is not read. */
import { connect } from '@libs/db/connect';
import { latestOf } from '@libs/db/latestReads';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { exampleDirectory, exampleTenant } from '../booking.fixtures.ts';
import { closing, date, exampleClosures } from '../closures/closures.fixtures.ts';
import { shownSlot } from '../scheduling/scheduling.fixtures.ts';
import { availability } from './reads.ts';

const { url } = await testDatabase('booking');
const db = connect(url, { name: 'far dates' });
afterAll(() => db.close());
const directory = exampleDirectory();

const TABLES = ['allocations', 'closures'] as const;
/** Statements that read a table, and the rows that they returned. */
const seen = { allocations: [] as number[], closures: [] as number[] };
const observed: typeof db = {
  ...db,
  sql: new Proxy(db.sql, {
    apply(sql, self, args) {
      const query = Reflect.apply(sql, self, args) as Promise<unknown[]>;
      const table = TABLES.find((name) => String(args[0]).includes(`from ${name}`));
      // A fragment is no statement, and must not be awaited.
      if (!table || !String(args[0]).trim().startsWith('select')) return query;
      return query.then((rows) => {
        seen[table].push(rows.length);
        return rows;
      });
    },
  }),
};
beforeEach(() => {
  for (const name of TABLES) seen[name] = [];
});

const dayBookings = (tenant: ReturnType<typeof exampleClosures>, room: string, days: readonly string[]) =>
  Promise.all(
    days.map((day) => tenant.insertBooking({ resourceId: room, start: `${day}T13:00:00Z`, minutes: 60 })),
  );

it('reads the bookings and closures of the requested dates, with one statement each', async () => {
  const all = exampleClosures(db, directory);
  const { tenant, close } = all;
  const [room, other] = [tenant.resource(), tenant.resource()];
  const between = Array.from({ length: 30 }, (_, index) => `2027-02-${String(index + 1).padStart(2, '0')}`);
  await dayBookings(all, room, ['2027-01-06', ...between.slice(0, 28), '2028-03-01']);
  await dayBookings(all, other, ['2027-01-06', '2027-02-10', '2028-03-01']);
  await close(['2027-01-07', '2027-02-01', '2027-02-10', '2028-03-02'].map((day) => closing(day)));
  for (const name of TABLES) seen[name] = [];

  const ctx = tenant.as({ kind: 'anonymous' }, { readLatest: latestOf(observed) });
  const found = await Promise.all(
    [
      [room, '2027-01-06'],
      [room, '2027-01-07'],
      [room, '2028-03-01'],
      [other, '2028-03-01'],
    ].map(([id, from]) => availability(ctx, id!, { from: date(from!) })),
  );
  const unavailable = found.map(([day]) =>
    day!.slots
      .map(shownSlot)
      .filter(({ available }) => !available)
      .map(({ unavailableReason }) => unavailableReason),
  );
  const booked = ['CONFLICT', 'CONFLICT'];
  expect(unavailable).toEqual([booked, Array<string>(20).fill('CLOSED'), booked, booked]);
  // Of the second resource only the far date was requested.
  expect(seen.allocations).toEqual([3]);
  expect(seen.closures).toEqual([2]);
});

it('counts a booking that lies on both of two far ranges once for each', async () => {
  const all = exampleClosures(db, directory);
  const { tenant } = all;
  const room = tenant.resource();
  await all.insertBooking({ resourceId: room, start: '2027-01-06T13:00:00Z', minutes: 5 * 1_440 });
  const ctx = tenant.as({ kind: 'anonymous' });
  const found = await Promise.all(
    ['2027-01-06', '2027-01-11'].map((from) => availability(ctx, room, { from: date(from) })),
  );
  const free = found.map(([day]) => day!.slots.map(shownSlot).filter(({ available }) => available).length);
  expect(free).toEqual([4, 16]);
});

it('gives far dates the same answer as each date alone', async () => {
  const tenant = exampleTenant(db, directory);
  const room = tenant.resource();
  const ctx = () => tenant.as({ kind: 'anonymous' });
  const days = ['2027-01-05', '2027-03-05', '2027-03-06', '2028-01-05'].map(date);
  const shared = ctx();
  const together = await Promise.all(days.map((from) => availability(shared, room, { from })));
  const alone = await Promise.all(days.map((from) => availability(ctx(), room, { from })));
  expect(together).toEqual(alone);
});
