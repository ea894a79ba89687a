/** Brings a database to its newest migration. Safe to run by several at once. */
import { fileURLToPath } from 'node:url';
import type { SubgraphName } from '@libs/runtime/subgraphs';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';

/** Whoever migrates holds this advisory lock, so that two who start at once do not race. */
const MIGRATION_LOCK = 7_016_996;

/** Applies what the database at `url` lacks of the subgraph's migrations. */
export async function migrate(name: SubgraphName, url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql`select pg_advisory_lock(${MIGRATION_LOCK})`;
    await applyMigrations(drizzle(sql), {
      migrationsFolder: fileURLToPath(new URL(`./${name}/migrations`, import.meta.url)),
    });
  } finally {
    await sql.end();
  }
}
