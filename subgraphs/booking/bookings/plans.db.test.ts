import { connect } from '@libs/db/connect';
import { preparedStatements, TRIAL_PLANS } from '@libs/testing/preparedStatements';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { bookingInput, exampleDirectory, exampleTenant, times, valueOf } from '../booking.fixtures.ts';
import { createBooking } from './createBooking.ts';

const { url, sql } = await testDatabase('booking');
// One connection: it keeps the plans that it makes for empty tables.
const db = connect(url, { name: 'plans', max: 1 });
afterAll(() => db.close());

const tenant = exampleTenant(db, exampleDirectory());
const caller = tenant.user();
const TABLES = ['bookings', 'allocations', 'outbox', 'closures', 'tombstones'];
const MIN_SCANS = 100;
const MIN_STATEMENTS = 5;

it('createBooking never reads a whole table, however many rows it had when its statements were planned', async () => {
  for (let room = 0; room < 10; room += 1) {
    const recurrence = {
      frequency: 'WEEKLY',
      endDate: times('20:00', '21:00', '2027-12-29').startTime,
    } as const;
    const input = bookingInput(tenant.resource(), times('12:00', '13:00', '2027-01-06'));
    valueOf(await createBooking(tenant.as(caller), { ...input, recurrence }));
  }
  const scans = async () => {
    const [row] = await sql<{ whole: string[]; byIndex: number }[]>`
      select array_agg(relname) filter (where seq_tup_read > 0) as whole, sum(idx_scan)::int as "byIndex"
      from pg_stat_user_tables where relname = any(${TABLES})`;
    return row!;
  };
  await db.sql`select pg_stat_force_next_flush()`;
  await expect.poll(async () => (await scans()).byIndex, { timeout: 20_000 }).toBeGreaterThan(MIN_SCANS);
  expect((await scans()).whole).toBeNull();
});

it.each(['EXCLUSIVE', 'SESSION'] as const)(
  'createBooking (%s) is not planned again each time',
  async (bookingMode) => {
    const other = connect(url, { name: 'plans', max: 1 });
    onTestFinished(() => other.close());
    const tenant = exampleTenant(other, exampleDirectory());
    const caller = tenant.user();
    for (let room = 0; room < 2 * TRIAL_PLANS; room += 1) {
      valueOf(await createBooking(tenant.as(caller), bookingInput(tenant.resource({ bookingMode }))));
    }
    const statements = await preparedStatements(other.sql);
    expect(statements.filter(({ kept }) => kept > 0).length).toBeGreaterThan(MIN_STATEMENTS);
    expect(statements.filter(({ plans }) => plans > TRIAL_PLANS)).toEqual([]);
  },
);
