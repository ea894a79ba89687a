import type { Db } from '@libs/db/connect';
import { sqlStateOf } from '@libs/db/constraints';
import { lastMigration, migrationEntriesOf } from '@libs/db/migrations';
import type { SubgraphName } from '@libs/runtime/subgraphs';
import type { Log } from '@libs/telemetry/log';

const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Resolves once the database has every migration of this release, whatever a later one has added, and rejects until then. Looks until it has seen
 * it once, and logs what is missing once. If the database's user may not read drizzle's table, the migrations are taken for applied.
 */
export function requireMigrations(name: SubgraphName, db: Db, log: Log): () => Promise<void> {
  const { tag, when } = migrationEntriesOf(name).at(-1)!;
  let isMigrated = false;
  let isLogged = false;
  const whereForbidden = (error: unknown): number => {
    if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    return when;
  };
  return async () => {
    isMigrated ||= (await lastMigration(db).catch(whereForbidden)) >= when;
    if (isMigrated) return;
    if (!isLogged)
      log.error({ migration: tag }, 'not ready: the database lacks migrations (npm run migrate)');
    isLogged = true;
    throw new Error(`the database lacks ${tag}`);
  };
}
