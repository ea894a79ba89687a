/**
 * Many clients change bookings of few resources at once, while processes crash within transactions; then the history is checked.
 * Planted bugs show that the check catches each of them.
 */
import { seededRandom } from '@libs/testing/seededRandom';
import { connect, type Db } from '@libs/db/connect';
import { groupBy } from '@libs/db/groupBy';
import { newId } from '@libs/db/ids';
import type { Outcome } from '@libs/outcome/outcome';
import { testDatabase } from '@libs/testing/testDatabases';
import type postgres from 'postgres';
import type { Temporal } from 'temporal-polyfill';
import { expect, test } from 'vitest';
import type { TenantUser } from '@libs/auth/caller';
import { cancelBooking } from './bookings/cancelBooking.ts';
import { cancelBookingSeries } from './bookings/cancelBookingSeries.ts';
import { changeBookingStatus } from './bookings/changeBookingStatus.ts';
import { createBooking } from './bookings/createBooking.ts';
import { updateBooking } from './bookings/updateBooking.ts';
import { exampleDirectory, exampleTenant } from './booking.fixtures.ts';
import { historyViolations, type ClientOperation } from './historyChecker.fixtures.ts';

const OPERATIONS = process.env['VAGA_SOAK'] ? 50_000 : 5_000;
const OPERATIONS_WITH_A_BUG = 600;
/** A planted bug may need several rounds to show. */
const MAX_ROUNDS = 20;
const CLIENTS = 16;
/** Per statement. */
const CRASH_PROBABILITY = 0.01;
/** Some planted bugs show only when a process crashes between two certain statements. */
const CRASH_PROBABILITY_WITH_A_BUG = 0.04;
const RESOURCES = 5;
const DAYS = 3;
const SEED = Number(process.env['HISTORY_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

class Crash extends Error {}

type Work = (sql: postgres.TransactionSql) => Promise<unknown>;
type Begin = (work: Work) => Promise<unknown>;
type Bug = {
  alterSchema?: (sql: postgres.Sql) => Promise<unknown>;
  begin?: (db: Db, right: Begin) => Begin;
  ignoresExpectedVersion?: boolean;
  outside?: RegExp;
};

/** Transactions crash now and then between two statements, and have the planted bug. */
function crashing(db: Db, chance: () => number, bug: Bug | null): Db {
  const crashProbability = bug ? CRASH_PROBABILITY_WITH_A_BUG : CRASH_PROBABILITY;
  const watched = (sql: postgres.TransactionSql): postgres.TransactionSql =>
    new Proxy(sql, {
      apply(target, self, args: unknown[]) {
        const text = (args[0] as { raw?: string[] }).raw?.join(' ') ?? '';
        if (/^\s*(insert|update|select)/i.test(text) && chance() < crashProbability) throw new Crash();
        if (bug?.outside?.test(text)) return Reflect.apply(db.sql as never, self, args);
        return Reflect.apply(target as never, self, args);
      },
    });
  const right: Begin = (work) => db.sql.begin((sql) => work(watched(sql)));
  const begin = bug?.begin?.(db, right) ?? right;
  const sql = new Proxy(db.sql, {
    get: (target, name) => (name === 'begin' ? begin : Reflect.get(target, name)),
  });
  return { ...db, sql };
}

async function violationsWith(
  name: string,
  operationsWanted: number,
  bug: Bug | null = null,
  seed = SEED,
): Promise<string[]> {
  const { url, sql } = databases[name]!;
  const db = connect(url, { name: 'history', max: 2 * CLIENTS });
  const chance = seededRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(chance() * from.length)]!;
  const directory = exampleDirectory();
  const tenant = exampleTenant(crashing(db, chance, bug), directory, { autoConfirm: false });
  const resources = Array.from({ length: RESOURCES }, () => tenant.resource());
  const admin = tenant.administrator();
  const people = [tenant.user(), tenant.user(), tenant.user({ canManageBookings: true })];
  const bookingIds: string[] = [];
  const seriesIds: string[] = [];
  const versions = new Map<string, number>();
  const operations: ClientOperation[] = [];

  const slot = () => {
    const start = tenant.now
      .toZonedDateTimeISO('America/Sao_Paulo')
      .startOfDay()
      .add({ days: 2 + Math.floor(chance() * DAYS), hours: 8, minutes: 30 * Math.floor(chance() * 18) });
    const end = start.add({ minutes: 30 * (1 + Math.floor(chance() * 3)) });
    return { startTime: start.toInstant(), endTime: end.toInstant() };
  };
  const span = ({ startTime, endTime }: { startTime: Temporal.Instant; endTime: Temporal.Instant }) => ({
    start: startTime.epochMilliseconds,
    end: endTime.epochMilliseconds,
  });

  async function run<T>(
    operation: Omit<ClientOperation, 'result' | 'bookingIds'>,
    requested: ReturnType<typeof slot> | null,
    act: () => Promise<Outcome<T>>,
    ids: (value: T) => string[],
  ): Promise<T | undefined> {
    const noted: ClientOperation = { ...operation, result: 'crashed', bookingIds: [] };
    try {
      const outcome = await act();
      noted.result = outcome.ok ? 'done' : 'refused';
      if (outcome.ok) noted.bookingIds = ids(outcome.value);
      else if (requested) {
        const reported = outcome.refusals.flatMap(({ conflict }) => conflict?.bookings ?? []).map(span);
        noted.conflict = { requested: [span(requested)], reported };
      }
      return outcome.ok ? outcome.value : undefined;
    } catch (error) {
      if (!(error instanceof Crash)) noted.failure = String(error);
      return undefined;
    } finally {
      operations.push(noted);
    }
  }

  async function create(caller: TenantUser): Promise<void> {
    const requested = slot();
    const mark = newId();
    const isSeries = chance() < 0.15;
    const input = {
      resourceId: pick(resources),
      ...requested,
      notes: mark,
      idempotencyKey: chance() < 0.4 ? mark : null,
      recurrence: isSeries
        ? ({ frequency: 'DAILY', endDate: requested.startTime.add({ hours: 48 }) } as const)
        : null,
    };
    const attempt = () =>
      run(
        { mark, kind: isSeries ? 'series' : 'create', occurrences: isSeries ? 3 : 1 },
        isSeries ? null : requested,
        () => createBooking(tenant.as(caller), input),
        ({ bookings }) => bookings.map(({ id }) => id),
      );
    // Repeated at once, or after a failure.
    const created = input.idempotencyKey
      ? (await Promise.all([attempt(), attempt()])).find(Boolean)
      : await attempt();
    const last = created ?? (input.idempotencyKey ? await attempt() : undefined);
    for (const row of last?.bookings ?? []) bookingIds.push(row.id);
    if (last?.series) seriesIds.push(last.series.id);
  }

  async function change(caller: TenantUser): Promise<void> {
    const id = pick(bookingIds.slice(-40));
    const mark = newId();
    const known = versions.get(id);
    const expectedVersion = known !== undefined && chance() < 0.7 ? known : undefined;
    const requested = chance() < 0.8 ? slot() : null;
    const input = {
      id,
      notes: mark,
      ...requested,
      ...(chance() < 0.4 ? { resourceId: pick(resources) } : {}),
      ...(bug?.ignoresExpectedVersion ? {} : { expectedVersion }),
    };
    const row = await run(
      { mark, kind: 'update', ...(expectedVersion === undefined ? {} : { expectedVersion }) },
      requested,
      () => updateBooking(tenant.as(caller), input),
      (booking) => [booking.id],
    );
    if (row) versions.set(id, row.version);
    else
      versions.set(
        id,
        (await sql<{ version: number }[]>`select version from bookings where id = ${id}`)[0]?.version ?? 0,
      );
  }

  async function step(): Promise<void> {
    const what = chance();
    const caller = what < 0.7 ? pick(people) : admin;
    const mark = newId();
    if (bookingIds.length < 5 || what < 0.5) return create(caller);
    if (what < 0.8) return change(caller);
    const id = pick(bookingIds);
    const single = (row: { id: string }) => [row.id];
    if (what < 0.88)
      await run({ mark, kind: 'cancel' }, null, () => cancelBooking(tenant.as(admin), { id }), single);
    else if (what < 0.97) {
      const status = pick(['CONFIRMED', 'REJECTED', 'COMPLETED', 'NO_SHOW'] as const);
      await run(
        { mark, kind: 'status' },
        null,
        () => changeBookingStatus(tenant.as(admin), { id, status }),
        single,
      );
    } else if (seriesIds.length > 0) {
      const seriesId = pick(seriesIds);
      await run(
        { mark, kind: 'cancelSeries' },
        null,
        () => cancelBookingSeries(tenant.as(admin), { seriesId }),
        (rows) => rows.map((row) => row.id),
      );
    }
  }

  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (operations.length < operationsWanted) await step();
    }),
  );
  await db.close();
  // Otherwise the history would prove nothing.
  const results = groupBy(operations, ({ result }) => result);
  for (const result of ['done', 'refused', 'crashed'] as const)
    expect(results.get(result)?.length ?? 0, result).toBeGreaterThan(0);
  return historyViolations(sql, operations);
}

