/** A database whose connections keep silent for ever, while new ones work: a proxy before it abandons the existing ones. */
import { connectRedis } from '@libs/cache/redis';
import { connect } from '@libs/db/connect';
import { silentLog } from '@libs/telemetry/log';
import { recordingReactions } from '@libs/testing/eventEffects';
import { announceEvent, eventDatabase } from '@libs/testing/eventFixtures';
import { tcpProxy } from '@libs/testing/tcpProxy';
import { testRedis } from '@libs/testing/testDatabases';
import { afterAll, expect, test } from 'vitest';
import { startConsumer } from './consumer/consumer.ts';
import { startRelay } from './relay/relay.ts';

const RECOVERY_LIMIT_MS = 50_000;

const { db, url } = await eventDatabase();
const proxy = await tcpProxy(url);
const log = silentLog();
const redis = connectRedis((await testRedis()).url, { name: 'database-vanishes', log });
const worker = connect(proxy.url, { name: 'vanishes', max: 4 });
const relay = startRelay({ db: worker, redis, log });
const consumer = startConsumer({
  group: 'tenant-service',
  reactions: recordingReactions(),
  db: worker,
  redis,
  log,
});
afterAll(async () => {
  await Promise.all([relay.stop(), consumer.stop()]);
  redis.disconnect();
  await worker.close();
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

test(
  'relay and consumer go on over new ones, and every event has its effect once',
  async () => {
    for (let time = 0; time < 2; time += 1) {
      await announceMore();
      await eventuallyConsumed();
      proxy.abandon();
      await announceMore();
      await eventuallyConsumed();
    }
  },
  RECOVERY_LIMIT_MS * 2,
);
