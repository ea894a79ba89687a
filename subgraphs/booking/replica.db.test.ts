/** Lists and availability from a standby that streams, lags, hangs, dies and cancels statements. */
import { connectRedis } from '@libs/cache/redis';
import { silentLog } from '@libs/telemetry/log';
import { testRedis } from '@libs/testing/testDatabases';
import type { Db } from '@libs/db/connect';
import { BYPASS_MS, latestOf, type ReadLatest } from '@libs/db/latestReads';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { availability } from './availability/reads.ts';
import { bookingInput, exampleDirectory, exampleTenant, times, valueOf } from './booking.fixtures.ts';
import { createBooking } from './bookings/createBooking.ts';
import { bookings } from './bookings/reads.ts';
import { closing } from './closures/closures.fixtures.ts';
import { createClosures } from './closures/createClosures.ts';
import { replicatedBookings, type Ask } from './replica.fixtures.ts';

const replicated = await replicatedBookings();
const { db, proxy } = replicated;
const { url } = await testRedis();
const redis = connectRedis(url, { name: 'test', log: silentLog() });
afterAll(() => redis.disconnect());
const directory = exampleDirectory(redis);

const WEDNESDAY = Temporal.PlainDate.from('2027-01-06');
type Row = Awaited<ReturnType<Ask>>[number];

const MAX_ATTEMPTS = 5;
const ANSWER_MS = 60;
const RECOVERY_LIMIT_MS = 10 * BYPASS_MS;
/** No client waits longer for a replica that keeps silent; on a busy machine. */
const MAX_DELAY_MS = 1_500;

beforeEach(async () => {
  proxy.resume();
  await replicated.resumeReplay();
  await replicated.caughtUp();
});

async function setup() {
  const tenant = exampleTenant(db, directory);
  const admin = tenant.administrator();
  const room = tenant.resource();
  const process = replicated.reads();
  const { count } = process;
  const ctx = () => tenant.as(admin, { readLatest: process.readLatest });
  const one = {
    ctx,
    process,
    room,
    tenant,
    book: async (start: string, end: string) =>
      valueOf(await createBooking(ctx(), bookingInput(room, times(start, end)))).bookings[0]!.id,
    async list(from = ctx()) {
      const page = await bookings(from, {});
      return { ids: page.nodes.map(({ id }) => id), total: await page.totalCount() };
    },
    /** Slots of Wednesday. */
    async free(from = ctx()): Promise<number> {
      const [day] = await availability(from, room, { from: WEDNESDAY });
      return day!.slots.filter(({ unavailableReason }) => unavailableReason === null).length;
    },
    /** Until a read comes from the replica. */
    fromReplica: () =>
      vi.waitFor(
        async () => {
          await replicated.caughtUp();
          const before = await count('replica');
          await one.list();
          expect(await count('replica')).toBeGreaterThanOrEqual(before + 2);
        },
        { timeout: RECOVERY_LIMIT_MS, interval: 100 },
      ),
  };
  await one.fromReplica();
  return one;
}

/** How many reads had each result meanwhile. */
async function countsOf(
  { process: { count } }: Awaited<ReturnType<typeof setup>>,
  work: () => Promise<unknown>,
) {
  const results = ['replica', 'behind', 'mismatch', 'failed', 'bypass'] as const;
  const before = await Promise.all(results.map(count));
  await work();
  const after = await Promise.all(results.map(count));
  return Object.fromEntries(results.map((result, index) => [result, after[index]! - before[index]!]));
}

/** Repeats it where a busy machine makes the standby late: what is read must be right in any case. */
async function expectAllFromReplica(
  reads: number,
  work: (one: Awaited<ReturnType<typeof setup>>) => Promise<unknown>,
): Promise<void> {
  const expected = { replica: reads, behind: 0, mismatch: 0, failed: 0, bypass: 0 };
  let counts: Record<string, number> = {};
  for (let attempt = 1; attempt <= MAX_ATTEMPTS && !isDeepStrictEqual(counts, expected); attempt += 1) {
    const one = await setup();
    counts = await countsOf(one, () => work(one));
  }
  expect(counts).toEqual(expected);
}

