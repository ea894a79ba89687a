import { isPgbouncerInstalled, pgbouncer } from '@libs/testing/pgbouncer';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { isLockTimeout } from './constraints.ts';
import { connect } from './connect.ts';
import { inTransaction } from './inTransaction.ts';
import { poolerWithoutTimeouts } from './poolerTimeouts.ts';

const CLIENTS = 40;

const { url, sql } = await testDatabase('empty');
await sql`create table counters (id int primary key, count int not null)`;
await sql`insert into counters values (1, 0), (2, 0)`;
const [pooledUrl = url] = isPgbouncerInstalled ? await pgbouncer([url]) : [];
const db = connect(pooledUrl, { name: 'pooled', max: CLIENTS, pooler: 'transaction' });
const direct = connect(url, { name: 'direct' });
afterAll(() => Promise.all([db.close(), direct.close()]));

const pooled = test.skipIf(!isPgbouncerInstalled);

pooled('statements and transactions take turns on few connections (needs pgbouncer)', async () => {
  const backends = new Set<number>();
  await Promise.all(
    Array.from({ length: CLIENTS * 10 }, async (_, n) => {
      // With parameters and without, alone and in transactions: the driver sends each in its own way.
      const [row] = await db.sql<
        { pid: number; n: number }[]
      >`select pg_backend_pid() as pid, ${n}::int as n`;
      backends.add(row!.pid);
      expect(row!.n).toBe(n);
      await db.sql`select 1`;
      await inTransaction(db, async (tx) => {
        const [first] = await tx.sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
        await tx.drizzle.execute(`update counters set count = count + 1 where id = ${(n % 2) + 1}`);
        const [second] = await tx.sql<{ pid: number }[]>`select pg_backend_pid() as pid, ${n}::int as n`;
        expect(second!.pid).toBe(first!.pid);
      });
    }),
  );
  expect(backends.size).toBeGreaterThan(1);
  expect(backends.size).toBeLessThan(CLIENTS);
  expect(await sql`select count from counters`).toEqual([{ count: CLIENTS * 5 }, { count: CLIENTS * 5 }]);
});

pooled(
  'each statement has its own answer, however many wait for a connection (needs pgbouncer)',
  async () => {
    const few = connect(pooledUrl, { name: 'few', max: 8, pooler: 'transaction' });
    onTestFinished(() => few.close());
    const { sql: many } = few;
    await Promise.all(
      Array.from({ length: 3_000 }, async (_, n) => {
        const texts = [String(n), 'text'];
        const day = '2027-01-06';
        // Behind one without parameters, the driver may send another before the answer.
        const [row] = await [
          () => many`select 7 as n`,
          () => many`select ${texts}::text[] as texts, ${n}::int as n`,
          () => many`select ${day}::date as day, ${n}::int as n`,
        ][n % 3]!();
        expect(row).toEqual([{ n: 7 }, { texts, n }, { day, n }][n % 3]);
      }),
    );
  },
);

pooled('dates are in UTC, and a lock that is held too long is a lock timeout (needs pgbouncer)', async () => {
  const [zone] = await db.sql<{ TimeZone: string }[]>`show timezone`;
  expect(zone!.TimeZone).toBe('UTC');
  await inTransaction(direct, async (tx) => {
    await tx.sql`select from counters where id = 1 for update`;
    const waiting = db.sql`update counters set count = 0 where id = 1`;
    const error = await waiting.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(isLockTimeout(error)).toBe(true);
  });
});

pooled('timeouts that PgBouncer does not set are found (needs pgbouncer)', async () => {
  expect(await poolerWithoutTimeouts(db)).toEqual([]);
});

test('timeouts that nobody sets are found', async () => {
  const bare = connect(url, { name: 'bare', pooler: 'transaction' });
  try {
    expect(await poolerWithoutTimeouts(bare)).toEqual([
      'idle_in_transaction_session_timeout',
      'lock_timeout',
      'statement_timeout',
    ]);
    expect(await poolerWithoutTimeouts(direct)).toEqual([]);
  } finally {
    await bare.close();
  }
});
