import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectRedis, type RedisConnection } from '@libs/cache/redis';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import { startRedis, type RedisServer } from '@scripts/dev/servers/redisServer';
import { createLog, silentLog } from '@libs/telemetry/log';
import {
  bookingEvent,
  eventDatabase,
  eventually,
  eventContext,
  announceEvent,
} from '@libs/testing/eventFixtures';
import { recordingReactions } from '@libs/testing/eventEffects';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { consumeOnce, startConsumer } from '../consumer/consumer.ts';
import { GROUPS, type ConsumerGroup } from '../catalogue.ts';
import { epochMs } from '@libs/time/clock';
import { eventIdOf } from '../entries.ts';
import { publishedCheckpointKey } from '../publishedCheckpoint.ts';
import { announce } from '../outbox.ts';
import { RELAY_POLL_MS, relayOnce, startRelay } from './relay.ts';
import { acknowledgedBefore, purgeOldRows, maintainOutbox, trimByAge, trimStream } from './maintenance.ts';

const STREAM = 'booking-events';
const { db } = await eventDatabase();
const log = silentLog();

let dataDir: string;
let server: RedisServer;
let redis: RedisConnection;
/** A connection without the product's timeouts. */
let client: Redis;
const running: { stop(): Promise<void> }[] = [];
/** Stops it after the test, even if the test fails. */
function stopAtEnd<T extends { stop(): Promise<void> }>(service: T): T {
  running.push(service);
  return service;
}

/** Like a crash without persistence. */
async function loseRedis(): Promise<void> {
  await server.kill();
  await rm(dataDir, { recursive: true, force: true });
}

async function restartRedis(): Promise<void> {
  server = await startRedis({ dataDir, port: server.port, appendOnly: false });
  const isConnected = async () => redis.status === 'ready' && client.status === 'ready';
  await eventually('connected again', isConnected);
}

beforeAll(async () => {
  dataDir = path.join(await mkdtemp(path.join(tmpdir(), 'vaga-relay-')), 'redis');
  server = await startRedis({ dataDir, appendOnly: false });
  redis = connectRedis(server.url, { name: 'test', log });
  client = new Redis(server.url, { protocol: 2, retryStrategy: () => 50 });
  client.on('error', () => {});
  await eventually('connected', async () => redis.status === 'ready');
});

afterAll(async () => {
  redis.disconnect();
  client.disconnect();
  await server.stop();
  await rm(path.dirname(dataDir), { recursive: true, force: true });
});

beforeEach(async () => {
  await db.sql`truncate outbox, inbox, consumed_events, effects`;
  await client.flushall();
  return async () => {
    await Promise.all(running.splice(0).map((service) => service.stop()));
  };
});

const entriesOf = async (stream: string) => client.xrange(stream, '-', '+');
const idsIn = async (stream: string) => (await entriesOf(stream)).map(([, fields]) => eventIdOf(fields));
const announceMany = async (count: number): Promise<string[]> => {
  const events = Array.from({ length: count }, () => bookingEvent());
  return inTransaction(db, (tx) => announce(tx, events, eventContext()));
};
const consume = (group: ConsumerGroup) => consumeOnce({ db, redis, group, reactions: recordingReactions() });
const effects = async () =>
  (await db.sql`select event_id from effects`).map((row) => row['event_id'] as string);

