import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectRedis, openSession } from '@libs/cache/redis';
import { changeChannelOf } from '@libs/events/relay/publish';
import { silentLog } from '@libs/telemetry/log';
import { startRedis } from '@scripts/dev/servers/redisServer';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { startChangeNotifier } from './changeNotifier.ts';

/** Channels are of a whole server, so the one that other tests use would carry their messages, too. */
const folder = await mkdtemp(path.join(tmpdir(), 'vaga-notifier-'));
const server = await startRedis({ dataDir: path.join(folder, 'redis'), appendOnly: false });
const log = silentLog();
const redis = connectRedis(server.url, { name: 'test', log });
const direct = await openSession(redis, 'direct');
/** 'live' and 'all', or the tenants whose feeds are notified. */
let notified: string[] = [];
const notifier = startChangeNotifier({
  redis,
  feeds: {
    join: () => expect.unreachable(),
    notify: (tenantIds) => void notified.push(...tenantIds),
    notifyAll: () => void notified.push('all'),
    stop: async () => {},
  },
  live: { notify: () => void notified.push('live') },
  log,
});

afterAll(async () => {
  notifier.stop();
  redis.disconnect();
  direct.disconnect();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const CHANNELS = (['booking-events', 'schedule-events'] as const).map(changeChannelOf);
const [bookingEvents, scheduleEvents] = CHANNELS as [string, string];
const isSubscribed = async () =>
  (await direct.pubsub('NUMSUB', ...CHANNELS)).filter((count) => Number(count) > 0).length ===
  CHANNELS.length;
const expectNotified = (expected: string[]) =>
  expect.poll(() => notified.toSorted()).toEqual(expected.toSorted());

beforeAll(() => vi.waitUntil(isSubscribed));
beforeEach(() => {
  notified = [];
});

test('bookings notify the feeds of their tenants and live availability', async () => {
  await direct.publish(bookingEvents, JSON.stringify(['one', 'two']));
  await expectNotified(['one', 'two', 'live']);
});

test('schedules notify live availability alone', async () => {
  await direct.publish(scheduleEvents, JSON.stringify(['one']));
  await expectNotified(['live']);
});

test('a malformed message notifies everything, and the next one is heard', async () => {
  for (const message of ['{', 'null', '"one"']) await direct.publish(bookingEvents, message);
  await expectNotified(['all', 'all', 'all', 'live', 'live', 'live']);
  await direct.publish(scheduleEvents, '{');
  await expectNotified(['all', 'all', 'all', 'live', 'live', 'live', 'live']);
});

test('a new connection notifies everything, and hears what comes next', async () => {
  const [, id] = /id=(\d+) [^\n]*name=change-notifier /.exec(String(await direct.client('LIST')))!;
  await direct.client('KILL', 'ID', id!);
  await expectNotified(['all', 'live']);
  await vi.waitUntil(isSubscribed);
  await direct.publish(bookingEvents, JSON.stringify(['one']));
  await expectNotified(['all', 'live', 'one', 'live']);
});
