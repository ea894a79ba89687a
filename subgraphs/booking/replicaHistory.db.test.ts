/**
 * Many clients of two processes write and read at once, while the replay of the replica is paused and its connections hang at random. Each
 * read must contain whatever anyone had been answered before it began. Planted bugs show that the check catches them.
 */
import { connectRedis } from '@libs/cache/redis';
import type { ReadLatest } from '@libs/db/latestReads';
import type { ReadResult } from '@libs/db/replicaMetrics';
import { seededRandom } from '@libs/testing/seededRandom';
import { testRedis } from '@libs/testing/testDatabases';
import { silentLog } from '@libs/telemetry/log';
import { setTimeout as sleep } from 'node:timers/promises';
import { Temporal } from 'temporal-polyfill';
import { afterAll, expect, test } from 'vitest';
import { availability } from './availability/reads.ts';
import { exampleDirectory, exampleTenant, valueOf } from './booking.fixtures.ts';
import { createBooking } from './bookings/createBooking.ts';
import { bookings, bookingsOfResource } from './bookings/reads.ts';
import { updateBooking } from './bookings/updateBooking.ts';
import { replicatedBookings, type Ask } from './replica.fixtures.ts';

const DURATION_MS = process.env['VAGA_SOAK'] ? 300_000 : 20_000;
const DURATION_WITH_A_BUG_MS = 4_000;
/** A planted bug may need several rounds to show. */
const MAX_ROUNDS = 6;
const CLIENTS = 10;
const TENANTS = 2;
const ROOMS = 2;
const MAX_ANSWER_MS = 20;
/** One page. */
const MAX_BOOKINGS = 90;
const SEED = Number(process.env['HISTORY_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const FIRST_DAY = Temporal.PlainDate.from('2027-01-05');
const HOURS = 10;

const replicated = await replicatedBookings();
const { db, proxy } = replicated;
const { url } = await testRedis();
const redis = connectRedis(url, { name: 'test', log: silentLog() });
afterAll(() => redis.disconnect());

type Process = ReturnType<typeof replicated.reads>;
type Bug = { says?: (ask: Ask) => Ask; readLatest?: (process: Process) => ReadLatest };
type SeenBooking = { tenant: number; room: string; start: Temporal.ZonedDateTime; version: number };

/** Calls that are answered wrongly, and how many reads had each result. */
async function historyOf(seed: number, durationMs: number, bug?: Bug) {
  const chance = seededRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(chance() * from.length)]!;
  const directory = exampleDirectory(redis);
  /** Commits happen while the primary's answer is on its way. */
  const slowly = (ask: Ask) => async () => {
    const answer = await ask();
    await sleep(chance() * MAX_ANSWER_MS);
    return answer;
  };
  const processes = [1, 2].map(() => replicated.reads({ says: bug?.says ?? slowly }));
  const tenants = Array.from({ length: TENANTS }, (_, index) => {
    const tenant = exampleTenant(db, directory);
    const rooms = Array.from({ length: ROOMS }, () => tenant.resource());
    return { ...tenant, index, rooms, admin: tenant.administrator(), booked: 0 };
  });
  type Tenant = (typeof tenants)[number];
  /** What anyone was answered, by booking. */
  const known = new Map<string, SeenBooking>();
  const violations: string[] = [];
  const endMs = performance.now() + durationMs;

  const learn = (id: string, seen: SeenBooking): void => {
    if (seen.version > (known.get(id)?.version ?? 0)) known.set(id, seen);
  };
  /** `servers`: which have answered its reads so far. */
  function contextOfRead({ as, admin }: Tenant) {
    const process = pick(processes);
    const servers = new Set<string>();
    const readLatest = bug?.readLatest?.(process) ?? process.readLatest;
    const noting: ReadLatest = (read) =>
      readLatest((from, server) => {
        servers.add(server);
        return read(from, server);
      });
    return { ctx: as(admin, { readLatest: noting }), servers };
  }

  async function create({ as, admin, index, rooms, ...tenant }: Tenant): Promise<void> {
    const count = tenants[index]!.booked++;
    const room = rooms[count % ROOMS]!;
    const hour = Math.floor(count / ROOMS);
    const day = FIRST_DAY.add({ days: Math.floor(hour / HOURS) });
    const { timezone } = tenant.profile.settings;
    const start = day.toZonedDateTime({ timeZone: timezone, plainTime: { hour: 8 + (hour % HOURS) } });
    const end = start.add({ hours: 1 });
    const input = { resourceId: room, startTime: start.toInstant(), endTime: end.toInstant() };
    const [row] = valueOf(await createBooking(as(admin), input)).bookings;
    learn(row!.id, { tenant: index, room, start, version: row!.version });
  }

  const knownOf = (index: number) => [...known].filter(([, { tenant }]) => tenant === index);

  async function update({ as, admin, index }: Tenant): Promise<void> {
    const [id, before] = pick(knownOf(index));
    const { version } = valueOf(await updateBooking(as(admin), { id, notes: `${chance()}` }));
    learn(id, { ...before, version });
  }

  async function list(tenant: Tenant): Promise<void> {
    const room = chance() < 0.5 ? pick(tenant.rooms) : undefined;
    const expected = knownOf(tenant.index).filter(([, one]) => !room || one.room === room);
    const { ctx, servers } = contextOfRead(tenant);
    const page = await (room ? bookingsOfResource(ctx, room, { first: 100 }) : bookings(ctx, { first: 100 }));
    const versions = new Map(page.nodes.map((row) => [row.id, row.version]));
    for (const [id, { version }] of expected)
      if ((versions.get(id) ?? 0) < version)
        violations.push(`list: ${id} in version ${versions.get(id)}, not ${version}`);
    if ((await page.totalCount()) < expected.length) violations.push('total: too small');
    // A replica may show a commit a moment before the primary does.
    if (servers.has('replica')) return;
    for (const { id, version } of page.nodes) {
      const before = known.get(id);
      if (before) learn(id, { ...before, version });
    }
  }

  async function free(tenant: Tenant): Promise<void> {
    const [, { room, start }] = pick(knownOf(tenant.index));
    const date = start.toPlainDate();
    const expected = knownOf(tenant.index).filter(
      ([, one]) => one.room === room && one.start.toPlainDate().equals(date),
    );
    const [day] = await availability(contextOfRead(tenant).ctx, room, { from: date });
    for (const [id, one] of expected) {
      const slot = day!.slots.find((other) => other.start === one.start.epochMilliseconds);
      if (slot?.unavailableReason !== 'CONFLICT') violations.push(`availability: ${id} is missing`);
    }
  }

  async function client(): Promise<void> {
    while (performance.now() < endMs) {
      const tenant = pick(tenants);
      const what = chance();
      const isFull = tenants[tenant.index]!.booked >= MAX_BOOKINGS;
      if (!isFull && (what < 0.1 || knownOf(tenant.index).length === 0)) await create(tenant);
      else if (what < 0.35) await update(tenant);
      else if (what < 0.7) await list(tenant);
      else await free(tenant);
    }
  }

  async function trouble(): Promise<void> {
    for (let count = 1; performance.now() < endMs; count += 1) {
      await sleep(500 + chance() * 1_500);
      if (bug || count % 3 > 0) {
        await replicated.pauseReplay();
        await sleep(chance() * 800);
        await replicated.resumeReplay();
      } else {
        proxy.pause();
        await sleep(600 + chance() * 800);
        proxy.resume();
      }
    }
  }

  await Promise.all(tenants.map(create));
  await Promise.all([trouble(), ...Array.from({ length: CLIENTS }, client)]);
  const countOf = async (result: ReadResult) =>
    (await Promise.all(processes.map(({ count }) => count(result)))).reduce((sum, count) => sum + count);
  return { violations, countOf };
}

test(
  `each read contains what was answered before it (HISTORY_SEED=${SEED})`,
  { timeout: 400_000 },
  async () => {
    const { violations, countOf } = await historyOf(SEED, DURATION_MS);
    expect(violations).toEqual([]);
    // Otherwise the history would prove nothing.
    expect(await countOf('replica')).toBeGreaterThan(200);
    expect(await countOf('behind')).toBeGreaterThan(2);
    expect(await countOf('failed')).toBeGreaterThan(0);
  },
);

const REUSED_MS = 300;

const BUGS: Record<string, Bug> = {
  'a replica that is not asked how far it is': {
    readLatest:
      ({ replica }) =>
      (read) =>
        read(replica, 'replica'),
  },
  'a position that was asked for before the read began': {
    says(ask) {
      let answer: ReturnType<Ask> | undefined;
      let sinceMs = 0;
      return () => {
        const nowMs = performance.now();
        if (!answer || nowMs - sinceMs > REUSED_MS) [answer, sinceMs] = [ask(), nowMs];
        return answer;
      };
    },
  },
};

test.each(Object.keys(BUGS))('the check catches %s', { timeout: 240_000 }, async (name) => {
  let violations: string[] = [];
  for (let round = 1; round <= MAX_ROUNDS && violations.length === 0; round += 1)
    ({ violations } = await historyOf(SEED + round, DURATION_WITH_A_BUG_MS, BUGS[name]!));
  expect(violations).not.toEqual([]);
});
