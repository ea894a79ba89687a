/**
 * Released migrations are never edited: databases that have applied one would not receive the edit, and would differ from new
 * ones. Schema changes need a new migration.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { SUBGRAPHS, type SubgraphName } from '@libs/runtime/subgraphs';
import { describe, expect, it } from 'vitest';

type Migration = { tag: string; when: number; sha256: string };

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const released = JSON.parse(read('./released.json')) as Record<SubgraphName, Migration[]>;
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

/** The migrations in a database's folder, in the order of their application. */
function migrationsOf(name: SubgraphName): Migration[] {
  const { entries } = JSON.parse(read(`./${name}/migrations/meta/_journal.json`)) as { entries: Migration[] };
  return entries.map(({ tag, when }) => ({
    tag,
    when,
    sha256: hashOf(read(`./${name}/migrations/${tag}.sql`)),
  }));
}

describe.each(SUBGRAPHS)('migrations of %s', (name) => {
  it('equal those in released.json, so none was edited and every new one is listed', () => {
    expect(migrationsOf(name)).toEqual(released[name]);
  });

  it('are all in the journal', () => {
    const files = readdirSync(new URL(`./${name}/migrations`, import.meta.url)).filter((file) =>
      file.endsWith('.sql'),
    );
    expect(files.toSorted()).toEqual(migrationsOf(name).map(({ tag }) => `${tag}.sql`));
  });

  it('have ascending times, since the migrator skips one that is older than the last applied', () => {
    const times = migrationsOf(name).map(({ when }) => when);
    expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
  });
});
