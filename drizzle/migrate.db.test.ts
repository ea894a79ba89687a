import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { migrate, migrateFrom, migrationStatus } from './migrate.ts';

const { url, sql } = await testDatabase('empty');
const other = await testDatabase('empty');
const folder = mkdtempSync(path.join(tmpdir(), 'vaga-migrations-'));
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(async () => {
  await sql`drop schema if exists drizzle cascade`;
  await sql`drop table if exists items`;
  rmSync(path.join(folder, 'meta'), { recursive: true, force: true });
  mkdirSync(path.join(folder, 'meta'));
});

function write(...migrations: string[]): void {
  const entries = migrations.map((_, idx) => ({
    idx,
    when: idx + 1,
    tag: `000${idx}_test`,
    breakpoints: true,
  }));
  writeFileSync(path.join(folder, 'meta/_journal.json'), JSON.stringify({ entries }));
  for (const [idx, text] of migrations.entries())
    writeFileSync(path.join(folder, `000${idx}_test.sql`), text);
}

const CREATE = 'create table items (id int)';
const INDEX = `-- squawk-disable-assume-in-transaction
drop index concurrently if exists items_id;--> statement-breakpoint
create index concurrently if not exists items_id on items (id);`;

it('gives way to a transaction that has the table, and tries again', async () => {
  write(CREATE);
  await migrateFrom(folder, url);
  write(CREATE, 'alter table items add column name text');
  let migration: Promise<void> | undefined;
  await sql.begin(async (tx) => {
    await tx`insert into items (id) values (1)`;
    migration = migrateFrom(folder, url);
    // More than the lock timeout. Requests behind a migration that waits on would never be served here.
    const until = performance.now() + 7_000;
    while (performance.now() < until) {
      await sql`select from items`;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
  await migration;
  expect(await sql`select id, name from items`).toEqual([{ id: 1, name: null }]);
});

it('indexes a table while it is written, though several migrate at once, and again after a failure', async () => {
  write(CREATE, INDEX);
  await Promise.all([migrateFrom(folder, url), migrateFrom(folder, url), migrateFrom(folder, url)]);
  const isValid = async () =>
    (await sql`select indisvalid from pg_index where indexrelid = 'items_id'::regclass`)[0]?.['indisvalid'];
  expect(await isValid()).toBe(true);
  // As CREATE INDEX CONCURRENTLY leaves one behind that fails.
  await sql`update pg_index set indisvalid = false where indexrelid = 'items_id'::regclass`;
  await sql`delete from drizzle.__drizzle_migrations where created_at = 2`;
  await migrateFrom(folder, url);
  expect(await isValid()).toBe(true);
});

it('a status lists what is not applied, and changes nothing', async () => {
  const before = await migrationStatus('tenant', other.sql);
  expect(before.migrations.filter(({ isApplied }) => isApplied)).toEqual([]);
  expect(await other.sql`select from pg_namespace where nspname = 'drizzle'`).toHaveLength(0);
  await migrate('tenant', other.url);
  const after = await migrationStatus('tenant', other.sql);
  expect(after).toEqual({
    migrations: before.migrations.map(({ tag }) => ({ tag, isApplied: true })),
    isOfNewerRelease: false,
  });
  await other.sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('later', ${Date.now() + 1_000})`;
  expect(await migrationStatus('tenant', other.sql)).toEqual({ ...after, isOfNewerRelease: true });
});
