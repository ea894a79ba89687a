/** A connection pool for one database, shared by drizzle and raw SQL. */
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { arrayTypes } from './arrayTypes.ts';
import { observePool } from './observedPool.ts';
import { poolBreaker } from './poolBreaker.ts';
import { poolMetrics } from './poolMetrics.ts';

/** `startTime` in TypeScript is `start_time` in SQL. */
export const CASING = 'snake_case';
/** Connections per pool by default. */
export const POOL_SIZE = 16;
const STATEMENT_TIMEOUT_MS = 10_000;
/** See `isLockTimeout`. Well below the statement timeout, so that contention for one row does not tie up the pool. */
const LOCK_TIMEOUT_MS = 2_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_SECONDS = 5;
const CLOSE_TIMEOUT_SECONDS = 5;

/** A pool of PgBouncer in transaction mode, which gives a connection to another client after each transaction. */
export type Pooler = 'transaction';

export type Drizzle = PostgresJsDatabase<Record<string, never>>;
export type Db = {
  sql: postgres.Sql;
  drizzle: Drizzle;
  close(): Promise<void>;
};

/** PgBouncer refuses parameters of a session that it does not know: it sets these and PLANNING itself (docs/scaling.md). */
export const TIMEOUTS = {
  statement_timeout: STATEMENT_TIMEOUT_MS,
  lock_timeout: LOCK_TIMEOUT_MS,
  idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
};

/**
 * Connections keep the plans of prepared statements and foreign keys. One that was made while a table was small reads the whole table, until the
 * table is analyzed again: at ten thousand bookings, each new one then took five times as long. Every statement has an index, and none is
 * worth compiling.
 */
const PLANNING = { enable_seqscan: 'off', jit: 'off' };

/**
 * Creates a pool that connects on first use. `name` appears in pg_stat_activity. Raw SQL returns timestamps, dates and times as text
 * in UTC; drizzle parses them.
 */
export function connect(
  url: string,
  options: { name: string; max?: number; pooler?: Pooler | undefined },
): Db {
  const { name, max = POOL_SIZE } = options;
  const isPooled = options.pooler === 'transaction';
  const parameters = {
    application_name: name,
    TimeZone: 'UTC',
    ...(isPooled ? {} : { ...TIMEOUTS, ...PLANNING }),
  };
  const breaker = poolBreaker(name, url, parameters);
  const sql = postgres(url, {
    max,
    ...breaker.connection,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    onnotice: () => {},
    fetch_types: false,
    types: arrayTypes,
    // The next statement may reach another connection, which has not prepared it.
    prepare: !isPooled,
    connection: parameters,
  });
  observePool(sql, { metrics: poolMetrics(name, max), breaker, isShared: isPooled });
  return {
    sql,
    drizzle: drizzleOn(sql, sql),
    async close() {
      breaker.stop();
      await sql.end({ timeout: CLOSE_TIMEOUT_SECONDS });
    },
  };
}

/** Statements that a pool keeps prepared: texts with lists of parameters are of any number. */
const MAX_PREPARED_STATEMENTS = 500;
const preparedTexts = new WeakMap<postgres.Sql, Set<string>>();

/**
 * Drizzle on a pool, or on a transaction of it. Its statements are prepared: otherwise each takes a second round trip, in which the
 * driver asks for the types of the parameters. Not with a pooler.
 */
export function drizzleOn(pool: postgres.Sql, sql: postgres.Sql | postgres.TransactionSql): Drizzle {
  const texts = preparedTexts.get(pool) ?? new Set();
  preparedTexts.set(pool, texts);
  const unsafe: typeof sql.unsafe = (text, parameters, options) => {
    if (texts.size < MAX_PREPARED_STATEMENTS) texts.add(text);
    return sql.unsafe(text, parameters, { ...options, prepare: pool.options.prepare && texts.has(text) });
  };
  // Drizzle sets its parsers in `options`, which a transaction's connection lacks: the pool's are used.
  return drizzle({ unsafe, options: pool.options } as unknown as postgres.Sql, { casing: CASING });
}
