import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { allocationProblems, withAllocations } from '@drizzle/booking/allocations.fixtures';
import { newId } from '@libs/db/ids';
import { testDatabase } from '@libs/testing/testDatabases';
import type postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate, migrateFrom } from './migrate.ts';
import { CannotPartition, partitionByTenant, PARTITIONED_TABLES } from './partitionByTenant.ts';
import { runOutsideOfTransaction } from './partitionedIndexes.ts';
import { writeMigrations } from './testing/releasedStates.ts';
import { schemaOf } from './testing/schemaOf.ts';

const COUNT = 4;
const folder = await mkdtemp(path.join(tmpdir(), 'vaga-partitions-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Those since allocations, after which a database can be partitioned. */
const STATES = ['0007_allocations', '0008_due', '0009_events_actor'];
const earlier = await Promise.all(STATES.map(async (last) => ({ last, ...(await testDatabase('empty')) })));
const { url, sql } = await testDatabase('empty');
const empty = await testDatabase('empty');

/** With its row counts; sorted by primary key, since no order is promised. */
const contentOf = async (table: string): Promise<unknown[]> => [
  ...(await sql`select to_jsonb(one) as row from ${sql(table)} as one order by to_jsonb(one)::text`),
];
let before: unknown[][];
const insertBooking = (db: postgres.Sql, tenant: string, hour: number) =>
  withAllocations(
    db,
    db`
      insert into bookings (id, tenant_id, resource_id, user_id, client_id, start_time, end_time, status, notes, created_at, updated_at)
      values (${newId()}, ${tenant}, ${tenant}, ${newId()}, ${newId()}, make_timestamptz(2027, 1, 6, ${hour}, 0, 0),
              make_timestamptz(2027, 1, 6, ${hour + 1}, 0, 0), 'CONFIRMED', 'Nota', now(), now())`,
  );
const tenants = Array.from({ length: 12 }, newId);

beforeAll(async () => {
  await migrate('booking', url);
  // A role that may only read, as an operator's own.
  await sql`grant select on bookings to pg_read_all_stats`;
  for (const tenant of tenants) for (const hour of [8, 9, 14]) await insertBooking(sql, tenant, hour);
  before = await Promise.all(PARTITIONED_TABLES.map(contentOf));
  await partitionByTenant(url, COUNT);
});

it('keeps every row, spreads tenants, and leaves nothing of the plain tables', async () => {
  expect(await Promise.all(PARTITIONED_TABLES.map(contentOf))).toEqual(before);
  expect(before[0]).toHaveLength(36);
  const parts = await sql`select distinct tableoid::regclass::text as part from bookings`;
  expect(parts.length).toBeGreaterThan(1);
  const plain = await sql`select relname from pg_class where relname ~ '_plain'`;
  expect([...plain]).toEqual([]);
  const granted = await sql`select has_table_privilege('pg_read_all_stats', 'bookings', 'select') as may`;
  expect(granted[0]!['may']).toBe(true);
  expect(await allocationProblems(sql)).toEqual([]);
});

it('keeps the guarantees and triggers', async () => {
  await expect(insertBooking(sql, tenants[0]!, 8)).rejects.toMatchObject({
    constraint_name: expect.stringMatching(/^allocations_no_overlap_p\d$/),
  });
  await insertBooking(sql, tenants[0]!, 16);
  const since =
    await sql`select confirmed_since from bookings where tenant_id = ${tenants[0]!} and confirmed_since is null`;
  expect([...since]).toEqual([]);
  const names = await sql`
    select part.relname from pg_inherits join pg_class part on part.oid = inhrelid join pg_class whole on whole.oid = inhparent
    where part.relkind = 'i' and part.relname !~ ('^' || whole.relname || '_p[0-9]+$')`;
  expect([...names]).toEqual([]);
  // For each: the table's, and one for each partition.
  const statistics =
    await sql`select count(*)::int as n from pg_statistic_ext where stxname ~ '^bookings_user_tenant'`;
  expect(statistics[0]).toEqual({ n: 1 + COUNT });
});

it('refuses a database that is partitioned already, and one without tables', async () => {
  await expect(partitionByTenant(url, COUNT)).rejects.toThrow(CannotPartition);
  await expect(partitionByTenant(empty.url, COUNT)).rejects.toThrow(CannotPartition);
  expect(await empty.sql`select from pg_class where relname = 'bookings'`).toHaveLength(0);
});

it('gives way to a request that keeps the tables, and changes nothing', async () => {
  const other = await testDatabase('empty');
  await migrate('booking', other.url);
  await other.sql.begin(async (tx) => {
    await tx`select from bookings`;
    await expect(partitionByTenant(other.url, COUNT)).rejects.toMatchObject({ code: '55P03' });
  });
  expect(await other.sql`select from pg_partitioned_table`).toHaveLength(0);
  await partitionByTenant(other.url, COUNT);
  await other.drop();
});

describe('migrations of later releases', () => {
  it.each(earlier)(
    'since $last lead to the same schema on partitioned tables',
    async ({ last, url, sql }) => {
      const migrations = path.join(folder, last);
      writeMigrations({ database: 'booking', last, edited: {} }, migrations);
      await migrateFrom(migrations, url);
      await partitionByTenant(url, COUNT);
      await migrate('booking', url);
      const newest = await testDatabase('empty');
      await migrate('booking', newest.url);
      await partitionByTenant(newest.url, COUNT);
      expect(await schemaOf(sql)).toEqual(await schemaOf(newest.sql));
      await newest.drop();
    },
  );

  const validity = async () =>
    (
      await sql`
        select relname as name, indisvalid as valid from pg_index join pg_class on oid = indexrelid
        where relname ~ '^bookings_by_source' order by 1`
    ).map((row) => ({ ...row }));
  const all = ['', '_p0', '_p1', '_p2', '_p3'].map((suffix) => ({
    name: `bookings_by_source${suffix}`,
    valid: true,
  }));
  const CREATE = `-- squawk-disable-assume-in-transaction
create index concurrently if not exists bookings_by_source on bookings (tenant_id, source) where notes is not null;`;

  it('build indexes concurrently, once, also after they broke off', async () => {
    await runOutsideOfTransaction(sql, CREATE);
    expect(await validity()).toEqual(all);
    await runOutsideOfTransaction(sql, CREATE);
    expect(await validity()).toEqual(all);
    await runOutsideOfTransaction(sql, 'DROP INDEX CONCURRENTLY IF EXISTS "bookings_by_source";');
    expect(await validity()).toEqual([]);
    await runOutsideOfTransaction(sql, 'DROP INDEX CONCURRENTLY IF EXISTS "bookings_by_source";');
    // As after a failure in the middle: one is there and broken, others are missing.
    await sql`create index bookings_by_source on only bookings (tenant_id, source) where notes is not null`;
    await sql`create index bookings_by_source_p1 on bookings_p1 (tenant_id, source) where notes is not null`;
    await sql`update pg_index set indisvalid = false where indexrelid = 'bookings_by_source_p1'::regclass`;
    await runOutsideOfTransaction(sql, CREATE);
    expect(await validity()).toEqual(all);
  });

  it('may add columns, checks and foreign keys as the rules say', async () => {
    for (const statement of [
      'alter table bookings add column color text',
      'alter table bookings add constraint bookings_color check (color is not null) not valid',
      "update bookings set color = 'red' where color is null",
      'alter table bookings validate constraint bookings_color',
      'alter table bookings alter column color set not null',
      'alter table bookings drop constraint bookings_color',
      'alter table bookings drop column color',
    ])
      await sql.unsafe(statement);
  });
});
