/**
 * The migration to allocations, of a large database that the release before reads and writes meanwhile. To see how long its writes are
 * blocked: `npx vitest run --project db --reporter verbose drizzle/booking/migrationUnderLoad`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from '@libs/db/connect';
import { sqlStateOf } from '@libs/db/constraints';
import { newId } from '@libs/db/ids';
import { testDatabase } from '@libs/testing/testDatabases';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { migrate } from '../migrate.ts';
import { writeMigrations } from '../testing/releasedStates.ts';
import { schemaOf } from '../testing/schemaOf.ts';
import { allocationProblems, withAllocations } from './allocations.fixtures.ts';
import { BOOKINGS, fill, FREE_SINCE, RESOURCES } from './manyBookings.fixtures.ts';
import {
  busyTimes,
  cancel,
  COLUMNS,
  create,
  LAST_MIGRATION,
  list,
  move,
  type OldBooking,
  type Slot,
} from './previousRelease.fixtures.ts';

const { url, sql } = await testDatabase('empty');
const { sql: fresh } = await testDatabase('booking');
const previousRelease = connect(url, { name: 'booking', max: 10 });
afterAll(() => previousRelease.close());

/** Two of them want the same times. */
const WRITERS = 4;
const READERS = 2;
/** Before the migration begins, and of each kind of request after it. */
const MIN_ATTEMPTS = 20;
const FILL_LIMIT_MS = 120_000;

type Kind = 'create' | 'move' | 'cancel' | 'list' | 'busyTimes';
type Attempt = { kind: Kind; begun: number; ended: number; error?: string };

const WRITES: readonly Kind[] = ['create', 'move', 'cancel'];
const READS: readonly Kind[] = ['list', 'busyTimes'];
const attempts: Attempt[] = [];
/** As the release before was told that it had written them. */
const written = new Map<string, OldBooking>();
let writes = 0;
let isRunning = true;
let migration: { begun: number; ended: number };

async function attempt(kind: Kind, request: () => Promise<OldBooking | object[] | undefined>): Promise<void> {
  const begun = performance.now();
  try {
    const result = await request();
    if (WRITES.includes(kind) && !result) return;
    attempts.push({ kind, begun, ended: performance.now() });
    if (!result || Array.isArray(result)) return;
    writes += 1;
    const booking = result as OldBooking;
    written.set(booking.id, booking);
  } catch (error) {
    const message = `${sqlStateOf(error)} ${(error as Error).message}`;
    attempts.push({ kind, begun, ended: performance.now(), error: message });
  }
}

/** A time that is free unless another writer takes it. Days of it are left to each `lane`. */
function freeSlot({ tenant_id, resource_id }: Slot, lane: number, round: number): Slot {
  const start = Date.parse(FREE_SINCE) + (lane * 10_000 + round) * 3_600_000;
  const [start_time, end_time] = [start, start + 3_600_000].map((time) => new Date(time).toISOString());
  return { tenant_id, resource_id, start_time: start_time!, end_time: end_time! };
}

async function write(number: number, targets: readonly OldBooking[]): Promise<void> {
  const pair = Math.floor(number / 2);
  const shared = targets.filter((_, index) => index % (WRITERS / 2) === pair);
  const own = shared.filter((_, index) => index % 2 === number % 2);
  for (let round = 0; isRunning; round += 1) {
    await attempt('create', () => create(previousRelease, freeSlot(shared[round % 10]!, pair, round)));
    const booking = own[round % own.length]!;
    const current = written.get(booking.id) ?? booking;
    if (current.status === 'CANCELLED') continue;
    await attempt('move', () => move(previousRelease, current, freeSlot(current, WRITERS + number, round)));
    if (round % 2 === 0)
      await attempt('cancel', () => cancel(previousRelease, written.get(booking.id) ?? booking));
  }
}

async function read(slots: readonly OldBooking[]): Promise<void> {
  for (let round = 0; isRunning; round += 1) {
    const slot = slots[round % slots.length]!;
    await attempt('list', () => list(previousRelease, slot));
    await attempt('busyTimes', () => busyTimes(previousRelease, slot));
  }
}

