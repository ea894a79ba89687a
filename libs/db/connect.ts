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
  return { sql, drizzle: drizzleOn(sql, sql), close: () => sql.end({ timeout: 5 }) };
}

/** Statements that a pool keeps prepared: texts with lists of parameters are of any number. */
const MAX_PREPARED_STATEMENTS = 500;
const preparedTexts = new WeakMap<postgres.Sql, Set<string>>();

/**
 * Drizzle on a pool, or on a transaction of it. Its statements are prepared: otherwise each takes a second round trip, in which the
 * driver asks for the types of the parameters.
 */
export function drizzleOn(pool: postgres.Sql, sql: postgres.Sql | postgres.TransactionSql): Drizzle {
  const texts = preparedTexts.get(pool) ?? new Set();
  preparedTexts.set(pool, texts);
  const unsafe: typeof sql.unsafe = (text, parameters, options) => {
    if (texts.size < MAX_PREPARED_STATEMENTS) texts.add(text);
    return sql.unsafe(text, parameters, { ...options, prepare: texts.has(text) });
  };
  // Drizzle sets its parsers in `options`, which a transaction's connection lacks: the pool's are used.
  return drizzle({ unsafe, options: pool.options } as unknown as postgres.Sql, { casing: CASING });
}
