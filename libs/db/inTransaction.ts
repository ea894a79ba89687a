import { inSpan } from '@libs/telemetry/traceSpans';
import type postgres from 'postgres';
import { drizzleOn, type Db, type Drizzle } from './connect.ts';
import { isConflictOfTransactions } from './constraints.ts';

export type Tx = {
  /** The pool that the transaction's connection belongs to. */
  pool: postgres.Sql;
  sql: postgres.TransactionSql;
  readonly drizzle: Drizzle;
  /** Callbacks run in order of registration. */
  afterCommit(run: () => void | Promise<void>): void;
};

export function transactionOn(
  pool: postgres.Sql,
  sql: postgres.TransactionSql,
  afterCommit: (() => void | Promise<void>)[],
): Tx {
  let onDemand: Drizzle | undefined;
  return {
    pool,
    sql,
    get drizzle() {
      return (onDemand ??= drizzleOn(pool, sql));
    },
    afterCommit: (run) => void afterCommit.push(run),
  };
}

/** A pool or a transaction. */
export type Queryable = { sql: postgres.Sql | postgres.TransactionSql; drizzle: Drizzle };

/** For deadlocks and serialization failures. */
const MAX_TRANSACTION_ATTEMPTS = 4;
const RETRY_DELAY_MS = 15;

/**
 * Runs `work` in a READ COMMITTED transaction, for raw SQL and drizzle. Retries deadlocks and serialization failures, so `work` must
 * have no effects outside it. Awaits the `afterCommit` callbacks; if one throws, so does this, although the transaction has committed.
 */
export async function inTransaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const afterCommit: (() => void | Promise<void>)[] = [];
    let result: T;
    try {
      result = (await inSpan('transaction', {}, () =>
        db.sql.begin((sql) => work(transactionOn(db.sql, sql, afterCommit))),
      )) as T;
    } catch (error) {
      if (attempt === MAX_TRANSACTION_ATTEMPTS || !isConflictOfTransactions(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, attempt * RETRY_DELAY_MS * (1 + Math.random())));
      continue;
    }
    for (const run of afterCommit) await run();
    return result;
  }
}
