import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectRedis } from '@libs/cache/redis';
import { connect } from '@libs/db/connect';
import { startRelay, type Relay } from '@libs/events/relay/relay';
import { silentLog } from '@libs/telemetry/log';
import { tcpProxy } from '@libs/testing/tcpProxy';
import { testDatabase } from '@libs/testing/testDatabases';
import { startRedis, type RedisServer } from '@scripts/dev/servers/redisServer';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  bookingInput,
  exampleDirectory,
  exampleTenant,
  valueOf,
  type ExampleTenant,
} from '../booking.fixtures.ts';
import { cancelBooking } from '../bookings/cancelBooking.ts';
import { createBooking } from '../bookings/createBooking.ts';
import { updateBooking } from '../bookings/updateBooking.ts';
import { instance, subscriber, type Instance } from './changes.fixtures.ts';
import { POLL_MS } from './feeds.ts';
import type { Change } from './readChanges.ts';

/** Changes made while subscribers disconnect and resume; more with VAGA_SOAK. */
const CHANGES = process.env['VAGA_SOAK'] ? 5_000 : 300;
const WRITERS = 6;
const SUBSCRIBERS = 10;
const BOOKINGS = 8;
/** The most changes that a subscriber takes before it disconnects. */
const MAX_CHANGES_PER_CONNECTION = 30;

const { url: databaseUrl } = await testDatabase('booking');
const log = silentLog();
const db = connect(databaseUrl, { name: 'test' });
const directory = exampleDirectory();

let dataDir: string;
let server: RedisServer;
let redis: ReturnType<typeof connectRedis>;
let instances: Instance[];
let relays: Relay[];

beforeAll(async () => {
  dataDir = path.join(await mkdtemp(path.join(tmpdir(), 'vaga-changes-')), 'redis');
  server = await startRedis({ dataDir, appendOnly: false });
  redis = connectRedis(server.url, { name: 'test', log });
  // As in two processes, each with its own feeds and relay.
  instances = [0, 1].map(() => instance({ databaseUrl, redisUrl: server.url }));
  relays = [0, 1].map(() => startRelay({ db, redis, log }));
});

afterAll(async () => {
  await Promise.all([...relays, ...instances].map((one) => one.stop()));
  redis.disconnect();
  await server.stop();
  await rm(path.dirname(dataDir), { recursive: true, force: true });
  await db.close();
});

/** Like a crash without persistence, and a restart after `forMs`. */
async function loseRedis(forMs: number): Promise<void> {
  await server.kill();
  await rm(dataDir, { recursive: true, force: true });
  await new Promise((resolve) => setTimeout(resolve, forMs));
  server = await startRedis({ dataDir, port: server.port, appendOnly: false });
}

async function bookingsIn(tenant: ExampleTenant, count: number): Promise<string[]> {
  const boss = tenant.administrator();
  const ids: string[] = [];
  for (let created = 0; created < count; created += 1) {
    const input = bookingInput(tenant.resource());
    ids.push(valueOf(await createBooking(tenant.as(boss), input)).bookings[0]!.id);
  }
  return ids;
}

