import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { SUBGRAPHS, type SubgraphName } from '@libs/runtime/subgraphs';
import { testFolder } from '@libs/testing/folders';
import { testDatabase, type TestDatabase } from '@libs/testing/testDatabases';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Databases } from '../withDatabases.ts';
import { LEFT_OUT, LEFT_OUT_COLUMNS, LEFT_OUT_EVERYWHERE } from '@libs/subgraph/exportedTables';
import { tablesOfTenant } from '@libs/subgraph/readTenant';
import { exportToFolder } from './exportToFolder.ts';

const tests = Object.fromEntries(
  await Promise.all(SUBGRAPHS.map(async (name) => [name, await testDatabase(name)] as const)),
) as Record<SubgraphName, TestDatabase>;
const databases = Object.fromEntries(
  SUBGRAPHS.map((name) => [name, connect(tests[name].url, { name: 'export', max: 2 })]),
) as Databases;
afterAll(() => Promise.all(SUBGRAPHS.map((name) => databases[name].close())));

const [here, there] = [newId(), newId()];
/** More than are fetched at once. */
const RESOURCES = 1_234;
const SECRET = 'must-not-leave';

let folder: string;
beforeEach(async () => {
  folder = path.join(await testFolder(), 'export');
});

beforeAll(async () => {
  for (const id of [here, there]) {
    await tests.tenant.sql`
      insert into tenants (id, name, domain, plan, created_at, updated_at) values (${id}, ${`Name of ${id}`}, ${id}, 'BASIC', now(), now())`;
    await tests.tenant.sql`
      insert into webhooks (id, tenant_id, url, events, is_active, secret, previous_secret, created_at, updated_at)
      values (${newId()}, ${id}, 'https://example.com', '{BOOKING_CREATED}', true, ${SECRET}, ${SECRET}, now(), now())`;
    await tests.user.sql`
      insert into users (id, tenant_id, name, email, password_hash, user_type, can_book, can_manage_bookings, can_manage_resources,
                         can_manage_users, metadata, is_active, created_at, updated_at)
      values (${newId()}, ${id}, 'Zoë "Z"', ${`${id}@example.com`}, ${SECRET}, 'USER', true, false, false, false, '{"a": [1]}', true, now(), now())`;
    await tests.user.sql`
      insert into api_keys (id, tenant_id, name, prefix, key_hash, scopes, is_active, created_at)
      values (${newId()}, ${id}, 'Server', 'vaga_a', ${Buffer.from(SECRET + id)}, '{BOOKINGS_READ}', true, now())`;
    const category = newId();
    await tests.resource.sql`
      insert into resource_categories (id, tenant_id, name, type, created_at, updated_at) values (${category}, ${id}, 'Rooms', 'PHYSICAL', now(), now())`;
    await tests.resource.sql`
      insert into resources (id, tenant_id, category_id, name, capacity, attributes, created_at, updated_at)
      select gen_random_uuid(), ${id}, ${category}, 'Room ' || n, 1, '{}', now(), now() from generate_series(1, ${RESOURCES}) as n`;
    await tests.booking.sql`
      insert into closures (id, tenant_id, name, from_date, to_date, created_at, updated_at)
      values (${newId()}, ${id}, 'Natal', '2027-12-25', '2027-12-25', now(), now())`;
  }
});

it('writes every row of the tenant, and none of another or a secret', async () => {
  const { tables } = await exportToFolder(databases, here, folder);
  expect(Object.fromEntries(Object.entries(tables).filter(([, count]) => count > 0))).toEqual({
    'tenant.tenants': 1,
    'tenant.webhooks': 1,
    'user.users': 1,
    'user.api_keys': 1,
    'resource.resource_categories': 1,
    'resource.resources': RESOURCES,
    'booking.closures': 1,
  });
  const files = await readdir(folder);
  expect(files.toSorted()).toEqual(
    ['export.json', ...Object.keys(tables).map((name) => `${name}.jsonl`)].toSorted(),
  );
  for (const file of files) {
    const text = await readFile(path.join(folder, file), 'utf8');
    for (const hidden of [there, SECRET, Buffer.from(SECRET).toString('hex')])
      expect(text).not.toContain(hidden);
    expect((await stat(path.join(folder, file))).mode & 0o077).toBe(0);
  }
  const lines = (await readFile(path.join(folder, 'resource.resources.jsonl'), 'utf8')).trimEnd().split('\n');
  expect(new Set(lines.map((line) => (JSON.parse(line) as { name: string }).name)).size).toBe(RESOURCES);
  const user = JSON.parse(await readFile(path.join(folder, 'user.users.jsonl'), 'utf8')) as object;
  expect(user).toMatchObject({ name: 'Zoë "Z"', metadata: { a: [1] }, tenant_id: here });
  expect(JSON.parse(await readFile(path.join(folder, 'export.json'), 'utf8'))).toMatchObject({
    tenantId: here,
    tables,
  });
});

it('refuses an unknown tenant, and a folder with files', async () => {
  await expect(exportToFolder(databases, newId(), folder)).rejects.toThrow('There is no tenant');
  await expect(exportToFolder(databases, 'x', folder)).rejects.toThrow('is not a tenant id');
  await exportToFolder(databases, here, folder);
  await expect(exportToFolder(databases, here, folder)).rejects.toThrow('is not empty');
});

it('knows every table and every column with a secret', async () => {
  const unknown: string[] = [];
  for (const name of SUBGRAPHS) {
    const { sql } = tests[name];
    const exported = new Set((await tablesOfTenant({ sql }, name)).map(({ table }) => table));
    const columns = await sql<{ table: string; column: string; type: string }[]>`
      select table_name as table, column_name as column, data_type as type from information_schema.columns
      join pg_tables on tablename = table_name and schemaname = table_schema where table_schema = 'public'`;
    for (const { table, column, type } of columns) {
      const isKnown = exported.has(table) || `${name}.${table}` in LEFT_OUT || table in LEFT_OUT_EVERYWHERE;
      // The hash of an input to a mutation protects nothing.
      const isNamedSo = /secret|password|hash|token/.test(column) && column !== 'input_hash';
      const mayBeSecret = type === 'bytea' || (type === 'text' && isNamedSo);
      if (!isKnown) unknown.push(`${name}.${table}`);
      else if (exported.has(table) && mayBeSecret && !LEFT_OUT_COLUMNS.includes(column)) {
        unknown.push(`${name}.${table}.${column}`);
      }
    }
  }
  expect([...new Set(unknown)]).toEqual([]);
});