const autocommit =
  (db: Db): Begin =>
  (work) =>
    work(new Proxy(db.sql, { get: (target, name) => Reflect.get(target, name) }) as never);

const BUGS: Record<string, Bug> = {
  'no constraint and no lock': {
    alterSchema: (sql) =>
      sql.unsafe(`
        alter table allocations drop constraint allocations_no_overlap;
        create function public.pg_advisory_xact_lock(bigint) returns void language sql as 'select';
        do $$ begin execute format('alter database %I set search_path = public, pg_catalog', current_database()); end $$;`),
  },
  'closed intervals': {
    alterSchema: (sql) =>
      sql.unsafe(`
        create function close_interval() returns trigger language plpgsql as
          $$begin new.occupied := tstzrange(new.start_time, new.end_time, '[]'); return new; end$$;
        create trigger close_interval before insert on allocations for each row execute function close_interval();`),
  },
  'no transaction': {
    begin: (db) => async (work) => {
      const run = autocommit(db);
      return run((sql) =>
        work(
          new Proxy(sql, {
            apply(target, self, args: unknown[]) {
              if (Math.random() < CRASH_PROBABILITY_WITH_A_BUG) throw new Crash();
              return Reflect.apply(target as never, self, args);
            },
          }),
        ),
      );
    },
  },
  'a key that is claimed outside the transaction': { outside: /insert into idempotency_keys/i },
  'events that are announced outside the transaction': { outside: /insert into outbox/i },
  'a lost version check': { ignoresExpectedVersion: true },
  'a retry that writes twice': {
    begin: (_db, right) => async (work) => {
      const first = await right(work);
      return Math.random() < 0.05 ? right(work) : first;
    },
  },
  'a version that is not raised': {
    alterSchema: (sql) =>
      sql.unsafe(`
        create function keep_version() returns trigger language plpgsql as
          'begin if random() < 0.05 then new.version := old.version; end if; return new; end';
        create trigger keep_version before update on bookings for each row execute function keep_version();`),
  },
};

const databases: Record<string, { url: string; sql: postgres.Sql }> = {};
for (const name of ['correct', ...Object.keys(BUGS)]) databases[name] = await testDatabase('booking');

test(
  `${OPERATIONS} operations of ${CLIENTS} clients leave a correct history (HISTORY_SEED=${SEED})`,
  { timeout: 600_000 },
  async () => {
    expect(await violationsWith('correct', OPERATIONS)).toEqual([]);
  },
);

test.each(Object.keys(BUGS))('the check catches %s', { timeout: 240_000 }, async (name) => {
  const bug = BUGS[name]!;
  await bug.alterSchema?.(databases[name]!.sql);
  let violations: string[] = [];
  for (let round = 1; round <= MAX_ROUNDS && violations.length === 0; round += 1) {
    violations = await violationsWith(name, OPERATIONS_WITH_A_BUG, bug, SEED + round);
  }
  expect(violations).not.toEqual([]);
});
