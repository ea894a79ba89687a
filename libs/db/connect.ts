/** One pool of connections to one database, for drizzle and for raw prepared SQL alike. */
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';

/** `startTime` in TypeScript is `start_time` in SQL. */
export const CASING = 'snake_case';
/** Connections of one process to its database. */
export const POOL_SIZE = 16;
/** A statement that takes longer is ended by the server, in milliseconds. */
export const STATEMENT_TIMEOUT_MS = 10_000;
/**
 * A statement that waits longer for a lock is ended by the server (see `isLockTimeout`), in milliseconds: well before it would be
 * ended for its length, so that those who wait for one thing soon give their connections back.
 */
export const LOCK_TIMEOUT_MS = 2_000;
/** A transaction that waits for its client longer is ended by the server, in milliseconds. */
export const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;
/** How long a new connection may take, in seconds. */
export const CONNECT_TIMEOUT_SECONDS = 5;

export type Drizzle = PostgresJsDatabase<Record<string, never>>;
export type Db = {
  sql: postgres.Sql;
  drizzle: Drizzle;
  close(): Promise<void>;
};

/**
 * Opens a pool; nothing is sent until it is used. `name` is what pg_stat_activity shows. Rows of raw SQL carry timestamps,
 * dates and times as text in UTC (see `columns.ts` for what drizzle makes of them).
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
