/** A Redis that keeps silent without closing connections: a proxy before it hangs, or abandons the existing ones. */
import { connectRedis, openSubscriber } from '@libs/cache/redis';
import { readThrough } from '@libs/cache/readThrough';
import { createLog, silentLog } from '@libs/telemetry/log';
import { announceEvent, eventDatabase } from '@libs/testing/eventFixtures';
import { recordingReactions } from '@libs/testing/eventEffects';
import { tcpProxy } from '@libs/testing/tcpProxy';
import { testRedis } from '@libs/testing/testDatabases';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { startConsumer } from './consumer/consumer.ts';
import { startRelay } from './relay/relay.ts';

/** For a command, with the tolerance on a busy machine. */
const COMMAND_LIMIT_MS = 500;
const RECOVERY_LIMIT_MS = 6_000;

const { db } = await eventDatabase();
const { url, redis: direct } = await testRedis();
const proxy = await tcpProxy(url);
const log = silentLog();
const redis = connectRedis(proxy.url, { name: 'vanishes', log });
const subscriber = openSubscriber(redis, 'vanishes-subscriber');
const CHANNEL = 'redis-vanishes';
const messages: string[] = [];
subscriber.on('message', (_channel, message) => void messages.push(message));
await subscriber.subscribe(CHANNEL);
const relay = startRelay({ db, redis, log });
const consumer = startConsumer({ group: 'tenant-service', reactions: recordingReactions(), db, redis, log });
afterAll(async () => {
  await Promise.all([relay.stop(), consumer.stop()]);
  subscriber.disconnect();
  redis.disconnect();
  await proxy.close();
});

const announced: string[] = [];
const announceMore = async () => void announced.push(await announceEvent(db));
const consumed = async () => {
  const rows = await db.sql<{ id: string }[]>`select event_id as id from effects order by id`;
  return rows.map(({ id }) => id).toSorted();
};
const eventuallyConsumed = () =>
  expect.poll(consumed, { timeout: RECOVERY_LIMIT_MS }).toEqual(announced.toSorted());
let sent = 0;
const receives = async () => {
  await direct.publish(CHANNEL, String((sent += 1)));
  await sleep(20);
  return messages.at(-1) === String(sent);
};
const cached = async () => {
  const key = 'redis-vanishes';
  await readThrough(redis, { key, ttlSeconds: 60, load: async () => 'value' });
  return (await direct.get(key)) ?? '';
};
const answers = () => redis.ping().catch((error: Error) => error.message);

async function expectAllWorks(): Promise<void> {
  await direct.del('redis-vanishes');
  await announceMore();
  await Promise.all([
    expect.poll(answers, { timeout: RECOVERY_LIMIT_MS }).toBe('PONG'),
    expect.poll(receives, { timeout: RECOVERY_LIMIT_MS }).toBe(true),
    expect.poll(cached, { timeout: RECOVERY_LIMIT_MS }).toContain('value'),
    eventuallyConsumed(),
  ]);
}

describe.each([1, 2])('a Redis that keeps silent, time %i', () => {
  it.each([
    ['for a moment', 700],
    ['for long', 7_000],
  ])('%s delays no request, loses nothing, and is used again soon', async (_, silenceMs) => {
    await expectAllWorks();
    proxy.pause();
    const since = performance.now();
    while (performance.now() - since < silenceMs) {
      const startedMs = performance.now();
      expect(await answers()).not.toBe('PONG');
      expect(performance.now() - startedMs).toBeLessThan(COMMAND_LIMIT_MS);
      await announceMore();
      await sleep(100);
    }
    proxy.resume();
    await expectAllWorks();
  });

  it('on the connections that it has, for ever, is soon used over new ones', async () => {
    await expectAllWorks();
    proxy.abandon();
    await announceMore();
    await expectAllWorks();
  });

  it('on those too that were opened while it did, is soon used over new ones', async () => {
    await expectAllWorks();
    proxy.pause();
    await announceMore();
    await sleep(4_500);
    proxy.abandon();
    proxy.resume();
    await expectAllWorks();
  });

  it('is logged as an outage', async () => {
    const lines: string[] = [];
    const log = createLog('test', 'warn', { write: (line) => void lines.push(line) });
    const logged = connectRedis(proxy.url, { name: 'logged', log });
    await expect.poll(() => logged.ping().catch(() => {}), { timeout: RECOVERY_LIMIT_MS }).toBe('PONG');
    proxy.pause();
    logged.ping().catch(() => {});
    const last = () => lines.at(-1);
    await expect
      .poll(last, { timeout: RECOVERY_LIMIT_MS })
      .toContain('Redis does not answer; working without it');
    proxy.resume();
    await expect.poll(last, { timeout: RECOVERY_LIMIT_MS }).toContain('Redis is back');
    expect(lines).toHaveLength(2);
    logged.disconnect();
  });
});
