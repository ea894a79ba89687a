/**
 * docs/security.md says of every table what personal data it has, where in it, and how long. Every column that can hold text must be named
 * there: a new one fails until somebody has decided what it is.
 */
import { readFileSync } from 'node:fs';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { testDatabase } from '@libs/testing/testDatabases';
import { expect, test } from 'vitest';

const document = readFileSync(new URL('../docs/security.md', import.meta.url), 'utf8');
const section = document.slice(document.indexOf('## Personal data')).split(/\n## /)[0]!;

/** By 'database.table', the names in backticks of its row. */
const described = new Map(
  section
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter(([, table]) => table?.startsWith('`'))
    .flatMap(([, tables, ...cells]) => {
      const names = [...cells.join(' ').matchAll(/`(\w+)`/g)].map(([, name]) => name!);
      return [...tables!.matchAll(/`(\w+)\.(\w+)`/g)].map(([, database, table]) => [
        `${database}.${table}`,
        names,
      ]);
    }) as [string, string[]][],
);

const databases = await Promise.all(
  SUBGRAPHS.map(async (name) => ({ name, sql: (await testDatabase(name)).sql })),
);

test('docs/security.md has a row for every table, with each of its columns that holds text', async () => {
  const missing: string[] = [];
  const existing: string[] = [];
  for (const { name, sql } of databases) {
    const columns = await sql<{ table: string; column: string; type: string }[]>`
      select table_name as table, column_name as column, data_type as type
      from information_schema.columns join pg_tables on tablename = table_name and schemaname = table_schema
      where table_schema = 'public' order by 1, ordinal_position`;
    for (const { table, column, type } of columns) {
      const location = `${name}.${table}`;
      existing.push(location);
      const isText = /text|character|json|bytea|ARRAY/.test(type);
      if (!described.has(location)) missing.push(location);
      else if (isText && !described.get(location)!.includes(column)) missing.push(`${location}.${column}`);
    }
  }
  expect([...new Set(missing)]).toEqual([]);
  expect([...described.keys()].filter((location) => !existing.includes(location))).toEqual([]);
});
