/**
 * Many clients book seats, classes, several resources, series and holds at once, and change them, while capacities change and holds
 * expire; then what happened is checked. Planted bugs show that the check catches each of them.
 */
import { connect } from '@libs/db/connect';
import { testDatabase } from '@libs/testing/testDatabases';
import type postgres from 'postgres';
import { expect, test } from 'vitest';
import { sweepExpiredHolds } from '../holds/endExpiredHolds.ts';
import { SEAT_BUGS, withBug, type SeatBug } from './seatBugs.fixtures.ts';
import { seatViolations } from './seatChecker.fixtures.ts';
import { seatHistory, type OperationKind, type SeatHistory } from './seatHistory.fixtures.ts';
import { step } from './seatOperations.fixtures.ts';

const ROUNDS = process.env['VAGA_SOAK'] ? 40 : 8;
/** Then everything is checked, and the next tenant begins. */
const OPERATIONS_A_ROUND = 1_000;
const OPERATIONS_WITH_A_BUG = 400;
/** A planted bug may need several rounds to show. */
const MAX_ROUNDS_WITH_A_BUG = 40;
const CLIENTS = 12;
const SEED = Number(process.env['HISTORY_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** Of every 1,000 operations, at least so many of each kind do something. */
const MIN_DONE: Record<OperationKind, number> = {
  book: 60,
  bookSeries: 15,
  change: 15,
  cancel: 25,
  hold: 20,
  confirm: 10,
  release: 3,
  changeSeries: 15,
  extendSeries: 5,
  cancelSeries: 3,
};

type Database = { url: string; sql: postgres.Sql };

/** One round on an empty database. */
async function roundOf(
  { url, sql }: Database,
  seed: number,
  operations: number,
  bug: SeatBug = {},
): Promise<{ history: SeatHistory; violations: string[] }> {
  await sql`truncate bookings, booking_series, holds, outbox cascade`;
  const db = connect(url, { name: 'seats', max: 2 * CLIENTS });
  const history = seatHistory(withBug(db, bug), seed);
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (history.begun() < operations) await step(history);
    }),
  );
  // What others left of holds that they ended.
  while (await sweepExpiredHolds(db, history.now()));
  await db.close();
  return { history, violations: await seatViolations(sql, history) };
}

const deadlocksOf = async (sql: postgres.Sql): Promise<number> =>
  Number(
    (await sql`select deadlocks from pg_stat_database where datname = current_database()`)[0]!['deadlocks'],
  );

const databases = new Map<string, Database>();
for (const name of ['correct', ...Object.keys(SEAT_BUGS)]) databases.set(name, await testDatabase('booking'));

test(
  `${ROUNDS * OPERATIONS_A_ROUND} operations leave every seat given once, and series whole (HISTORY_SEED=${SEED})`,
  { timeout: 900_000 },
  async () => {
    const database = databases.get('correct')!;
    const done = new Map<OperationKind, number>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const { history, violations } = await roundOf(database, SEED + round, OPERATIONS_A_ROUND);
      expect(violations).toEqual([]);
      for (const { kind, answer } of history.operations)
        if (answer === 'done') done.set(kind, (done.get(kind) ?? 0) + 1);
      expect(history.sweeps).toBeGreaterThan(0);
    }
    expect(await deadlocksOf(database.sql)).toBe(0);
    // Otherwise the history would prove nothing.
    for (const [kind, min] of Object.entries(MIN_DONE))
      expect(done.get(kind as OperationKind) ?? 0, kind).toBeGreaterThan(min * ROUNDS);
  },
);

test.each(Object.keys(SEAT_BUGS))('the check catches %s', { timeout: 240_000 }, async (name) => {
  const database = databases.get(name)!;
  const bug = SEAT_BUGS[name]!;
  await bug.alterSchema?.(database.sql);
  let violations: string[] = [];
  for (let round = 0; round < MAX_ROUNDS_WITH_A_BUG && violations.length === 0; round += 1) {
    ({ violations } = await roundOf(database, SEED + round, OPERATIONS_WITH_A_BUG, bug));
  }
  expect(violations).not.toEqual([]);
});
