import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, describe, expect, it } from 'vitest';
import {
  acquireLocks,
  tryAcquireSessionLock,
  acquireLocksOfBothKinds,
  acquireSharedLocks,
  LOCK_KEYS,
  tryAcquireLock,
} from './advisoryLocks.ts';
import { connect } from './connect.ts';
import { inTransaction, type Tx } from './inTransaction.ts';

const { url, sql } = await testDatabase('empty');
const db = connect(url, { name: 'locks', max: 4 });
afterAll(db.close);

const KEY = LOCK_KEYS.ingest('group', 'stream');
/** Runs `work` in another transaction. */
const elsewhere = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => inTransaction(db, work);
const isFree = (key: number | string) => elsewhere((tx) => tryAcquireLock(tx, key));
const waiting = async () =>
  (
    await sql`select from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())`
  ).length;

describe('acquireLocks', () => {
  it('holds every key until the transaction ends, including numbers and repeated keys', async () => {
    await inTransaction(db, async (tx) => {
      await acquireLocks(tx, KEY, LOCK_KEYS.migration, KEY);
      expect([await isFree(KEY), await isFree(LOCK_KEYS.migration)]).toEqual([false, false]);
      expect(await isFree(LOCK_KEYS.deliveryClaim)).toBe(true);
    });
    expect([await isFree(KEY), await isFree(LOCK_KEYS.migration)]).toEqual([true, true]);
  });

  it('waits for a transaction that holds the key', async () => {
    let other: Promise<unknown> | undefined;
    await inTransaction(db, async (tx) => {
      await acquireLocks(tx, KEY);
      other = elsewhere((inner) => acquireLocks(inner, KEY));
      await expect.poll(waiting).toBe(1);
    });
    await other;
  });
});

describe('acquireSharedLocks', () => {
  it('lets other shared locks in and keeps exclusive ones out', async () => {
    await inTransaction(db, async (tx) => {
      await acquireSharedLocks(tx, KEY);
      await elsewhere((inner) => acquireSharedLocks(inner, KEY));
      expect(await isFree(KEY)).toBe(false);
    });
    expect(await isFree(KEY)).toBe(true);
  });
});

describe('acquireLocksOfBothKinds', () => {
  it('shares the shared ones, keeps others out of the exclusive ones, and takes any number of each', async () => {
    const [shared, exclusive] = [LOCK_KEYS.booking('TENANT', '1'), LOCK_KEYS.booking('RESOURCE', '1')];
    await inTransaction(db, async (tx) => {
      await acquireLocksOfBothKinds(tx, { shared: [shared, KEY], exclusive: [exclusive] });
      await elsewhere((inner) => acquireLocksOfBothKinds(inner, { shared: [KEY, shared], exclusive: [] }));
      expect([await isFree(shared), await isFree(KEY), await isFree(exclusive)]).toEqual([
        false,
        false,
        false,
      ]);
    });
    expect([await isFree(shared), await isFree(KEY), await isFree(exclusive)]).toEqual([true, true, true]);
  });
});

describe('tryAcquireSessionLock', () => {
  it('outlives the transaction and ends with the connection', async () => {
    const session = connect(url, { name: 'session', max: 1 });
    expect(await tryAcquireSessionLock(session, LOCK_KEYS.migration)).toBe(true);
    expect(await tryAcquireSessionLock(db, LOCK_KEYS.migration)).toBe(false);
    expect(await isFree(LOCK_KEYS.migration)).toBe(false);
    await session.close();
    await expect.poll(() => isFree(LOCK_KEYS.migration)).toBe(true);
  });
});

it('the keys exclude processes of earlier releases', async () => {
  const [row] = await sql`select hashtext('vaga.outbox.numbering') as outbox`;
  expect(LOCK_KEYS.outboxPositions).toBe(row!['outbox']);
  await inTransaction(db, async (tx) => {
    await tx.sql`select pg_advisory_xact_lock(hashtextextended('RESOURCE 1', 0))`;
    expect(await isFree(LOCK_KEYS.booking('RESOURCE', '1'))).toBe(false);
  });
});