/** Concurrent writers make `count` changes in all; then one booking is cancelled, as an end marker. */
async function load(tenant: ExampleTenant, ids: string[], count: number): Promise<void> {
  const boss = tenant.administrator();
  let left = count;
  const writer = async () => {
    for (; left > 0; left -= 1) {
      const id = ids[Math.floor(Math.random() * ids.length)]!;
      valueOf(await updateBooking(tenant.as(boss), { id, notes: `${left}` }));
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  valueOf(await cancelBooking(tenant.as(boss), { id: ids[0]! }));
}

/** Follows until a booking is cancelled, reconnecting again and again to the other process. */
async function followWithDisconnects(
  tenant: ExampleTenant,
  start: string,
): Promise<{ received: Change[]; disconnects: number }> {
  const boss = tenant.administrator();
  const received: Change[] = [];
  let position = start;
  for (let disconnects = 0; ; disconnects += 1) {
    const one = await subscriber(tenant.as(boss), instances[disconnects % instances.length]!, {
      after: position,
    });
    const limit = Math.ceil(Math.random() * MAX_CHANGES_PER_CONNECTION);
    // Sometimes it disconnects while waiting for a change.
    const leaving = setTimeout(() => void one.end(), Math.random() * 200);
    try {
      for (let taken = 0; taken < limit && received.at(-1)?.type !== 'CANCELLED'; taken += 1) {
        received.push(...(await one.take(1)));
      }
    } catch {
      // It disconnected while waiting.
    }
    clearTimeout(leaving);
    await one.end();
    position = one.cursor();
    if (received.at(-1)?.type === 'CANCELLED') return { received, disconnects };
  }
}

it('subscribers that reconnect under load receive every change once and in order, even if Redis loses its data meanwhile', async () => {
  const [tenant, other] = [exampleTenant(db, directory), exampleTenant(db, directory)];
  const [ids, others] = [await bookingsIn(tenant, BOOKINGS), await bookingsIn(other, BOOKINGS)];
  const first = await subscriber(tenant.as(tenant.administrator()), instances[0]!);
  const start = first.cursor();
  await first.end();
  const follows = Array.from({ length: SUBSCRIBERS }, () => followWithDisconnects(tenant, start));
  const [followed] = await Promise.all([
    Promise.all(follows),
    load(tenant, ids, CHANGES),
    load(other, others, CHANGES / 2),
    loseRedis(POLL_MS),
  ]);
  const rows = await db.sql<{ id: string }[]>`
    select id from outbox where tenant_id = ${tenant.id} and event_type <> 'booking.created' order by position`;
  const expected = rows.map(({ id }) => id);
  expect(expected.length).toBeGreaterThanOrEqual(CHANGES);
  for (const { received } of followed) expect(received.map(({ id }) => id)).toEqual(expected);
  expect(followed.reduce((sum, { disconnects }) => sum + disconnects, 0)).toBeGreaterThan(SUBSCRIBERS * 5);
}, 600_000);

/** Measures how long a change takes to the subscribers of `instances`, from its commit. */
async function delayMeter(): Promise<(instances: readonly Instance[]) => Promise<number[]>> {
  const tenant = exampleTenant(db, directory);
  const [id = ''] = await bookingsIn(tenant, 1);
  const boss = tenant.administrator();
  let times = 0;
  return async (measured) => {
    const followers = await Promise.all(measured.map((one) => subscriber(tenant.as(boss), one)));
    const taken = followers.map((one) => one.take(1));
    times += 1;
    valueOf(await updateBooking(tenant.as(boss), { id, notes: `change ${times}` }));
    const committedMs = performance.now();
    const delays = await Promise.all(taken.map((one) => one.then(() => performance.now() - committedMs)));
    for (const one of followers) await one.end();
    return delays;
  };
}
const isNotified = { timeout: 20_000 };

it('a tenant whose changes cannot be read keeps nobody else waiting, and misses nothing once they can', async () => {
  const [broken, other] = [exampleTenant(db, directory), exampleTenant(db, directory)];
  const [brokenOne, otherOne] = await Promise.all(
    [broken, other].map((tenant) => subscriber(tenant.as(tenant.administrator()), instances[0]!)),
  );
  const [before] = await bookingsIn(broken, 1);
  expect((await brokenOne!.take(1))[0]!.booking.id).toBe(before);
  const received = brokenOne!.take(3);
  await db.sql.unsafe(`
    create function damage() returns trigger language plpgsql as $$ begin
      new.payload = new.payload || jsonb_build_object('booking_id', 'unreadable', 'real_id', new.payload ->> 'booking_id');
      return new;
    end $$;
    create trigger damage before insert on outbox for each row
      when (new.tenant_id = '${broken.id}') execute function damage()`);
  const missed: string[] = [];
  for (let round = 0; round < 6; round += 1) {
    if (round < 3) missed.push(...(await bookingsIn(broken, 1)));
    const [id] = await bookingsIn(other, 1);
    expect((await otherOne!.take(1))[0]!.booking.id).toBe(id);
    // Polls must not pass by what cannot be read, in the last rounds with nothing new after it.
    await sleep(POLL_MS / 2);
  }
  await db.sql.unsafe(`
    drop trigger damage on outbox;
    update outbox set payload = jsonb_set(payload, '{booking_id}', payload -> 'real_id') where payload ? 'real_id'`);
  expect((await received).map(({ booking }) => booking.id)).toEqual(missed);
  await Promise.all([brokenOne!.end(), otherOne!.end()]);
});

it('a change is delivered at once through the notifier, and without Redis by the next poll', async () => {
  const delaysMs = await delayMeter();
  const most = async () => Math.max(...(await delaysMs(instances)));
  await expect.poll(most, isNotified).toBeLessThan(POLL_MS / 4);
  await server.kill();
  for (const delayMs of await delaysMs(instances)) expect(delayMs).toBeLessThan(POLL_MS * 4);
  server = await startRedis({ dataDir, port: server.port, appendOnly: false });
  await expect.poll(most, isNotified).toBeLessThan(POLL_MS / 4);
});

it('a notifier whose connection keeps silent for ever notifies again over a new one', async () => {
  const proxy = await tcpProxy(server.url);
  const silenced = instance({ databaseUrl, redisUrl: proxy.url });
  const delaysMs = await delayMeter();
  const slowest = async () => {
    const delays = [];
    // By a poll alone, five in a row are not all quick.
    for (let round = 0; round < 5; round += 1) delays.push(...(await delaysMs([silenced])));
    return Math.max(...delays);
  };
  try {
    await expect.poll(slowest, isNotified).toBeLessThan(POLL_MS / 4);
    proxy.abandon();
    for (const delayMs of await delaysMs([silenced])) expect(delayMs).toBeLessThan(POLL_MS * 4);
    await expect.poll(slowest, isNotified).toBeLessThan(POLL_MS / 4);
  } finally {
    await silenced.stop();
    await proxy.close();
  }
});
