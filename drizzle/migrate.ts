/** Migrates a database. Several processes may do so at the same time. */
import { fileURLToPath } from 'node:url';
import { acquireSessionLock, LOCK_KEYS } from '@libs/db/advisoryLocks';
import type { SubgraphName } from '@libs/runtime/subgraphs';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';

export async function migrate(name: SubgraphName, url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await acquireSessionLock({ sql }, LOCK_KEYS.migration);
    await applyMigrations(drizzle(sql), {
      migrationsFolder: fileURLToPath(new URL(`./${name}/migrations`, import.meta.url)),
    });
  } finally {
    await sql.end();
  }
}