describe('the relay', () => {
  it('adds entries with the fields event_type, payload and metadata', async () => {
    const event = bookingEvent();
    const context = eventContext();
    const [id] = await inTransaction(db, (tx) => announce(tx, event, context));
    expect(await relayOnce({ db, redis })).toBe(1);
    const [[, fields]] = (await entriesOf(STREAM)) as [[string, string[]]];
    expect([fields[0], fields[2], fields[4]]).toEqual(['event_type', 'payload', 'metadata']);
    expect(fields[1]).toBe('booking.created');
    expect(JSON.parse(fields[3] ?? '')).toEqual(event.payload);
    expect(JSON.parse(fields[5] ?? '')).toEqual({
      event_id: id,
      tenant_id: event.payload.tenant_id,
      occurred_at: context.now.toString({ fractionalSecondDigits: 3 }),
      trace_id: context.traceId,
      version: 1,
      actor: { kind: 'system', id: null },
    });
  });

  it('notes what a relay that ended after sending has not noted, though nothing else is to be sent', async () => {
    await announceMany(2);
    await relayOnce({ db, redis });
    const [before] = await db.sql`select published::text from outbox_relay`;
    await announceMany(3);
    await relayOnce({ db, redis });
    const [after] = await db.sql`select published::text from outbox_relay`;
    await db.sql`update outbox_relay set published = ${before!['published'] as string}`;
    expect(await relayOnce({ db, redis })).toBe(0);
    expect(await db.sql`select published::text from outbox_relay`).toEqual([after]);
    expect(await client.xlen(STREAM)).toBe(5);
  });

  it('publishes deletions to deletion-events', async () => {
    await announceEvent(db, { type: 'user.deleted', payload: { user_id: newId(), tenant_id: newId() } });
    await relayOnce({ db, redis });
    expect(await client.xlen('deletion-events')).toBe(1);
    expect(await client.xlen(STREAM)).toBe(0);
  });

  it('keeps the order over many batches, and publishes nothing twice', async () => {
    const ids = await announceMany(1_300);
    expect(await relayOnce({ db, redis })).toBe(1_300);
    expect(await relayOnce({ db, redis })).toBe(0);
    expect(await idsIn(STREAM)).toEqual(ids);
  });

  it('publishes each row once while several relays run', async () => {
    const relays = [
      startRelay({ db, redis, log }),
      startRelay({ db, redis, log }),
      startRelay({ db, redis, log }),
    ];
    const ids = await Promise.all(Array.from({ length: 200 }, () => announceEvent(db)));
    await eventually('all sent', async () => (await client.xlen(STREAM)) >= ids.length);
    await Promise.all(relays.map((relay) => relay.stop()));
    await relayOnce({ db, redis });
    expect((await idsIn(STREAM)).map(String).toSorted()).toEqual(ids.toSorted());
  });

  it('is woken by a commit, not by its poll', async () => {
    const relay = stopAtEnd(startRelay({ db, redis, log }));
    await announceEvent(db);
    await eventually('the first one sent', async () => (await client.xlen(STREAM)) === 1);
    const delays: number[] = [];
    for (let sent = 2; sent <= 12; sent += 1) {
      const start = performance.now();
      await announceEvent(db);
      await eventually('sent', async () => (await client.xlen(STREAM)) === sent, { everyMs: 1 });
      delays.push(performance.now() - start);
    }
    await relay.stop();
    // Each event was announced just after a pass, so with polling alone it would have waited a whole interval.
    expect(delays.toSorted((a, b) => a - b)[5]).toBeLessThan(0.75 * RELAY_POLL_MS);
  });

  it('continues where a stopped relay left off', async () => {
    const first = stopAtEnd(startRelay({ db, redis, log }));
    const ids = [await announceEvent(db)];
    await eventually('sent by the first', async () => (await client.xlen(STREAM)) === 1);
    await first.stop();
    ids.push(await announceEvent(db));
    const second = stopAtEnd(startRelay({ db, redis, log }));
    await eventually('sent by the second', async () => (await client.xlen(STREAM)) === 2);
    await second.stop();
    expect(await idsIn(STREAM)).toEqual(ids);
  });
});

