/** What a scrape says of the events in a database and in Redis. */
import { connectRedis } from '@libs/cache/redis';
import { silentLog } from '@libs/telemetry/log';
import { metricsText } from '@libs/telemetry/metrics';
import { announceEvent, eventDatabase } from '@libs/testing/eventFixtures';
import { metricValue } from '@libs/testing/metricValue';
import { testRedis } from '@libs/testing/testDatabases';
import { afterAll, expect, it } from 'vitest';
import { consumeOnce } from './consumer/consumer.ts';
import type { Reactions } from './reactions.ts';
import { relayOnce } from './relay/relay.ts';
import { sampleGroup, sampleOutbox } from './sampleEvents.ts';

const GROUP = 'tenant-service';
const { db } = await eventDatabase();
const { url, redis: client } = await testRedis();
const redis = connectRedis(url, { name: 'test', log: silentLog() });
afterAll(() => redis.disconnect());

const failing: Reactions = {
  'booking.created': async () => {
    throw new Error('no');
  },
};

let ends: (() => void)[] = [];
const end = () => ends.forEach((one) => one());
afterAll(end);

/** A source that was read a moment ago is not read again: each scrape has new ones. */
async function scrape(): Promise<void> {
  end();
  ends = [sampleOutbox(db), ...sampleGroup(db, redis, GROUP)];
  await metricsText();
}
const ofGroup = (name: string, more: object = {}) => metricValue(name, { group: GROUP, ...more });
/** Other test files of this process count too. */
const consumed = async () => ({
  dead: await ofGroup('vaga_events_consumed_total', { event: 'booking.created', result: 'dead' }),
  retried: await ofGroup('vaga_events_consumed_total', { event: 'booking.created', result: 'retried' }),
});

it('says what waits in the outbox, in the stream and in the inbox, and what is dead', async () => {
  await announceEvent(db);
  await db.sql`update outbox set occurred_at = now() - interval '90.5 seconds'`;
  await scrape();
  expect(await metricValue('vaga_outbox_unpublished')).toBe(1);
  expect(await metricValue('vaga_outbox_oldest_unpublished_seconds')).toBeGreaterThanOrEqual(90);
  expect(await ofGroup('vaga_inbox_waiting')).toBe(0);

  const before = await metricValue('vaga_events_published_total', { stream: 'booking-events' });
  await relayOnce({ db, redis });
  await client.xgroup('CREATE', 'booking-events', GROUP, '0');
  await scrape();
  expect(await metricValue('vaga_outbox_unpublished')).toBe(0);
  expect(await metricValue('vaga_outbox_oldest_unpublished_seconds')).toBe(0);
  expect(await metricValue('vaga_events_published_total', { stream: 'booking-events' })).toBe(before + 1);
  expect(await ofGroup('vaga_event_stream_lag', { stream: 'booking-events' })).toBe(1);

  const consumedBefore = await consumed();
  const consume = () =>
    consumeOnce({ db, redis, group: GROUP, reactions: failing, retryDelaysMs: [3_600_000] });
  await consume();
  await scrape();
  expect(await ofGroup('vaga_event_stream_lag', { stream: 'booking-events' })).toBe(0);
  expect([await ofGroup('vaga_inbox_waiting'), await ofGroup('vaga_inbox_retrying')]).toEqual([1, 1]);
  expect(await ofGroup('vaga_inbox_oldest_waiting_seconds')).toBeGreaterThanOrEqual(90);

  for (let attempt = 2; attempt <= 5; attempt += 1) {
    await db.sql`update inbox set next_attempt_at = now()`;
    await consume();
  }
  await scrape();
  expect([await ofGroup('vaga_inbox_waiting'), await ofGroup('vaga_inbox_dead')]).toEqual([0, 1]);
  expect(await consumed()).toEqual({ dead: consumedBefore.dead + 1, retried: consumedBefore.retried + 4 });
});
