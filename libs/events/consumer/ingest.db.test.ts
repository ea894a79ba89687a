import { announceEvent, eventDatabaseAndRedis, eventually } from '@libs/testing/eventFixtures';
import { recordingReactions } from '@libs/testing/eventEffects';
import { describe, expect, it } from 'vitest';
import { relayOnce } from '../relay/relay.ts';
import { consumeOnce, startConsumer } from './consumer.ts';
import { needsIngest } from './ingest.ts';

const STREAM = 'booking-events';
const GROUP = 'user-service';
const { db, redis, client, log } = await eventDatabaseAndRedis();

const options = { db, redis, group: GROUP, reactions: recordingReactions(), log } as const;
const announceAndSend = async () => {
  await announceEvent(db);
  await relayOnce({ db, redis });
};
const needed = async () => {
  const [newest] = await client.xrevrange(STREAM, '+', '-', 'COUNT', 1);
  return needsIngest(GROUP, redis, { stream: STREAM, newestId: newest?.[0] ?? '0-0' });
};
const deliverToDeadConsumer = () => client.xreadgroup('GROUP', GROUP, 'dead', 'STREAMS', STREAM, '>');

describe('a stream needs to be ingested', () => {
  it('if it does not exist, or lacks the group', async () => {
    expect(await needed()).toBe(true);
    await announceAndSend();
    expect(await needed()).toBe(true);
  });

  it('not if the group has acknowledged all', async () => {
    await announceAndSend();
    await consumeOnce(options);
    expect(await needed()).toBe(false);
  });

  it('not if it is empty and the group exists', async () => {
    await consumeOnce(options);
    expect(await needed()).toBe(false);
  });

  it('if it has an entry that was not delivered', async () => {
    await consumeOnce(options);
    await announceAndSend();
    expect(await needed()).toBe(true);
  });

  it('if a dead consumer has a pending entry', async () => {
    await consumeOnce(options);
    await announceAndSend();
    await deliverToDeadConsumer();
    expect(await needed()).toBe(true);
  });

  it('if the group is to read again what it has acknowledged', async () => {
    await announceAndSend();
    await consumeOnce(options);
    await client.xgroup('SETID', STREAM, GROUP, '0');
    expect(await needed()).toBe(true);
  });
});

describe('a consumer to which nothing is added', () => {
  const effects = async () => (await db.sql`select 1 from effects`).count;

  it('finds the entries of one that died, from its start on and later', async () => {
    await consumeOnce(options);
    await announceAndSend();
    await deliverToDeadConsumer();
    const consumer = startConsumer(options);
    try {
      await eventually('the first is consumed', async () => (await effects()) === 1);
      const [newest] = await client.xrevrange(STREAM, '+', '-', 'COUNT', 1);
      // Consumed, and pending again: only to be acknowledged.
      await client.xclaim(STREAM, GROUP, 'dead', 0, newest![0], 'FORCE');
      await eventually(
        'acknowledged',
        async () => ((await client.xpending(STREAM, GROUP)) as [number])[0] === 0,
      );
    } finally {
      await consumer.stop();
    }
    expect(await effects()).toBe(1);
  });

  it('notices that Redis lost its data', async () => {
    await announceAndSend();
    const consumer = startConsumer(options);
    try {
      await eventually('consumed', async () => (await effects()) === 1);
      await client.flushdb();
      await eventually('the group exists again', async () => !(await needed()));
    } finally {
      await consumer.stop();
    }
  });
});