describe('after Redis lost its data, the relay', () => {
  it('publishes again what a group may lack, and what was announced meanwhile; each event is applied once', async () => {
    const relay = stopAtEnd(startRelay({ db, redis, log }));
    const consumer = stopAtEnd(
      startConsumer({ db, redis, group: 'user-service', reactions: recordingReactions(), log }),
    );
    const ids = await announceMany(50);
    await eventually('consumed', async () => (await effects()).length === 50);
    await loseRedis();
    const start = performance.now();
    ids.push(...(await announceMany(20)), ...(await announceMany(20)));
    expect(performance.now() - start).toBeLessThan(1_000);
    await restartRedis();
    await eventually('consumed what was announced meanwhile', async () => (await effects()).length >= 90);
    await relay.stop();
    await consumer.stop();
    expect(await idsIn(STREAM)).toEqual(ids);
    expect((await effects()).toSorted()).toEqual(ids.toSorted());
  });

  it('publishes nothing again that every group has acknowledged', async () => {
    await announceMany(30);
    await relayOnce({ db, redis });
    for (const group of GROUPS[STREAM]) await consume(group);
    await maintainOutbox(db, client);
    const late = await announceMany(2);
    await relayOnce({ db, redis });
    await maintainOutbox(db, client);
    await client.flushall();
    expect(await relayOnce({ db, redis })).toBe(2);
    expect(await idsIn(STREAM)).toEqual(late);
  });

  it('publishes what Redis lacks if Redis kept an older state', async () => {
    const kept = await announceMany(3);
    await relayOnce({ db, redis });
    const [relay] = await db.sql<{ id: string }[]>`select outbox_id as id from outbox_relay`;
    const key = publishedCheckpointKey(relay!.id);
    const published = await client.get(key);
    const lost = await announceMany(3);
    await relayOnce({ db, redis });
    for (const [id] of (await entriesOf(STREAM)).slice(3)) await client.xdel(STREAM, id);
    await client.set(key, published!);
    expect(await relayOnce({ db, redis })).toBe(3);
    expect(await idsIn(STREAM)).toEqual([...kept, ...lost]);
  });

  it('has kept numbering rows during the outage, so that readers of the outbox miss nothing', async () => {
    const relay = stopAtEnd(startRelay({ db, redis, log }));
    await loseRedis();
    await announceMany(5);
    const countUnnumbered = async () => (await db.sql`select 1 from outbox where position is null`).count;
    await eventually('numbered', async () => (await countUnnumbered()) === 0);
    await relay.stop();
    await restartRedis();
  });
});

describe('trimming', () => {
  const expected = ['user-service', 'resource-service'];

  it('never removes entries that an expected group has not read, or has pending', async () => {
    await announceMany(10);
    await relayOnce({ db, redis });
    expect(await trimStream(client, STREAM, { expected, keepEntries: 0 })).toBe(0);
    await consume('user-service');
    expect(await trimStream(client, STREAM, { expected, keepEntries: 0 })).toBe(0);

    await client.xgroup('CREATE', STREAM, 'resource-service', '0');
    expect(await trimStream(client, STREAM, { expected, keepEntries: 0 })).toBe(0);

    const read = await client.xreadgroup(
      'GROUP',
      'resource-service',
      'one',
      'COUNT',
      6,
      'STREAMS',
      STREAM,
      '>',
    );
    const given = (read as [string, [string, string[]][]][])[0]?.[1].map(([id]) => id) as string[];
    await client.xack(STREAM, 'resource-service', ...given.filter((_, index) => index !== 3));
    expect(await acknowledgedBefore(client, STREAM, expected)).toBe(given[3]);
    expect(await trimStream(client, STREAM, { expected, keepEntries: 0 })).toBe(3);
    expect(await client.xlen(STREAM)).toBe(7);

    await client.xack(STREAM, 'resource-service', given[3] as string);
    expect(await trimStream(client, STREAM, { expected, keepEntries: 0 })).toBe(3);
    expect(await client.xlen(STREAM)).toBe(4);
  });

  it('never removes entries that an unexpected group has not read', async () => {
    await announceMany(4);
    await relayOnce({ db, redis });
    for (const group of ['user-service', 'resource-service'] as const) await consume(group);
    await client.xgroup('CREATE', STREAM, 'somebody-else', '0');
    expect(await trimStream(client, STREAM, { expected, keepEntries: 0 })).toBe(0);
  });

  it('removes acknowledged entries by age, and never what a group lacks', async () => {
    const ids = await announceMany(4);
    await relayOnce({ db, redis });
    const inAWeek = { expected: GROUPS[STREAM], nowMs: epochMs() + 7.5 * 86_400_000 };
    const [first, ...rest] = GROUPS[STREAM];
    await consume(first!);
    await trimByAge(client, STREAM, inAWeek);
    expect(await idsIn(STREAM)).toEqual(ids);
    for (const group of rest) await consume(group);
    await trimByAge(client, STREAM, { ...inAWeek, nowMs: epochMs() });
    expect(await idsIn(STREAM)).toEqual(ids);
    await trimByAge(client, STREAM, inAWeek);
    expect(await idsIn(STREAM)).toEqual([]);
  });

  it('removes everything that was published to a stream that nobody consumes', async () => {
    const stream = 'schedule-events';
    expect(await acknowledgedBefore(client, stream, [])).toBe('0-1');
    const closure = { closure_id: newId(), tenant_id: newId(), from: '2027-01-06', to: '2027-01-06' };
    const open = { start_time: null, end_time: null, resource_ids: null, category_ids: null };
    for (let count = 0; count < 4; count += 1) {
      await announceEvent(db, { type: 'closure.created', payload: { ...closure, ...open } });
    }
    await relayOnce({ db, redis });
    expect(await trimStream(client, stream, { expected: [], keepEntries: 4 })).toBe(0);
    expect(await trimStream(client, stream, { expected: [], keepEntries: 3 })).toBe(4);
    // A group of a later release counts from the moment that it is expected.
    await announceEvent(db, { type: 'closure.created', payload: { ...closure, ...open } });
    await relayOnce({ db, redis });
    expect(await trimStream(client, stream, { expected: ['booking-service'], keepEntries: 0 })).toBe(0);
  });

  it('leaves streams alone that are not longer than the retention', async () => {
    await announceMany(4);
    await relayOnce({ db, redis });
    for (const group of ['user-service', 'resource-service'] as const) await consume(group);
    expect(await trimStream(client, STREAM, { expected })).toBe(0);
    expect(await trimStream(client, STREAM, { expected, keepEntries: 3 })).toBe(4);
  });
});

