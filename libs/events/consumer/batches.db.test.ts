import { connectRedis } from '@libs/cache/redis';
import { newId } from '@libs/db/ids';
import { silentLog } from '@libs/telemetry/log';
import { recordingReactionsThatFailOnPoison, POISON_SERIES } from '@libs/testing/eventEffects';
import { announceEvent, bookingEvent, eventDatabase } from '@libs/testing/eventFixtures';
import { testRedis } from '@libs/testing/testDatabases';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { BatchReaction, Reactions } from '../reactions.ts';
import { relayOnce } from '../relay/relay.ts';
import { consumeOnce } from './consumer.ts';
import { MAX_EVENT_ATTEMPTS } from './eventWorker.ts';

const STREAM = 'booking-events';
const { db } = await eventDatabase();
const { url, redis: client } = await testRedis();
const log = silentLog();
const redis = connectRedis(url, { name: 'test', log });
afterAll(() => redis.disconnect());

beforeEach(async () => {
  await db.sql`truncate outbox, inbox, consumed_events, effects, bookings`;
  await client.flushdb();
});

type BookingEvent = ReturnType<typeof bookingEvent>;

async function announceAndSend(events: readonly BookingEvent[]): Promise<string[]> {
  const ids: string[] = [];
  for (const event of events) ids.push(await announceEvent(db, event));
  await relayOnce({ db, redis });
  return ids;
}

const consume = (reactions: Reactions) =>
  consumeOnce({ db, redis, group: 'user-service', reactions, log, retryDelaysMs: [0] });

/** Reactions that record, and the event ids of each call. */
function recording(): { reactions: Reactions; calls: string[][] } {
  const calls: string[][] = [];
  const inner = recordingReactionsThatFailOnPoison('test')[
    'booking.created'
  ] as BatchReaction<'booking.created'>;
  const applyAll: typeof inner.applyAll = async (ctx) => {
    calls.push(ctx.events.map((event) => event.eventId));
    await inner.applyAll(ctx);
  };
  return { reactions: { 'booking.created': { applyAll } }, calls };
}

const effects = async (): Promise<string[]> =>
  (await db.sql`select event_id from effects order by id`).map((row) => row['event_id'] as string);

const eventsOf = (count: number): BookingEvent[] => Array.from({ length: count }, () => bookingEvent());

describe('a batch reaction', () => {
  it('gets the events of different bookings at once, in the order of their arrival', async () => {
    const ids = await announceAndSend(eventsOf(50));
    const { reactions, calls } = recording();
    expect(await consume(reactions)).toBe(50);
    expect(calls).toEqual([ids]);
    expect(await effects()).toEqual(ids);
    expect((await db.sql`select 1 from inbox`).count).toBe(0);
  });

  it('never gets two events of one booking at once, and gets them in order', async () => {
    const [one, other] = [newId(), newId()];
    const events = [1, 2, 3].flatMap((version) =>
      [one, other].map((booking) => bookingEvent({ booking_id: booking, booking_version: version })),
    );
    const ids = await announceAndSend(events);
    const { reactions, calls } = recording();
    await consume(reactions);
    expect(calls).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4, 6)]);
  });

  it('gets an event once that is delivered twice', async () => {
    const ids = await announceAndSend(eventsOf(3));
    const entries = await client.xrange(STREAM, '-', '+');
    for (const [, fields] of entries) await client.xadd(STREAM, '*', ...fields);
    await consume(recording().reactions);
    for (const [, fields] of entries) await client.xadd(STREAM, '*', ...fields);
    await consume(recording().reactions);
    expect(await effects()).toEqual(ids);
  });
});

describe('one event of a batch that fails', () => {
  it('costs its neighbors nothing: they take effect once, and it is retried alone until it is a dead letter', async () => {
    const poison = bookingEvent({ series_id: POISON_SERIES });
    const ids = await announceAndSend([...eventsOf(5), poison, ...eventsOf(5)]);
    const [bad] = ids.splice(5, 1);
    const { reactions, calls } = recording();
    expect(await consume(reactions)).toBe(10);
    expect(await effects()).toEqual(ids);
    const failed = calls.filter((call) => call.includes(bad!));
    expect(failed.map((call) => call.length)).toEqual([
      11,
      ...Array.from({ length: MAX_EVENT_ATTEMPTS }, () => 1),
    ]);
    expect(await db.sql`select event_id, attempts from inbox where dead_at is not null`).toEqual([
      { event_id: bad, attempts: MAX_EVENT_ATTEMPTS },
    ]);
  });

  it('at the commit counts as a failure of that event only', async () => {
    await db.sql`create table if not exists once (n integer unique deferrable initially deferred)`;
    const bad = bookingEvent();
    const ids = await announceAndSend([bookingEvent(), bad, bookingEvent()]);
    const { reactions } = recording();
    const inner = reactions['booking.created'] as BatchReaction<'booking.created'>;
    const failing: Reactions = {
      'booking.created': {
        applyAll: async (ctx) => {
          await inner.applyAll(ctx);
          const isBad = ctx.events.some(({ payload }) => payload.booking_id === bad.payload.booking_id);
          if (isBad) await ctx.tx.sql`insert into once values (1), (1)`;
        },
      },
    };
    expect(await consume(failing)).toBe(2);
    expect(await effects()).toEqual([ids[0], ids[2]]);
    expect(await db.sql`select event_id, attempts from inbox`).toEqual([
      { event_id: ids[1], attempts: MAX_EVENT_ATTEMPTS },
    ]);
  });
});
