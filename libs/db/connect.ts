/** A connection pool for one database, shared by drizzle and raw SQL. */
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';

/** `startTime` in TypeScript is `start_time` in SQL. */
export const CASING = 'snake_case';
/** Connections per pool by default. */
export const POOL_SIZE = 16;
const STATEMENT_TIMEOUT_MS = 10_000;
/** See `isLockTimeout`. Well below the statement timeout, so that contention for one row does not tie up the pool. */
const LOCK_TIMEOUT_MS = 2_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_SECONDS = 5;

export type Drizzle = PostgresJsDatabase<Record<string, never>>;
export type Db = {
  sql: postgres.Sql;
  drizzle: Drizzle;
  close(): Promise<void>;
};

/**
 * Creates a pool that connects on first use. `name` appears in pg_stat_activity. Raw SQL returns timestamps, dates and times as text
 * in UTC; drizzle parses them.
 */
export function connect(url: string, options: { name: string; max?: number }): Db {
  const sql = postgres(url, {
    max: options.max ?? POOL_SIZE,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    onnotice: () => {},
    connection: {
      application_name: options.name,
      TimeZone: 'UTC',
      statement_timeout: STATEMENT_TIMEOUT_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    },
  });
  return { sql, drizzle: drizzle(sql, { casing: CASING }), close: () => sql.end({ timeout: 5 }) };
}
