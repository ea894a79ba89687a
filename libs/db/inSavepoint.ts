import { transactionOn, type Tx } from './inTransaction.ts';

/**
 * Runs `work` in a savepoint. If it throws, its writes and `afterCommit` callbacks are discarded, the error is rethrown, and `tx`
 * remains usable. Otherwise the callbacks run after `tx` commits.
 */
export async function inSavepoint<T>(tx: Tx, work: (inner: Tx) => Promise<T>): Promise<T> {
  const afterCommit: (() => void | Promise<void>)[] = [];
  const result = (await tx.sql.savepoint((sql) => work(transactionOn(tx.pool, sql, afterCommit)))) as T;
  for (const run of afterCommit) tx.afterCommit(run);
  return result;
}