describe('a replica that keeps up', () => {
  it('answers lists, totals and availability, with what was just written', async () => {
    // Two of a list; closures, versions and times of the first two, closures and versions of the last.
    await expectAllFromReplica(10, async (one) => {
      const free = await one.free();
      const ids = [await one.book('10:00', '11:00')];
      expect(await one.list()).toEqual({ ids, total: 1 });
      expect(await one.free()).toBe(free - 2);
      valueOf(await createClosures(one.ctx(), { closures: [closing()] }));
      expect(await one.free()).toBe(0);
    });
  });

  it('answers them without another pool', async () => {
    const { readLatest } = (await setup()).process;
    const tenant = exampleTenant({} as Db, directory);
    const room = tenant.resource();
    const ctx = tenant.as(tenant.administrator(), { readLatest });
    expect(await (await bookings(ctx, {})).totalCount()).toBe(0);
    expect(await availability(ctx, room, { from: WEDNESDAY })).toHaveLength(1);
  });

  it('sees what an earlier mutation of the same request wrote', async () => {
    const one = await setup();
    const ctx = one.ctx();
    expect(await one.list(ctx)).toEqual({ ids: [], total: 0 });
    const input = bookingInput(one.room);
    const ids = [valueOf(await createBooking(ctx, input)).bookings[0]!.id];
    expect(await one.list(ctx)).toEqual({ ids, total: 1 });
  });
});

it('the primary is asked once for all reads that begin while it answers an earlier one', async () => {
  await setup();
  const positions: string[] = [];
  const { readLatest } = replicated.reads({
    says: (ask) => async () => {
      const answer = await ask();
      positions.push(answer[0]!.lsn);
      await sleep(ANSWER_MS);
      return answer;
    },
  });
  const read = async () => readLatest(async () => positions.length);
  const first = read();
  await vi.waitFor(() => expect(positions).toHaveLength(1), { interval: 1 });
  await replicated.caughtUp();
  const others = await Promise.all(Array.from({ length: 20 }, read));
  expect(await first).toBeGreaterThan(0);
  expect(others).toEqual(others.map(() => 2));
  expect(positions[0]).not.toBe(positions[1]);
});

describe('a replica that is behind', () => {
  it('leaves reads to the primary, and answers them again once it has caught up', async () => {
    const one = await setup();
    const free = await one.free();
    await replicated.pauseReplay();
    const counts = await countsOf(one, async () => {
      const ids = [await one.book('10:00', '11:00')];
      expect(await one.list()).toEqual({ ids, total: 1 });
      expect(await one.free()).toBe(free - 2);
    });
    expect(counts['replica']).toBe(0);
    expect(counts['behind']! + counts['failed']! + counts['bypass']!).toBe(5);
    await replicated.resumeReplay();
    await one.fromReplica();
    expect((await one.list()).total).toBe(1);
    expect(await one.free()).toBe(free - 2);
  });

  it('is read for as long as nothing is written', async () => {
    await expectAllFromReplica(2, async ({ list }) => {
      await replicated.caughtUp();
      await replicated.pauseReplay();
      await list();
      await replicated.resumeReplay();
    });
  });

  it('delays one read a second, and the others not at all', async () => {
    const one = await setup();
    await replicated.pauseReplay();
    await one.book('10:00', '11:00');
    await one.list();
    const counts = await countsOf(one, async () => {
      const until = performance.now() + 1.5 * BYPASS_MS;
      while (performance.now() < until) await one.list();
    });
    expect(counts['replica']).toBe(0);
    expect(counts['behind']).toBeLessThanOrEqual(2);
    expect(counts['bypass']).toBeGreaterThan(20);
  });

  it('counts what it lacks', async () => {
    const one = await setup();
    await replicated.pauseReplay();
    await one.book('10:00', '11:00');
    await vi.waitFor(
      async () => {
        await one.list();
        expect(await one.process.lag()).toBeGreaterThan(0);
      },
      { timeout: RECOVERY_LIMIT_MS, interval: 100 },
    );
    await replicated.resumeReplay();
    await one.fromReplica();
    expect(await one.process.lag()).toBe(0);
  });

  it('never makes the cache of busy times older than a version', async () => {
    const one = await setup();
    await one.free();
    await one.book('10:00', '11:00');
    // Closures and the version come from the replica, then it fails.
    const readLatest: ReadLatest = (read) => latestOf(db)((from) => read(from, servers.shift()!));
    const servers: ('primary' | 'replica')[] = ['replica', 'replica', 'primary'];
    await one.free(one.tenant.as(one.tenant.administrator(), { readLatest }));
    const key = `availability:resource:${one.room}:2027-01-06`;
    const [{ version }] = await db.sql<[{ version: string }]>`
      select version from resource_versions where resource_id = ${one.room}`;
    const cached = JSON.parse((await redis.get(key))!) as { resourceVersion: string };
    expect(Number(cached.resourceVersion)).toBeLessThan(Number(version));
  });
});

