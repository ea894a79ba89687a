import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SUBGRAPHS, type SubgraphName } from '@libs/runtime/subgraphs';
import { describe, expect, it } from 'vitest';
import { migrationsOf } from './migrate.ts';
import { brokenRulesOf } from './testing/migrationRules.ts';

/** The last migrations from before the rules. */
const LAST_UNCHECKED: Record<SubgraphName, string> = {
  tenant: '0009_frontend_url.sql',
  user: '0008_accounts.sql',
  resource: '0005_events_actor.sql',
  booking: '0009_events_actor.sql',
};

describe.each(SUBGRAPHS)('migrations of %s', (name) => {
  it('lock, rewrite and take away nothing that the release before needs', () => {
    const files = readdirSync(migrationsOf(name)).filter(
      (file) => file.endsWith('.sql') && file > LAST_UNCHECKED[name],
    );
    const broken = files.flatMap((file) =>
      brokenRulesOf(readFileSync(path.join(migrationsOf(name), file), 'utf8')).map(
        ({ rule, line }) => `${file}:${line + 1}: ${rule}`,
      ),
    );
    expect(broken).toEqual([]);
  });
});

const rulesOf = (sql: string) => brokenRulesOf(sql).map(({ rule }) => rule);

describe('a migration', () => {
  it.each([
    ['drops a column', 'alter table bookings drop column notes', 'ban-drop-column'],
    ['drops a table', 'drop table holds', 'ban-drop-table'],
    ['renames a column', 'alter table bookings rename column notes to note', 'renaming-column'],
    ['renames a table', 'alter table holds rename to kept', 'renaming-table'],
    [
      'adds a column that old processes do not fill',
      'alter table bookings add column a int not null',
      'adding-required-field',
    ],
    [
      'makes a column required',
      'alter table bookings alter column notes set not null',
      'adding-not-nullable-field',
    ],
    ['changes a type', 'alter table bookings alter column notes type varchar', 'changing-column-type'],
    [
      'rewrites a table',
      'alter table bookings add column a timestamptz default clock_timestamp()',
      'adding-field-with-default',
    ],
    [
      'indexes a table under a lock',
      'create index a on bookings (notes)',
      'require-concurrent-index-creation',
    ],
    [
      'checks a table under a lock',
      "alter table bookings add constraint a check (notes <> '')",
      'constraint-missing-not-valid',
    ],
    [
      'cannot run in its transaction',
      'create table b (id int); create index concurrently if not exists a on bookings (notes)',
      'ban-concurrent-index-creation-in-transaction',
    ],
    ['writes many rows', "-- Fills it.\nupdate bookings set notes = ''", 'writes-rows'],
  ])('may not be one that %s', (_, sql, rule) => {
    expect(rulesOf(`${sql};`)).toContain(rule);
  });

  it('may make tables with indexes, and add columns and constraints that are validated later', () => {
    const sql = `
      create table a (id uuid primary key, name text);--> statement-breakpoint
      create index a_name on a (name);--> statement-breakpoint
      alter table bookings add column b text, add column c int default 0 not null;--> statement-breakpoint
      alter table bookings add constraint d check (b <> '') not valid;`;
    expect(rulesOf(sql)).toEqual([]);
  });

  it('may name an exception with its reason', () => {
    const drop =
      '-- Unused since 0.3.\n-- squawk-ignore ban-drop-column\nalter table bookings drop column notes;';
    expect(rulesOf(drop)).toEqual([]);
    expect(
      rulesOf("-- migration-allow writes-rows: a row for each tenant\nupdate tenants set name = '';"),
    ).toEqual([]);
  });

  it('may index a large table outside of a transaction', () => {
    const sql = `-- squawk-disable-assume-in-transaction
      drop index concurrently if exists a;--> statement-breakpoint
      create index concurrently if not exists a on bookings (notes);`;
    expect(rulesOf(sql)).toEqual([]);
  });
});
