/** What a pool's metrics say while it works. */
import { metricValue } from '@libs/testing/metricValue';
import { testDatabase } from '@libs/testing/testDatabases';
import { expect, it } from 'vitest';
import { connect } from './connect.ts';
import { inSavepoint } from './inSavepoint.ts';
import { inTransaction } from './inTransaction.ts';

const { url } = await testDatabase('tenant');
let pools = 0;

/** A pool of its own name, and its metrics. */
function observedPool(max: number) {
  pools += 1;
  const pool = `observed-${pools}`;
  const db = connect(url, { name: pool, max });
  const value = (name: string, labels: Record<string, string> = {}) =>
    metricValue(`vaga_db_${name}`, { pool, ...labels });
  return { db, value };
}

it('counts each statement once, in a pool, a transaction and a savepoint, through drizzle too', async () => {
  const { db, value } = observedPool(2);
  await db.sql`select 1`;
  await db.drizzle.execute('select 1');
  const fragment = db.sql`select 1`;
  await db.sql`select * from (${fragment}) one`;
  expect(await value('statement_duration_seconds_count')).toBe(3);
  await inTransaction(db, async (tx) => {
    await tx.sql`select 1`;
    await tx.drizzle.execute('select 1');
    await inSavepoint(tx, async (inner) => inner.sql`select 1`);
  });
  // And begin and commit.
  expect(await value('statement_duration_seconds_count')).toBe(3 + 5);
  expect(await value('statements_in_flight')).toBe(0);
  expect(await value('pool_max_connections')).toBe(2);
  await db.close();
});

it('says how many transactions have a connection, and how many wait for one', async () => {
  const { db, value } = observedPool(1);
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const first = inTransaction(db, () => released);
  const second = inTransaction(db, async () => {});
  await expect.poll(() => value('transactions_open')).toBe(1);
  expect(await value('transactions_waiting')).toBe(1);
  release();
  await Promise.all([first, second]);
  expect([await value('transactions_open'), await value('transactions_waiting')]).toEqual([0, 0]);
  expect(await value('transaction_wait_seconds_count')).toBe(2);
  await db.close();
});

it('counts failures by kind, and a transaction that cannot begin', async () => {
  const { db, value } = observedPool(1);
  await expect(db.sql`select 1/0`).rejects.toThrow('division by zero');
  await expect(inTransaction(db, (tx) => tx.sql`select 1/0`)).rejects.toThrow('division by zero');
  expect(await value('statement_failures_total', { kind: 'other' })).toBe(2);
  await inTransaction(db, async ({ sql }) => {
    await sql`set transaction read only`;
    await sql`create table never (id int)`;
  }).catch(() => {});
  expect(await value('statement_failures_total', { kind: 'unavailable' })).toBe(1);
  await db.close();
  await expect(inTransaction(db, async () => {})).rejects.toThrow('CONNECTION_ENDED');
  expect([await value('transactions_open'), await value('transactions_waiting')]).toEqual([0, 0]);
  expect(await value('statement_failures_total', { kind: 'connection' })).toBe(1);
});

it('leaves the place of a failed statement in its stack', async () => {
  const { db } = observedPool(1);
  const error = await db.sql`select 1/0`.catch((reason: unknown) => reason as Error);
  expect((error as Error).stack).toContain('observedPool.db.test.ts');
  await db.close();
});
