/** Connections that fall silent while new ones work: a proxy before the database abandons those that it has. */
import { isPgbouncerInstalled, pgbouncer } from '@libs/testing/pgbouncer';
import { tcpProxy } from '@libs/testing/tcpProxy';
import { testDatabase } from '@libs/testing/testDatabases';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { connect, type Db, type Pooler } from './connect.ts';
import { inTransaction } from './inTransaction.ts';

const MAX_CONNECTIONS = 3;
const TEST_LIMIT_MS = 60_000;
/** Longer than a connection may be silent by the statement timeout of SHORT_TIMEOUT, with the look of each second. */
const PAUSE_MS = 7_000;
/** Longer than by that of `connect`. */
const LONG_STATEMENT_MS = 16_000;

const { url, sql } = await testDatabase('empty');
await sql`create table counters (id int primary key, count int not null)`;
await sql`insert into counters values (1, 0)`;
const hurried = await testDatabase('empty');
await hurried.sql.unsafe(
  `alter database ${new URL(hurried.url).pathname.slice(1)} set statement_timeout = '500ms'`,
);
const [pooledUrl = url] = isPgbouncerInstalled ? await pgbouncer([url]) : [];

const ends: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(ends.map((end) => end())));

async function poolBehindProxy(serverUrl: string, options: { max?: number; pooler?: Pooler } = {}) {
  let connections = 0;
  const proxy = await tcpProxy(serverUrl, () => {
    connections += 1;
    return { onSent: () => {} };
  });
  const db = connect(proxy.url, { name: 'silent', max: MAX_CONNECTIONS, ...options });
  ends.push(async () => {
    await db.close();
    await proxy.close();
  });
  return { proxy, db, connectionsMade: () => connections };
}

const outcomeOf = (work: PromiseLike<unknown>) =>
  work.then(
    () => 'done',
    (error: { code?: string }) => error.code ?? String(error),
  );

/** Of each connection. They are used at the same time. */
async function readPids(db: Db): Promise<number[]> {
  const pids: number[] = [];
  let onAllUsed = () => {};
  const areAllUsed = new Promise<void>((resolve) => (onAllUsed = resolve));
  const use = () =>
    inTransaction(db, async (tx) => {
      const [row] = await tx.sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
      if (pids.push(row!.pid) === MAX_CONNECTIONS) onAllUsed();
      await areAllUsed;
    });
  await Promise.all(Array.from({ length: MAX_CONNECTIONS }, use));
  return pids.toSorted((a, b) => a - b);
}

async function expectReplacement(serverUrl: string, pooler?: Pooler): Promise<void> {
  const { proxy, db } = await poolBehindProxy(serverUrl, pooler && { pooler });
  await readPids(db);
  proxy.abandon();
  const statements = Array.from({ length: MAX_CONNECTIONS * 2 }, (_, n) =>
    outcomeOf(db.sql`select ${n}::int`),
  );
  const transaction = inTransaction(db, (tx) => tx.sql`update counters set count = count + 1`);
  const outcomes = await Promise.all([...statements, outcomeOf(transaction)]);
  expect(outcomes.toSorted()).toEqual([
    ...Array.from({ length: MAX_CONNECTIONS }, () => 'CONNECTION_SILENT'),
    ...Array.from({ length: MAX_CONNECTIONS + 1 }, () => 'done'),
  ]);
  await readPids(db);
}

describe.concurrent('connections that fall silent for ever', () => {
  test('fail their statements, and are replaced', () => expectReplacement(url), TEST_LIMIT_MS);

  test.skipIf(!isPgbouncerInstalled)(
    'fail their statements, and are replaced, before PgBouncer too (needs pgbouncer)',
    () => expectReplacement(pooledUrl, 'transaction'),
    TEST_LIMIT_MS,
  );

  test(
    'between the answers to two statements fail the second',
    async ({ expect }) => {
      const { proxy, db } = await poolBehindProxy(url, { max: 1 });
      await db.sql`select 1`;
      const first = db.sql`select pg_sleep(0.3)`.then(() => proxy.abandon());
      const second = outcomeOf(db.sql`select pg_sleep(0.3)`);
      await first;
      expect(await second).toBe('CONNECTION_SILENT');
      await expect.poll(() => outcomeOf(db.sql`select 1`)).toBe('done');
    },
    TEST_LIMIT_MS,
  );

  test(
    'are no longer looked at once they are closed',
    async () => {
      const { proxy, db, connectionsMade } = await poolBehindProxy(hurried.url, { pooler: 'transaction' });
      await db.sql`select 1`;
      // So that what is read and what is written next are seen apart.
      await sleep(2_500);
      proxy.abandon();
      expect(await outcomeOf(db.sql`select 1`)).toBe('CONNECTION_SILENT');
      const before = connectionsMade();
      await sleep(PAUSE_MS);
      expect(connectionsMade()).toBe(before);
      expect(await outcomeOf(db.sql`select 1`)).toBe('done');
    },
    TEST_LIMIT_MS,
  );
});

describe.concurrent('goes on, though its connection is silent for long:', () => {
  test(
    'a statement of a server without a statement timeout',
    async () => {
      const { db } = await poolBehindProxy(url, { pooler: 'transaction' });
      const long = outcomeOf(db.sql`select pg_sleep(${LONG_STATEMENT_MS / 1_000})`);
      expect(await long).toBe('done');
    },
    TEST_LIMIT_MS,
  );

  test(
    'a commit that checks deferred constraints',
    async () => {
      await hurried.sql`create table slow_commits (n integer)`;
      await hurried.sql.unsafe(`
        create function sleep_at_commit() returns trigger language plpgsql as
          $$ begin perform pg_sleep(${PAUSE_MS / 1_000}); return null; end $$`);
      await hurried.sql`
        create constraint trigger slow_commit after insert on slow_commits deferrable initially deferred
          for each row execute function sleep_at_commit()`;
      const { db } = await poolBehindProxy(hurried.url, { pooler: 'transaction' });
      expect(await outcomeOf(inTransaction(db, (tx) => tx.sql`insert into slow_commits values (1)`))).toBe(
        'done',
      );
      expect(await hurried.sql`select n from slow_commits`).toHaveLength(1);
    },
    TEST_LIMIT_MS,
  );

  test(
    'a transaction between two statements, and an idle connection',
    async () => {
      const { db } = await poolBehindProxy(hurried.url, { pooler: 'transaction' });
      const before = await readPids(db);
      await Promise.all([
        inTransaction(db, async (tx) => {
          await tx.sql`select 1`;
          await sleep(PAUSE_MS);
          await tx.sql`select 1`;
        }),
        db.sql`select 1`,
      ]);
      expect(await readPids(db)).toEqual(before);
    },
    TEST_LIMIT_MS,
  );
});
