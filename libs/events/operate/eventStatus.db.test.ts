import { connectRedis } from '@libs/cache/redis';
import { silentLog } from '@libs/telemetry/log';
import { systemClock } from '@libs/time/clock';
import { testRedis } from '@libs/testing/testDatabases';
import { bookingEvent, eventDatabase, announceEvent } from '@libs/testing/eventFixtures';
import { recordingReactions } from '@libs/testing/eventEffects';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { consumeOnce } from '../consumer/consumer.ts';
import type { Reactions } from '../reactions.ts';
import { relayOnce } from '../relay/relay.ts';
import { clearConsumed, replay } from './replay.ts';
import { listDeadLetters, inboxStatus, outboxStatus, streamStatus } from './eventStatus.ts';

const GROUP = 'tenant-service';
const { db } = await eventDatabase();
const { url, redis: client } = await testRedis();
const redis = connectRedis(url, { name: 'test', log: silentLog() });
afterAll(() => redis.disconnect());

beforeEach(async () => {
  await db.sql`truncate outbox, inbox, consumed_events, effects`;
  await client.flushdb();
});

const consume = (reactions: Reactions = recordingReactions()) =>
  consumeOnce({ db, redis, group: GROUP, reactions, retryDelaysMs: [0] });
const failing: Reactions = {
  'booking.created': async () => {
    throw new Error('no');
  },
};

describe('the status', () => {
  it('shows how many rows are not published yet, and the age of the oldest', async () => {
    expect(await outboxStatus(db)).toEqual({ unpublished: 0, oldestUnpublishedSeconds: null, kept: 0 });
    await announceEvent(db);
    await relayOnce({ db, redis });
    await announceEvent(db);
    // Half a second more than asserted: the column rounds to milliseconds.
    await db.sql`update outbox set occurred_at = now() - interval '90.5 seconds' where position is null`;
    const { oldestUnpublishedSeconds: age, ...counts } = await outboxStatus(db);
    expect(counts).toEqual({ unpublished: 1, kept: 2 });
    expect(age).toBeGreaterThanOrEqual(90);
    expect(age).toBeLessThan(100);
  });

  it('shows the lag, the pending entries and their longest idle time of each group', async () => {
    for (let i = 0; i < 3; i += 1) await announceEvent(db);
    await relayOnce({ db, redis });
    await client.xgroup('CREATE', 'booking-events', GROUP, '0');
    await client.xreadgroup('GROUP', GROUP, 'dead', 'COUNT', 1, 'STREAMS', 'booking-events', '>');
    await new Promise((resolve) => setTimeout(resolve, 20));
    const [bookings] = await streamStatus(client);
    expect(bookings).toMatchObject({ stream: 'booking-events', entries: 3, dead: 0 });
    expect(bookings?.groups).toEqual([{ name: GROUP, lag: 2, pending: 1, oldestIdleMs: expect.any(Number) }]);
    expect(bookings?.groups[0]?.oldestIdleMs).toBeGreaterThanOrEqual(15);
  });

  it('shows what waits in the inbox, and the dead letters', async () => {
    const event = bookingEvent();
    const id = await announceEvent(db, event);
    await announceEvent(db);
    await relayOnce({ db, redis });
    await consume(failing);
    await db.sql`update inbox set dead_at = null where event_id <> ${id}`;
    expect(await inboxStatus(db)).toEqual([
      { group: GROUP, waiting: 1, retrying: 1, oldestWaitingSeconds: expect.any(Number), dead: 1 },
    ]);
    expect(await listDeadLetters(db, 10)).toEqual([
      {
        group: GROUP,
        eventId: id,
        event: 'booking.created',
        key: event.payload.booking_id,
        attempts: 5,
        error: 'no',
        deadAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      },
    ]);
  });
});

describe('a replay', () => {
  it('sends the events since a time again, and only a group whose record was cleared consumes them again', async () => {
    const [early] = [await announceEvent(db), await announceEvent(db), await announceEvent(db)];
    await relayOnce({ db, redis });
    await consume();
    await db.sql`update outbox set occurred_at = now() - interval '1 hour' where id = ${early}`;
    const since = systemClock.now().subtract({ minutes: 10 });
    expect(await replay(db, redis, since)).toBe(2);
    expect(await consume()).toBe(0);
    const clearing = async (ids: string[]) => void (await clearConsumed(db, GROUP, ids));
    expect(await replay(db, redis, since, clearing)).toBe(2);
    expect(await consume()).toBe(2);
    expect((await db.sql`select 1 from effects`).count).toBe(5);
  });

  it('sends nothing if no event occurred since then', async () => {
    await announceEvent(db);
    await relayOnce({ db, redis });
    expect(await replay(db, redis, systemClock.now().add({ minutes: 1 }))).toBe(0);
  });
});
