/**
 * Migrations that were applied somewhere are never edited: databases that have applied one do not apply it again, so an edit leaves them
 * behind those that are made anew. What is to change, a new migration changes.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { SUBGRAPHS, type SubgraphName } from '@libs/runtime/subgraphs';
import { describe, expect, it } from 'vitest';

type Migration = { tag: string; when: number; sha256: string };

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const released = JSON.parse(read('./released.json')) as Record<SubgraphName, Migration[]>;
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

/** The migrations of a database as they are in its folder, in the order in which they are applied. */
function migrationsOf(name: SubgraphName): Migration[] {
  const { entries } = JSON.parse(read(`./${name}/migrations/meta/_journal.json`)) as { entries: Migration[] };
  return entries.map(({ tag, when }) => ({
    tag,
    when,
    sha256: hashOf(read(`./${name}/migrations/${tag}.sql`)),
  }));
}

describe.each(SUBGRAPHS)('migrations of %s', (name) => {
  it('are those of released.json, unchanged: a new one is added to it, none that is there is edited', () => {
    expect(migrationsOf(name)).toEqual(released[name]);
  });

  it('are all in the journal', () => {
    const files = readdirSync(new URL(`./${name}/migrations`, import.meta.url)).filter((file) =>
      file.endsWith('.sql'),
    );
    expect(files.toSorted()).toEqual(migrationsOf(name).map(({ tag }) => `${tag}.sql`));
  });

  it('have times that ascend: the migrator passes over one that is older than the last that it applied', () => {
    const times = migrationsOf(name).map(({ when }) => when);
    expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
  });
});
