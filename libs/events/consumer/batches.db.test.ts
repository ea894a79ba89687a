import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { recordingReactionsThatFailOnPoison, POISON_SERIES } from '@libs/testing/eventEffects';
import { announceEvent, bookingEvent, eventDatabaseAndRedis } from '@libs/testing/eventFixtures';
import { postgresProxy } from '@libs/testing/postgresProxy';
import { describe, expect, it } from 'vitest';
import type { BatchReaction, Reactions } from '../reactions.ts';
import { relayOnce } from '../relay/relay.ts';
import { consumeOnce } from './consumer.ts';
import { INGEST_BATCH } from './ingest.ts';
import { MAX_EVENT_ATTEMPTS } from './eventWorker.ts';

const STREAM = 'booking-events';
const { db, url: databaseUrl, redis, client, log } = await eventDatabaseAndRedis();

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

describe('without the inbox', () => {
  it('a batch takes one statement more than a pass with nothing to do, and its effects', async () => {
    await consume(recording().reactions);
    const proxy = await postgresProxy(databaseUrl);
    const counted = connect(proxy.url, { name: 'counted', max: 1 });
    try {
      const consumeCounted = () =>
        consumeOnce({
          db: counted,
          redis,
          group: 'user-service',
          reactions: { 'booking.created': { applyAll: async () => {} } },
          log,
        });
      await announceAndSend(eventsOf(3));
      await consumeCounted();
      proxy.take();
      await consumeCounted();
      const idle = proxy.take().statements;
      await announceAndSend(eventsOf(3));
      await consumeCounted();
      // Beside those of an idle pass: recording the events as consumed.
      expect(proxy.take().statements - idle).toBe(1);
    } finally {
      await counted.close();
      await proxy.close();
    }
  });

  it('no event overtakes an earlier one of its booking, which failed and waits', async () => {
    const bookingId = newId();
    const [first] = await announceAndSend([bookingEvent({ booking_id: bookingId, booking_version: 1 })]);
    const { reactions } = recording();
    const failing: Reactions = {
      'booking.created': {
        applyAll: async () => {
          throw new Error('not yet');
        },
      },
    };
    const once = { db, redis, group: 'user-service', log, retryDelaysMs: [60_000] } as const;
    expect(await consumeOnce({ ...once, reactions: failing })).toBe(0);
    const [second] = await announceAndSend([bookingEvent({ booking_id: bookingId, booking_version: 2 })]);
    expect(await consumeOnce({ ...once, reactions })).toBe(0);
    expect(await effects()).toEqual([]);
    await db.sql`update inbox set next_attempt_at = now()`;
    expect(await consumeOnce({ ...once, reactions })).toBe(2);
    expect(await effects()).toEqual([first, second]);
  });

  it('a backlog goes through it, for other processes to share', async () => {
    const ids = await announceAndSend(eventsOf(INGEST_BATCH + 1));
    const { reactions, calls } = recording();
    const inboxSizes: number[] = [];
    const inner = reactions['booking.created'] as BatchReaction<'booking.created'>;
    const looking: Reactions = {
      'booking.created': {
        applyAll: async (ctx) => {
          inboxSizes.push((await db.sql`select 1 from inbox`).count);
          await inner.applyAll(ctx);
        },
      },
    };
    expect(await consume(looking)).toBe(ids.length);
    expect(inboxSizes).toEqual([ids.length]);
    expect(calls).toEqual([ids]);
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
    // With the others at once, with the others from the inbox, and then alone.
    expect(failed.map((call) => call.length)).toEqual([
      11,
      11,
      ...Array.from({ length: MAX_EVENT_ATTEMPTS }, () => 1),
    ]);
    expect(await db.sql`select event_id, attempts from inbox where dead_at is not null`).toEqual([
      { event_id: bad, attempts: MAX_EVENT_ATTEMPTS },
    ]);
  });

  it('is not tried again because its entry comes again, alone: only an operator sends a dead letter again', async () => {
    const poison = bookingEvent({ series_id: POISON_SERIES });
    const [id] = await announceAndSend([poison]);
    await consume(recording().reactions);
    const [[, fields]] = (await client.xrange(STREAM, '-', '+')) as [[string, string[]]];
    await client.xadd(STREAM, '*', ...fields);
    const { reactions, calls } = recording();
    expect(await consume(reactions)).toBe(0);
    expect(calls).toEqual([]);
    expect(await db.sql`select event_id from inbox where dead_at is not null`).toEqual([{ event_id: id }]);
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
