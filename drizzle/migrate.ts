/** Migrates a database. Several processes may do so at the same time, and others may use the database meanwhile. See docs/migrations.md. */
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LOCK_KEYS, tryAcquireSessionLock } from '@libs/db/advisoryLocks';
import { isLockTimeout, sqlStateOf } from '@libs/db/constraints';
import { lastMigration, migrationEntriesOf } from '@libs/db/migrations';
import type { SubgraphName } from '@libs/runtime/subgraphs';
import { readMigrationFiles, type MigrationMeta } from 'drizzle-orm/migrator';
import postgres from 'postgres';
import { completePartitions } from './partitionByTenant.ts';
import { runOutsideOfTransaction } from './partitionedIndexes.ts';

const DEADLOCK_DETECTED = '40P01';
const INSUFFICIENT_PRIVILEGE = '42501';
/** Attempts at one migration: a deadlock undoes all of it. */
const MAX_ATTEMPTS = 10;
/** Requests wait behind a migration that waits for a table, so it gives way, and tries again. */
const LOCK_TIMEOUT_MS = 5_000;
const MAX_LOCK_ATTEMPTS = 30;
const LOCK_PAUSE_MS = 1_000;
/** While another process migrates. */
const POLL_MS = 200;
/**
 * In a migration that cannot run in a transaction, such as CREATE INDEX CONCURRENTLY. It is tried again from its first statement, so each must
 * do nothing where it was done. Also squawk's own comment.
 */
const OUTSIDE_OF_TRANSACTION = '-- squawk-disable-assume-in-transaction';

export const migrationsOf = (name: SubgraphName): string =>
  fileURLToPath(new URL(`./${name}/migrations`, import.meta.url));

export const migrate = (name: SubgraphName, url: string): Promise<void> =>
  migrateFrom(migrationsOf(name), url);

export async function migrateFrom(migrationsFolder: string, url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    // A statement that waits for the lock would hold up CREATE INDEX CONCURRENTLY, which waits for all older statements.
    while (!(await tryAcquireSessionLock({ sql }, LOCK_KEYS.migration))) await delay(POLL_MS);
    await loseNoDeadlock(sql);
    await sql.unsafe(`set lock_timeout = ${LOCK_TIMEOUT_MS}`);
    const last = await lastApplied(sql);
    const pending = readMigrationFiles({ migrationsFolder }).filter(
      ({ folderMillis }) => folderMillis > last,
    );
    for (const migration of pending) await applyWithRetries(sql, migration);
    if (pending.length > 0) await completePartitions(sql);
  } finally {
    await sql.end();
  }
}

export type MigrationStatus = {
  /** In order. */
  migrations: { tag: string; isApplied: boolean }[];
  /** Whether a later release has migrated the database. */
  isOfNewerRelease: boolean;
};

/** Changes nothing. */
export async function migrationStatus(name: SubgraphName, sql: postgres.Sql): Promise<MigrationStatus> {
  const entries = migrationEntriesOf(name);
  const last = await lastMigration({ sql });
  return {
    migrations: entries.map(({ tag, when }) => ({ tag, isApplied: when <= last })),
    isOfNewerRelease: last > Math.max(...entries.map(({ when }) => when)),
  };
}

/**
 * A migration and a request may lock tables in opposite orders. Postgres then ends the one that first waits for deadlock_timeout (1 s by
 * default). It should be the request, which tries again (inTransaction). Users without the privilege to set it go on without.
 */
async function loseNoDeadlock(sql: postgres.Sql): Promise<void> {
  try {
    await sql`set deadlock_timeout = '30s'`;
  } catch (error) {
    if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
  }
}

/** Creates drizzle's own table if it is missing. */
async function lastApplied(sql: postgres.Sql): Promise<number> {
  await sql`create schema if not exists drizzle`;
  await sql`
    create table if not exists drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)`;
  return lastMigration({ sql });
}

async function applyWithRetries(sql: postgres.Sql, migration: MigrationMeta): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await apply(sql, migration);
      return;
    } catch (error) {
      const isDeadlock = sqlStateOf(error) === DEADLOCK_DETECTED && attempt < MAX_ATTEMPTS;
      const isBusy = isLockTimeout(error) && attempt < MAX_LOCK_ATTEMPTS;
      if (!isDeadlock && !isBusy) throw error;
      if (isBusy) await delay(LOCK_PAUSE_MS);
    }
  }
}

/**
 * In a transaction of its own, other than drizzle's migrator: deferred constraints are checked at the commit, and until then Postgres
 * allows no change of a table whose rows the migration before has written.
 */
async function apply(
  sql: postgres.Sql,
  { sql: statements, hash, folderMillis }: MigrationMeta,
): Promise<void> {
  if (statements[0]?.includes(OUTSIDE_OF_TRANSACTION)) {
    for (const statement of statements) await runOutsideOfTransaction(sql, statement);
    await sql`insert into drizzle.__drizzle_migrations (hash, created_at) values (${hash}, ${folderMillis})`;
    return;
  }
  await sql.begin(async (tx) => {
    for (const statement of statements) await tx.unsafe(statement);
    await tx`insert into drizzle.__drizzle_migrations (hash, created_at) values (${hash}, ${folderMillis})`;
  });
}
