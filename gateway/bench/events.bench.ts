/**
 * From the commit of an event to its effect, by outbox, relay, stream and inbox, beside an entry of a Redis stream alone. The writers and
 * the relay are in this process, the consumer in another one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectRedis } from '@libs/cache/redis';
import { startRelay } from '@libs/events/relay/relay';
import { silentLog } from '@libs/telemetry/log';
import type { EventProcess } from '@libs/testing/eventEffects';
import { announceEvent, eventDatabase, eventually } from '@libs/testing/eventFixtures';
import { startKillable } from '@libs/testing/killableProcess';
import { testRedis } from '@libs/testing/testDatabases';
import { Redis } from 'ioredis';
import { afterAll, expect, it } from 'vitest';
import { percentile, reporter } from './report.ts';

const report = reporter(import.meta.filename);
const PER_SECOND = [50, 500];
const STEADY_MS = 5_000;
const FLAT_OUT_EVENTS = 5_000;
const WRITERS = 16;
const TICK_MS = 2;
const STREAM = 'bench';
const EFFECTS_LIMIT_MS = 60_000;

const { db, url: databaseUrl } = await eventDatabase();
const { url: redisUrl, redis } = await testRedis();
await db.sql`alter table effects add column at timestamptz not null default clock_timestamp()`;
const log = silentLog();
const connection = connectRedis(redisUrl, { name: 'bench', log });
const relay = startRelay({ db, redis: connection, log });
const described: EventProcess = { role: 'consumer', name: 'bench', databaseUrl, redisUrl };
const file = new URL('../../libs/testing/eventProcess.ts', import.meta.url);
const consumer = await startKillable(file, described);
const reader = new Redis(redisUrl, { protocol: 2 });
afterAll(async () => {
  reader.disconnect();
  await relay.stop();
  await consumer.kill();
  connection.disconnect();
});

/** Returns the id. */
type Send = () => Promise<string>;

/** Sends at a steady rate, whether answered or not. */
async function steadily(send: Send, perSecond: number): Promise<void> {
  const sent: Promise<string>[] = [];
  const began = performance.now();
  for (let nowMs = 0; nowMs < STEADY_MS; nowMs = performance.now() - began) {
    while (sent.length < (nowMs / 1_000) * perSecond) sent.push(send());
    await sleep(TICK_MS);
  }
  await Promise.all(sent);
}

async function flatOut(send: Send): Promise<void> {
  let sent = 0;
  const writer = async () => {
    while (sent < FLAT_OUT_EVENTS) {
      sent += 1;
      await send();
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
}

type Run = { timesMs: number[]; perSecond: number };

/** Events that `load` announces: from each commit to its effect. */
async function announced(load: (send: Send) => Promise<void>): Promise<Run> {
  await db.sql`delete from effects`;
  const committedMs = new Map<string, number>();
  const began = Date.now();
  await load(async () => {
    const id = await announceEvent(db);
    committedMs.set(id, performance.timeOrigin + performance.now());
    return id;
  });
  const effects = () => db.sql<{ id: string; ms: number }[]>`
    select event_id as id, extract(epoch from at)::float8 * 1000 as ms from effects`;
  await eventually('every event has its effect', async () => (await effects()).length === committedMs.size, {
    limitMs: EFFECTS_LIMIT_MS,
    everyMs: 50,
  });
  const rows = await effects();
  expect(new Set(rows.map(({ id }) => id)).size).toBe(committedMs.size);
  const ended = Math.max(...rows.map(({ ms }) => ms));
  return {
    timesMs: rows.map(({ id, ms }) => ms - committedMs.get(id)!),
    perSecond: rows.length / ((ended - began) / 1_000),
  };
}

/** Entries that `load` adds: from XADD to XREADGROUP's answer. */
async function streamed(load: (send: Send) => Promise<void>): Promise<Run> {
  await redis.xgroup('CREATE', STREAM, 'bench', '$', 'MKSTREAM').catch(() => {});
  const timesMs: number[] = [];
  let added = 0;
  let isLoaded = false;
  const reading = (async () => {
    while (!isLoaded || timesMs.length < added) {
      const answer = (await reader.xreadgroup(
        ...([
          'GROUP',
          'bench',
          'reader',
          'COUNT',
          500,
          'BLOCK',
          100,
          'NOACK',
          'STREAMS',
          STREAM,
          '>',
        ] as const),
      )) as [string, [string, string[]][]][] | null;
      const now = performance.now();
      for (const [, fields] of answer?.[0]?.[1] ?? []) timesMs.push(now - Number(fields[1]));
    }
  })();
  const began = performance.now();
  await load(async () => {
    added += 1;
    return (await redis.xadd(STREAM, '*', 'at', String(performance.now())))!;
  });
  isLoaded = true;
  await reading;
  return { timesMs, perSecond: timesMs.length / ((performance.now() - began) / 1_000) };
}

it('events', async () => {
  // Opens all connections of the pools.
  await announced((send) => steadily(send, Math.max(...PER_SECOND)));
  for (const perSecond of PER_SECOND) {
    const load = (send: Send) => steadily(send, perSecond);
    const [ours, stream] = [await announced(load), await streamed(load)];
    for (const percent of [50, 99]) {
      const of = ({ timesMs }: Run) => [percentile(timesMs, percent / 100)];
      const beside = [{ name: 'XADD and XREADGROUP alone', rounds: of(stream) }];
      report({ name: `${perSecond} events a second, p${percent}`, unit: 'ms', rounds: of(ours), beside });
    }
  }
  const [ours, stream] = [await announced(flatOut), await streamed(flatOut)];
  const beside = [{ name: 'XADD and XREADGROUP alone', rounds: [stream.perSecond] }];
  report({ name: 'events flat out', unit: '/s', rounds: [ours.perSecond], beside });
});
