import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import { POISON_SERIES, type EventProcess } from '@libs/testing/eventEffects';
import {
  bookingEvent,
  changeTestBooking,
  eventDatabase,
  eventually,
  announceEvent,
} from '@libs/testing/eventFixtures';
import { expectAppliedOnce } from '@libs/testing/eventLoad';
import { startKillable, type KillableProcess } from '@libs/testing/killableProcess';
import { startRedis, type RedisServer } from '@scripts/dev/servers/redisServer';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventIdOf } from './entries.ts';

/** The full soak with VAGA_SOAK, else a short one. `pauseMs`: the longest pause between a client's changes. */
const plan = process.env['VAGA_SOAK']
  ? {
      changes: 10_000,
      poison: 20,
      redisOutagesMs: [500, 20_000, 2_000],
      consumerKills: 5,
      relayKills: 3,
      pauseMs: 12,
    }
  : { changes: 800, poison: 4, redisOutagesMs: [300, 1_000], consumerKills: 2, relayKills: 1, pauseMs: 80 };
const BOOKINGS = 60;
const CLIENTS = 8;
/** Slower changes count as delayed by the outage, in milliseconds. */
const SLOW_CHANGE_MS = 1_000;
const DRAINED_WITHIN_MS = 30_000;

const { db, url: databaseUrl } = await eventDatabase();
const processFile = new URL('../testing/eventProcess.ts', import.meta.url);
const processes = new Map<string, KillableProcess>();
let dataDir: string;
let server: RedisServer;

async function startProcess(role: EventProcess['role'], name: string): Promise<void> {
  const described: EventProcess = { role, name, databaseUrl, redisUrl: server.url };
  processes.set(name, await startKillable(processFile, described));
}

async function killProcess(name: string): Promise<void> {
  await processes.get(name)?.kill();
}

/** Like a crash without persistence. */
async function loseRedisFor(ms: number): Promise<void> {
  const { port } = server;
  await server.kill();
  await rm(dataDir, { recursive: true, force: true });
  await new Promise((resolve) => setTimeout(resolve, ms));
  server = await startRedis({ dataDir, port, appendOnly: false });
}

beforeAll(async () => {
  dataDir = path.join(await mkdtemp(path.join(tmpdir(), 'vaga-soak-')), 'redis');
  server = await startRedis({ dataDir, appendOnly: false });
});
afterAll(async () => {
  await Promise.all([...processes.keys()].map(killProcess));
  await server.stop();
  await rm(path.dirname(dataDir), { recursive: true, force: true });
});

it(
  'every event is applied once and in the order of its booking while Redis, consumers and relays are killed',
  { timeout: 300_000 },
  async () => {
    await Promise.all([
      ...['relay-1', 'relay-2'].map((name) => startProcess('relay', name)),
      ...['consumer-1', 'consumer-2', 'consumer-3'].map((name) => startProcess('consumer', name)),
    ]);
    const bookings = Array.from({ length: BOOKINGS }, newId);
    const announced: string[] = [];
    const poison: string[] = [];
    const slow: number[] = [];
    let hasFaults = true;

    /** Makes its share of the changes, and goes on until the last fault. */
    async function client(): Promise<void> {
      for (let change = 0; change < plan.changes / CLIENTS || hasFaults; change += 1) {
        const start = performance.now();
        const bookingId = bookings[Math.floor(Math.random() * BOOKINGS)] as string;
        announced.push(await inTransaction(db, (tx) => changeTestBooking(tx, bookingId)));
        const ms = performance.now() - start;
        if (ms > SLOW_CHANGE_MS) slow.push(ms);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * plan.pauseMs));
      }
    }

    async function injectFaults(): Promise<void> {
      const consumers = Array.from({ length: plan.consumerKills }, (_, kill) => async () => {
        await killProcess(`consumer-${1 + (kill % 3)}`);
        await startProcess('consumer', `consumer-${1 + (kill % 3)}`);
      });
      const relays = Array.from({ length: plan.relayKills }, (_, kill) => async () => {
        await killProcess(`relay-${1 + (kill % 2)}`);
        await startProcess('relay', `relay-${1 + (kill % 2)}`);
      });
      const redis = plan.redisOutagesMs.map((ms) => () => loseRedisFor(ms));
      const poisoning = Array.from({ length: plan.poison }, () => async () => {
        poison.push(await announceEvent(db, bookingEvent({ series_id: POISON_SERIES })));
      });
      // Concurrent sequences: a consumer dies during an outage, a relay while a consumer starts.
      const sequences = [consumers, relays, redis, poisoning].map(async (faults) => {
        for (const inject of faults) {
          await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 400));
          await inject();
        }
      });
      await Promise.all(sequences);
      hasFaults = false;
    }

    await Promise.all([injectFaults(), ...Array.from({ length: CLIENTS }, client)]);
    const isDrained = async () => {
      const [count] = await db.sql<{ effects: number; dead: number }[]>`
        select (select count(*) from effects)::int as effects,
               (select count(*) from inbox where dead_at is not null and is_shown_dead)::int as dead`;
      return count !== undefined && count.effects >= announced.length && count.dead === plan.poison;
    };
    await eventually('everything consumed', isDrained, { limitMs: DRAINED_WITHIN_MS, everyMs: 100 });

    await expectAppliedOnce(db, announced);
    const redis = new Redis(server.url);
    const dead = await redis.xrange('booking-events:dead', '-', '+');
    redis.disconnect();
    const shown = new Set(dead.map(([, fields]) => String(eventIdOf(fields))));
    expect([...shown].toSorted()).toEqual(poison.toSorted());
    // Asserted only in the soak: other tests on the machine slow changes down as well.
    if (process.env['VAGA_SOAK']) expect(slow.length).toBeLessThanOrEqual(announced.length / 1_000);
  },
);