const hasAttempts = (kinds: readonly Kind[], { since, isFailing }: { since: number; isFailing: boolean }) =>
  vi.waitFor(
    () => {
      for (const kind of kinds) {
        const those = attempts.filter((one) => one.kind === kind && one.begun >= since);
        if (!isFailing) expect(those.find(({ error }) => error)).toBeUndefined();
        expect(those.length, kind).toBeGreaterThan(MIN_ATTEMPTS);
      }
    },
    { timeout: 10_000, interval: 20 },
  );

beforeAll(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'vaga-previous-'));
  try {
    writeMigrations({ database: 'booking', last: LAST_MIGRATION, edited: {} }, folder);
    await applyMigrations(drizzle(sql), { migrationsFolder: folder });
  } finally {
    await rm(folder, { recursive: true });
  }
  await fill(sql);
  await sql`create schema expected`;
  await sql`create table expected.bookings as select ${sql.unsafe(COLUMNS)} from bookings`;
  const targets = await previousRelease.sql<OldBooking[]>`
    select ${previousRelease.sql.unsafe(COLUMNS)} from bookings
    where status in ('PENDING', 'CONFIRMED') and resource_id not in (select id from gone) order by md5(id::text) limit 10000`;

  const clients = [
    ...Array.from({ length: WRITERS }, (_, number) => write(number, targets)),
    ...Array.from({ length: READERS }, () => read(targets)),
  ];
  try {
    await hasAttempts([...WRITES, ...READS], { since: 0, isFailing: false });
    const begun = performance.now();
    await migrate('booking', url);
    migration = { begun, ended: performance.now() };
    await hasAttempts([...WRITES, ...READS], { since: migration.ended, isFailing: true });
  } finally {
    isRunning = false;
    await Promise.all(clients);
  }
  await sql`delete from expected.bookings where id = any(${[...written.keys()]}::uuid[])`;
  await sql`
    insert into expected.bookings
    select * from jsonb_populate_recordset(null::expected.bookings, ${JSON.stringify([...written.values()])}::text::jsonb)`;
}, FILL_LIMIT_MS);

it('keeps every booking, with the values that the release before was told it had written', async () => {
  const columns = sql.unsafe(COLUMNS);
  const differences = await sql`
    (select 'has' as now, ${columns} from (select ${columns} from bookings except select ${columns} from expected.bookings) as more)
    union all
    (select 'lacks', ${columns} from (select ${columns} from expected.bookings except select ${columns} from bookings) as less)
    limit 5`;
  expect([...differences]).toEqual([]);
  const created = attempts.filter(({ kind, error }) => kind === 'create' && !error).length;
  expect(created).toBeGreaterThan(MIN_ATTEMPTS);
  const [{ bookings, moved }] = await sql<[{ bookings: number; moved: number }]>`
    select count(*)::int as bookings,
           (count(*) filter (where (series_id is null) <> (original_start is null) or original_start <> start_time))::int as moved
    from bookings`;
  expect(bookings).toBe(BOOKINGS + created);
  expect(moved).toBe(0);
});

it('gives every booking that occupies time its allocation, and no other one', async () => {
  expect(await allocationProblems(sql)).toEqual([]);
  const [{ allocations, occupying }] = await sql<[{ allocations: number; occupying: number }]>`
    select (select count(*)::int from allocations) as allocations,
           (select count(*)::int from expected.bookings where status in ('PENDING', 'CONFIRMED', 'COMPLETED')) as occupying`;
  expect(allocations).toBe(occupying);
  expect(allocations).toBeGreaterThan(BOOKINGS / 2);
});

it('keeps tombstones, idempotency keys, and one event and one version of the resource for each write', async () => {
  const [counts] = await sql`
    select (select count(*)::int from tombstones) as tombstones, (select count(*)::int from idempotency_keys) as keys,
           (select count(*)::int from idempotency_keys where result_ids[1]::text = key) as results,
           (select count(*)::int from outbox) as events, (select sum(version)::int from resource_versions) as versions`;
  expect(counts).toEqual({
    tombstones: 3,
    keys: 5_000,
    results: 5_000,
    events: writes,
    versions: BOOKINGS + writes,
  });
});

