/** One transaction for raw SQL and drizzle on one connection. */
import { drizzle } from 'drizzle-orm/postgres-js';
import type postgres from 'postgres';
import { CASING, type Db, type Drizzle } from './connect.ts';
import { sqlStateOf } from './constraints.ts';

export type Tx = {
  sql: postgres.TransactionSql;
  drizzle: Drizzle;
  /** Runs once the transaction has committed (waking the relay, dropping a cache entry), in the order of registration. */
  afterCommit(run: () => void | Promise<void>): void;
};

/** What a store's statement runs on: the pool, or the transaction it belongs to. */
export type Queryable = { sql: postgres.Sql | postgres.TransactionSql; drizzle: Drizzle };

/** How often a transaction that the database gave up for a deadlock or a serialization failure is tried in all. */
export const MAX_TRANSACTION_ATTEMPTS = 4;
const RETRY_DELAY_MS = 15;
const DEADLOCK_DETECTED = '40P01';
const SERIALIZATION_FAILURE = '40001';

/**
 * Runs `work` in a transaction (READ COMMITTED): commits where it returns, rolls back where it throws. Deadlocks and
 * serialization failures are tried again, so `work` must have no effect outside of its transaction. What was registered with
 * `afterCommit` is awaited before the answer; what throws there is thrown here, though the commit stands.
 */
export async function inTransaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const afterCommit: (() => void | Promise<void>)[] = [];
    let result: T;
    try {
      result = (await db.sql.begin(async (sql) => {
        // A scoped connection lacks `options`, where drizzle sets its parsers: those of the pool serve both.
        const scoped = Object.assign(sql, { options: db.sql.options });
        return work({
          sql,
          drizzle: drizzle(scoped as unknown as postgres.Sql, { casing: CASING }),
          afterCommit: (run) => void afterCommit.push(run),
        });
      })) as T;
    } catch (error) {
      const state = sqlStateOf(error);
      if (
        attempt === MAX_TRANSACTION_ATTEMPTS ||
        (state !== DEADLOCK_DETECTED && state !== SERIALIZATION_FAILURE)
      )
        throw error;
      await new Promise((resolve) => setTimeout(resolve, attempt * RETRY_DELAY_MS * (1 + Math.random())));
      continue;
    }
    for (const run of afterCommit) await run();
    return result;
  }
}
