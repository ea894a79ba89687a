import { drizzle } from 'drizzle-orm/postgres-js';
import type postgres from 'postgres';
import { CASING } from './connect.ts';
import type { Tx } from './inTransaction.ts';

/**
 * Runs `work` in a savepoint. If it throws, its writes and `afterCommit` callbacks are discarded, the error is rethrown, and `tx`
 * remains usable. Otherwise the callbacks run after `tx` commits.
 */
export async function inSavepoint<T>(tx: Tx, work: (inner: Tx) => Promise<T>): Promise<T> {
  const afterCommit: (() => void | Promise<void>)[] = [];
  const { options } = tx.sql as unknown as postgres.Sql;
  const result = (await tx.sql.savepoint(async (sql) => {
    const scoped = Object.assign(sql, { options });
    return work({
      sql,
      drizzle: drizzle(scoped as unknown as postgres.Sql, { casing: CASING }),
      afterCommit: (run) => void afterCommit.push(run),
    });
  })) as T;
  for (const run of afterCommit) tx.afterCommit(run);
  return result;
}