it('has the constraints of a new database, and they refuse double bookings', async () => {
  expect(await schemaOf(sql)).toEqual(await schemaOf(fresh));
  const slots = await sql<(Slot & { occupies: boolean })[]>`
    (select tenant_id, resource_id, start_time, end_time, occupies from bookings where occupies and updated_at < created_at + interval '40 days' limit 100)
    union all
    (select tenant_id, resource_id, start_time, end_time, occupies from bookings where occupies order by updated_at desc limit 100)`;
  expect(slots.length).toBe(200);
  for (const slot of slots) {
    const booked = withAllocations(
      sql,
      sql`insert into bookings (id, tenant_id, resource_id, user_id, client_id, start_time, end_time, status, created_at, updated_at)
          values (${newId()}, ${slot.tenant_id}, ${slot.resource_id}, ${newId()}, ${newId()}, ${slot.start_time}::timestamptz + interval '10 minutes',
                  ${slot.end_time}, 'PENDING', now(), now())`,
    );
    await expect(booked).rejects.toMatchObject({ constraint_name: 'allocations_no_overlap' });
  }
});

it('lets no process of the release before write afterwards', async () => {
  const after = attempts.filter(({ begun }) => begun > migration.ended);
  const seen = (kind: Kind) => [
    ...new Set(after.filter((one) => one.kind === kind).map(({ error }) => error)),
  ];
  // The latter on connections that had prepared the statement.
  const withoutGone = /^(42P01 relation "gone" does not exist|XX000 cache lookup failed for type \d+)$/;
  for (const error of [...seen('create'), ...seen('move')]) expect(error).toMatch(withoutGone);
  expect(seen('cancel')).toEqual([
    '42P10 there is no unique or exclusion constraint matching the ON CONFLICT specification',
  ]);
  expect(seen('busyTimes')).toEqual(['42703 column "held" does not exist']);
  expect(seen('list')).toEqual([undefined]);

  const columns =
    'id, tenant_id, resource_id, user_id, client_id, start_time, end_time, status, created_at, updated_at';
  const values = `gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), now(), now() + interval '1 hour',
    'PENDING', now(), now()`;
  await expect(sql.unsafe(`insert into bookings (${columns}) values (${values})`)).rejects.toMatchObject({
    constraint_name: 'bookings_allocated',
  });
  await expect(
    sql.unsafe(`insert into bookings (${columns}, unit) values (${values}, 1)`),
  ).rejects.toMatchObject({
    code: '42703',
  });
});

it('makes requests wait for a few seconds, or fail with a lock timeout', async ({ annotate }) => {
  const meanwhile = attempts.filter(({ ended, begun }) => ended > migration.begun && begun < migration.ended);
  const errors = new Set(meanwhile.flatMap(({ error }) => (error === undefined ? [] : [error.slice(0, 5)])));
  // Those that waited for a lock until the end get what all get afterwards.
  for (const code of errors) expect(['55P03', '42P01', 'XX000', '42P10', '42703']).toContain(code);
  /** The longest time in which none of them was done. */
  const blocked = (kinds: readonly Kind[]) => {
    const done = meanwhile
      .filter(({ kind, error }) => kinds.includes(kind) && !error)
      .map(({ ended }) => ended);
    const ends = [migration.begun, ...done.toSorted((a, b) => a - b), migration.ended];
    return Math.max(...ends.slice(1).map((end, index) => end - ends[index]!)) / 1_000;
  };
  const seconds = (migration.ended - migration.begun) / 1_000;
  await annotate(
    `Of ${seconds.toFixed(1)} s that the migration of ${BOOKINGS} bookings of ${RESOURCES} resources took, writes were blocked for ` +
      `${blocked(WRITES).toFixed(1)} s and reads for ${blocked(READS).toFixed(1)} s; ${writes} writes were committed.`,
  );
  expect(blocked(WRITES)).toBeLessThan(60);
});
