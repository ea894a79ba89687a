import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, expect, test } from 'vitest';
import { connect } from './connect.ts';
import { inTransaction } from './inTransaction.ts';

const { url, sql } = await testDatabase('empty');
const db = connect(url, { name: 'lost-connection' });
afterAll(db.close);

test('a connection lost during a transaction fails that transaction and nothing else', async () => {
  await sql`create table notes (n int)`;
  for (const size of [1, 3_000]) {
    const lost = inTransaction(db, async (tx) => {
      await tx.sql`insert into notes values (${size})`;
      await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'lost-connection'`;
      // The driver sends small statements on the next tick and large ones at once.
      await Promise.all([1, 2, 3].map(() => tx.sql`select ${'x'.repeat(size)}::text`));
    });
    await expect(lost).rejects.toThrow(/CONNECTION_(CLOSED|DESTROYED|ENDED)|terminating connection/);
  }
  expect(await db.sql`select n from notes`).toHaveLength(0);
});
