import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SUBGRAPHS, type SubgraphName } from '@libs/runtime/subgraphs';
import { testDatabase } from '@libs/testing/testDatabases';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from './migrate.ts';
import { RELEASED_STATES, writeMigrations } from './testing/releasedStates.ts';
import { fill, rowsOf } from './testing/sampleRows.ts';
import { schemaOf } from './testing/schemaOf.ts';

const folder = await mkdtemp(path.join(tmpdir(), 'vaga-released-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const other = await testDatabase('booking');
/** The schemas of new databases. */
const fresh = {} as Record<SubgraphName, string[]>;
const created = await Promise.all(
  SUBGRAPHS.map(async (name) => ({ name, sql: (await testDatabase(name)).sql })),
);
beforeAll(async () => {
  for (const { name, sql } of created) fresh[name] = await schemaOf(sql);
});

const states = await Promise.all(
  RELEASED_STATES.map(async (state, index) => ({
    ...state,
    position: index,
    name: `${state.database} at ${[state.last, ...Object.values(state.edited)].join(' with ')}`,
    ...(await testDatabase('empty')),
  })),
);

/** With the names of today. Tombstones were called gone, and allocations have taken the place of the columns of occupied time. */
function asOfToday(before: Record<string, unknown[]>): Record<string, unknown[]> {
  const { bookings } = before;
  const deleted = before['gone'] as { id: string; kind: string }[] | undefined;
  const rows = Object.fromEntries(Object.entries(before).filter(([table]) => table !== 'gone'));
  return {
    ...rows,
    ...(deleted && { tombstones: deleted.map(({ id, kind }) => ({ id, kind, tenant_id: id })) }),
    ...(bookings && { bookings: bookings.map((row) => withoutOccupiedTime(row as object)) }),
  };
}

function withoutOccupiedTime(booking: object): object {
  const kept = Object.entries(booking).filter(([name]) => name !== 'unit' && name !== 'held');
  return Object.fromEntries(kept);
}

describe.each(states)('$name', ({ url, sql, position, ...state }) => {
  it('is migrated to the schema of a new database and keeps all of its rows', async () => {
    const migrations = path.join(folder, String(position));
    writeMigrations(state, migrations);
    await applyMigrations(drizzle(sql), { migrationsFolder: migrations });
    await fill(state.database, sql);
    const before = asOfToday(await rowsOf(sql));
    await migrate(state.database, url);
    expect(await schemaOf(sql)).toEqual(fresh[state.database]);
    // An upgrade may add columns and tables, but keeps every row with its values.
    expect(await rowsOf(sql)).toMatchObject(before);
    if (state.database === 'booking') {
      const [counts] = await sql`
        select (select count(*) from bookings where occupies) as bookings, (select count(*) from allocations) as allocations`;
      expect(counts!['allocations']).toBe(counts!['bookings']);
    }
    // Positions beyond the end of the outbox belong to another history of this database.
    const [relay] = await sql`select published, acknowledged, plain_cursors_until from outbox_relay`;
    expect(relay).toEqual({ published: '5', acknowledged: '7', plain_cursors_until: '7' });
  });
});

it('the migration of event tables changes nothing in a database that already has them', async () => {
  const { sql } = other;
  await sql.file(new URL('../libs/events/outboxHistory.sql', import.meta.url).pathname);
  expect(await schemaOf(sql)).toEqual(fresh.booking);
});

it('the comparison of schemas detects every kind of difference', async () => {
  const { sql } = other;
  const changes = [
    'alter table inbox drop constraint inbox_pkey, add primary key (consumer_group, event_id)',
    'drop index inbox_dead',
    'alter table outbox alter column payload drop not null',
    'alter table outbox alter column version set default 1',
    'alter table inbox reset (autovacuum_vacuum_scale_factor)',
    'alter sequence outbox_position increment 2',
    'alter sequence outbox_position owned by none',
    "alter type booking_status add value 'LATE'",
    'drop statistics bookings_user_tenant',
    'create function f() returns int language sql as $$ select 1 $$',
    'alter table bookings drop constraint bookings_time',
  ];
  let before = await schemaOf(sql);
  for (const change of changes) {
    await sql.unsafe(change);
    const after = await schemaOf(sql);
    expect(after, change).not.toEqual(before);
    before = after;
  }
});