describe('a replica that fails', () => {
  it('that hangs, delays a read and fails none', async () => {
    const one = await setup();
    proxy.pause();
    const until = performance.now() + 5 * BYPASS_MS;
    let maxMs = 0;
    const counts = await countsOf(one, async () => {
      while (performance.now() < until) {
        const startMs = performance.now();
        const found = await Promise.all([one.list(), one.list(), one.free()]);
        expect(found).toEqual([{ ids: [], total: 0 }, { ids: [], total: 0 }, 20]);
        maxMs = Math.max(maxMs, performance.now() - startMs);
      }
    });
    expect(counts['replica']).toBe(0);
    expect(counts['failed']).toBeGreaterThan(1);
    expect(maxMs).toBeLessThan(MAX_DELAY_MS);
    proxy.resume();
    await one.fromReplica();
  });

  it('that is killed, fails no read, and answers again after it was started', async () => {
    const one = await setup();
    const reads = { isEnough: false, count: 0 };
    const reading = (async () => {
      while (!reads.isEnough) {
        expect(await one.list()).toEqual({ ids: [], total: 0 });
        reads.count += 1;
      }
    })();
    const counts = await countsOf(one, async () => {
      await replicated.killStandby();
      const before = reads.count;
      await vi.waitFor(() => expect(reads.count).toBeGreaterThan(before + 50), RECOVERY_LIMIT_MS);
    });
    await replicated.restartStandby();
    await one.fromReplica().finally(() => (reads.isEnough = true));
    await reading;
    expect(counts['failed']).toBeGreaterThan(0);
  });

  it('that cancels a statement, leaves that read to the primary', async () => {
    const one = await setup();
    const read = one.process.readLatest(async ({ sql }, server) => {
      if (server === 'replica') await sql`select pg_cancel_backend(pg_backend_pid()), pg_sleep(5)`;
      return server;
    });
    expect(await read).toBe('primary');
  });

  it.each<[string, () => Parameters<typeof replicated.reads>[0]]>([
    ['is no replica', () => ({ replicaUrl: replicated.primaryUrl })],
    ['has another database', () => ({ replicaUrl: replicated.standbyUrl('postgres') })],
    ['is of another cluster', () => altered(({ database }) => ({ database: `1${database}` }))],
    ['follows another timeline', () => altered(({ timeline }) => ({ timeline: timeline + 1 }))],
  ])('that %s, is not read, though its log is as long', async (_, options) => {
    const { readLatest, count } = replicated.reads(options());
    const servers = new Set<string>();
    // On a busy machine it may not connect in time.
    await vi.waitFor(
      async () => {
        servers.add(await readLatest(async (_db, server) => server));
        expect(await count('mismatch')).toBeGreaterThan(0);
      },
      { timeout: RECOVERY_LIMIT_MS, interval: 100 },
    );
    expect([...servers]).toEqual(['primary']);
  });
});

/** As if the primary said something else of itself. */
const altered = (change: (row: Row) => Partial<Row>): Parameters<typeof replicated.reads>[0] => ({
  says: (ask) => async () => (await ask()).map((row) => ({ ...row, ...change(row) })),
});

it('needs no Redis', async () => {
  const nowhere = connectRedis('redis://127.0.0.1:1', { name: 'test', log: silentLog() });
  await expectAllFromReplica(5, async ({ process: { readLatest } }) => {
    const tenant = exampleTenant(db, exampleDirectory(nowhere));
    const ctx = () => tenant.as(tenant.administrator(), { readLatest });
    const input = bookingInput(tenant.resource());
    valueOf(await createBooking(ctx(), input));
    const page = await bookings(ctx(), {});
    expect([page.nodes.length, await page.totalCount()]).toEqual([1, 1]);
    const [day] = await availability(ctx(), input.resourceId, { from: WEDNESDAY });
    expect(day!.slots.filter(({ unavailableReason }) => unavailableReason !== null)).toHaveLength(2);
  });
  nowhere.disconnect();
});
