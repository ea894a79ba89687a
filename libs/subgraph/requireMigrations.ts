import { readFileSync } from 'node:fs';
import type { Db } from '@libs/db/connect';
import { sqlStateOf } from '@libs/db/constraints';
import type { SubgraphName } from '@libs/runtime/subgraphs';
import type { Log } from '@libs/telemetry/log';

const INSUFFICIENT_PRIVILEGE = '42501';

type Journal = { entries: { tag: string; when: number }[] };

const journalOf = (name: SubgraphName): Journal => {
  const file = new URL(`../../drizzle/${name}/migrations/meta/_journal.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Journal;
};

/**
 * Resolves once the database has every migration of this release, whatever a later one has added, and rejects until then. Looks until it has seen
 * it once, and logs what is missing once. A user of the database who may not read what was migrated is believed.
 */
export function requireMigrations(name: SubgraphName, db: Db, log: Log): () => Promise<void> {
  const { tag, when } = journalOf(name).entries.at(-1)!;
  let isMigrated = false;
  let isLogged = false;
  const last = async (): Promise<number> => {
    const [table] = await db.sql<{ isThere: boolean }[]>`
      select to_regclass('drizzle.__drizzle_migrations') is not null as "isThere"`;
    if (!table!.isThere) return 0;
    const [row] = await db.sql<{ last: string | null }[]>`
      select max(created_at) as last from drizzle.__drizzle_migrations`;
    return Number(row!.last ?? 0);
  };
  const believe = (error: unknown): number => {
    if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    return when;
  };
  return async () => {
    isMigrated ||= (await last().catch(believe)) >= when;
    if (isMigrated) return;
    if (!isLogged)
      log.error({ migration: tag }, 'not ready: the database lacks migrations (npm run migrate)');
    isLogged = true;
    throw new Error(`the database lacks ${tag}`);
  };
}