describe('rows older than the retention', () => {
  it('are purged once published, and the newest purged position is recorded', async () => {
    const ids = await announceMany(4);
    await relayOnce({ db, redis });
    const unsent = await announceMany(1);
    await db.sql`update outbox set occurred_at = now() - interval '8 days' where id <> ${ids[3] as string}`;
    expect(await purgeOldRows(db)).toBe(3);
    const left = (await db.sql`select id from outbox order by arrival`).map((row) => row['id'] as string);
    expect(left).toEqual([ids[3], ...unsent]);
    const [notes] = await db.sql`select removed::text, published::text from outbox_relay`;
    expect(BigInt(notes?.['removed'] as string)).toBe(BigInt(notes?.['published'] as string) - 1n);
  });
});

describe('what the log of a relay says', () => {
  /** For a pass after the longest back-off, on a busy machine. */
  const LOG_LIMIT = { timeout: 10_000 };

  /** Runs a relay with something to publish on a Redis with this setting; the lines that it logs. */
  async function linesWith(setting: string, value: string): Promise<() => string> {
    const [, before = ''] = (await client.config('GET', setting)) as string[];
    const lines: string[] = [];
    const captured = createLog('test', 'warn', { write: (line) => void lines.push(line) });
    await announceMany(1);
    await client.config('SET', setting, value);
    stopAtEnd({ stop: async () => void (await client.config('SET', setting, before)) });
    stopAtEnd(startRelay({ db, redis, log: captured }));
    return () => lines.join('');
  }

  it('names what Redis refused in a batch, not only that it refused something', async () => {
    const text = await linesWith('maxmemory', '1');
    await expect.poll(text, LOG_LIMIT).toContain('OOM command not allowed');
    await client.config('SET', 'maxmemory', '0');
    await expect.poll(text, LOG_LIMIT).toContain('relay: works again');
  });

  it('names the reason why Redis admits nobody', async () => {
    const text = await linesWith('requirepass', 'segredo');
    await expect.poll(text, LOG_LIMIT).toContain('NOAUTH Authentication required');
  });

  it('warns once of a Redis that evicts streams', async () => {
    const text = await linesWith('maxmemory-policy', 'allkeys-lru');
    await expect.poll(text, LOG_LIMIT).toContain('allkeys-lru');
    await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await announceMany(1);
    await expect.poll(() => entriesOf(STREAM), LOG_LIMIT).toHaveLength(2);
    expect(text().match(/allkeys-lru/g)).toHaveLength(1);
  });
});
