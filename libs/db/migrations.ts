/** What drizzle notes of migrations: the journal of a release's files, and in each database what was applied. */
import { readFileSync } from 'node:fs';
import type { Queryable } from './inTransaction.ts';

/** `when`: the time at which it was made, in epoch milliseconds. */
export type MigrationEntry = { tag: string; when: number };

/** The migrations of this release, in order. `database`: such as 'booking'. */
export function migrationEntriesOf(database: string): MigrationEntry[] {
  const file = new URL(`../../drizzle/${database}/migrations/meta/_journal.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { entries: MigrationEntry[] }).entries;
}

/** When the last applied migration was made, in epoch milliseconds; 0: none is applied. */
export async function lastMigration({ sql }: Pick<Queryable, 'sql'>): Promise<number> {
  const [table] = await sql<{ isThere: boolean }[]>`
    select to_regclass('drizzle.__drizzle_migrations') is not null as "isThere"`;
  if (!table!.isThere) return 0;
  const [row] = await sql<{ last: string | null }[]>`
    select max(created_at) as last from drizzle.__drizzle_migrations`;
  return Number(row!.last ?? 0);
}
