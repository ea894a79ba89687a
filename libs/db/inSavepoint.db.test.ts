import { testDatabase } from '@libs/testing/testDatabases';
import { integer, pgTable } from 'drizzle-orm/pg-core';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { connect } from './connect.ts';
import { inSavepoint } from './inSavepoint.ts';
import { inTransaction, type Tx } from './inTransaction.ts';

const { url, sql } = await testDatabase('empty');
const db = connect(url, { name: 'test', max: 2 });
afterAll(db.close);

const notes = pgTable('notes', { lineNumber: integer().notNull() });
await sql`create table notes (line_number integer unique)`;
beforeEach(async () => void (await sql`truncate notes`));
const lines = async () =>
  (await sql`select line_number from notes order by 1`).map((row) => row['line_number']);
const write = (tx: Tx, lineNumber: number) => tx.drizzle.insert(notes).values({ lineNumber });

it("commits the savepoint's writes, by drizzle and by raw SQL, with the transaction", async () => {
  await inTransaction(db, async (tx) => {
    await write(tx, 1);
    await inSavepoint(tx, async (inner) => {
      await write(inner, 2);
      await inner.sql`insert into notes values (3)`;
    });
  });
  expect(await lines()).toEqual([1, 2, 3]);
});

it('rolls back only its own writes when a statement in it fails, and leaves the transaction usable', async () => {
  await inTransaction(db, async (tx) => {
    await write(tx, 1);
    const failing = inSavepoint(tx, async (inner) => {
      await write(inner, 2);
      await write(inner, 1);
    });
    await expect(failing).rejects.toThrow();
    await write(tx, 3);
  });
  expect(await lines()).toEqual([1, 3]);
});

it('discards the afterCommit callbacks of a failed savepoint', async () => {
  const ran: string[] = [];
  await inTransaction(db, async (tx) => {
    await inSavepoint(tx, async (inner) => inner.afterCommit(() => void ran.push('kept')));
    const failing = inSavepoint(tx, async (inner) => {
      inner.afterCommit(() => void ran.push('dropped'));
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(ran).toEqual([]);
  });
  expect(ran).toEqual(['kept']);
});
