import { connectRedis } from '@libs/cache/redis';
import { connect } from '@libs/db/connect';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { relayOnce } from '@libs/events/relay/relay';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { silentLog } from '@libs/telemetry/log';
import { newTraceId } from '@libs/telemetry/trace';
import { bookingEvent } from '@libs/testing/eventFixtures';
import { testDatabase, testRedis } from '@libs/testing/testDatabases';
import { systemClock } from '@libs/time/clock';
import { afterAll, expect, it } from 'vitest';
import type { Databases } from '../withDatabases.ts';
import { reconcileEvents } from './events.ts';

const { url: redisUrl, redis: testClient } = await testRedis();
const redis = connectRedis(redisUrl, { name: 'reconcile', log: silentLog() });
const databases = Object.fromEntries(
  await Promise.all(
    SUBGRAPHS.map(async (name) => {
      const { url } = await testDatabase(name);
      return [name, connect(url, { name: 'reconcile', max: 2 })] as const;
    }),
  ),
) as Databases;
afterAll(async () => {
  redis.disconnect();
  await Promise.all(SUBGRAPHS.map((name) => databases[name].close()));
});

it('sends every missing event, also one whose request began before that of an earlier one', async () => {
  const db = databases.booking;
  const start = systemClock.now().subtract({ minutes: 10 });
  for (const seconds of [2, 0, 3]) {
    const context = { now: start.add({ seconds }), traceId: newTraceId() };
    await inTransaction(db, (tx) => announce(tx, bookingEvent(), context));
  }
  await relayOnce({ db, redis });
  await testClient.del('booking-events');
  const run = { databases, isApplied: true, deletesTenants: false, found: 0, left: 0, print: () => {} };
  await reconcileEvents(run, redis);
  expect([run.found, run.left]).toEqual([1, 0]);
  expect(await testClient.xlen('booking-events')).toBe(3);
});
