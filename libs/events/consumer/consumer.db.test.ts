import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import {
  bookingEvent,
  changeTestBooking,
  eventDatabaseAndRedis,
  eventually,
  announceEvent,
} from '@libs/testing/eventFixtures';
import { recordingReactions } from '@libs/testing/eventEffects';
import { describe, expect, it } from 'vitest';
import { consumeOnce, startConsumer, type ConsumerOptions } from './consumer.ts';
import { redeliver } from './deadLetters.ts';
import { eventIdOf, fieldOf } from '../entries.ts';
import type { Reactions } from '../reactions.ts';
import { relayOnce, startRelay } from '../relay/relay.ts';
import { MAX_EVENT_ATTEMPTS } from './eventWorker.ts';

const STREAM = 'booking-events';
const GROUP = 'user-service';
const { db, redis, client, log } = await eventDatabaseAndRedis();

const options = (
  reactions: Reactions = recordingReactions(),
  more: Partial<ConsumerOptions> = {},
): ConsumerOptions => ({
  db,
  redis,
  group: GROUP,
  reactions,
  log,
  retryDelaysMs: [0],
  ...more,
});
const effects = async (): Promise<string[]> => {
  return (await db.sql`select event_id from effects order by id`).map((row) => row['event_id'] as string);
};
const announceAndSend = async (...events: Parameters<typeof announceEvent>[1][]): Promise<string[]> => {
  const ids: string[] = [];
  for (const event of events) ids.push(await announceEvent(db, event));
  await relayOnce({ db, redis });
  return ids;
};
const pendingCount = async () => ((await client.xpending(STREAM, GROUP)) as [number])[0];

/** Reactions that fail for these bookings and count their attempts. */
function failingFor(bookingIds: ReadonlySet<string>): {
  reactions: Reactions;
  attempts: Map<string, number>;
} {
  const attempts = new Map<string, number>();
  const leave = recordingReactions()['booking.created'];
  const reactions: Reactions = {
    'booking.created': async (ctx) => {
      await leave(ctx);
      const id = ctx.event.payload.booking_id;
      if (!bookingIds.has(id)) return;
      attempts.set(ctx.event.eventId, (attempts.get(ctx.event.eventId) ?? 0) + 1);
      throw new Error('poison');
    },
  };
  return { reactions, attempts };
}

describe('an event', () => {
  it('is applied, acknowledged and removed from the inbox', async () => {
    const ids = await announceAndSend(bookingEvent(), bookingEvent());
    expect(await consumeOnce(options())).toBe(2);
    expect((await effects()).toSorted()).toEqual(ids.toSorted());
    expect(await pendingCount()).toBe(0);
    expect((await db.sql`select 1 from inbox`).count).toBe(0);
  });

  it('of either stream reaches the reactions of one group', async () => {
    const deleted = { type: 'user.deleted', payload: { user_id: newId(), tenant_id: newId() } } as const;
    const ids = await announceAndSend(bookingEvent(), deleted);
    expect(await consumeOnce(options())).toBe(2);
    expect((await effects()).toSorted()).toEqual(ids.toSorted());
  });

  it('that was published before its group existed is consumed', async () => {
    const ids = await announceAndSend(bookingEvent());
    const consumer = startConsumer(options());
    await eventually('consumed', async () => (await effects()).length === 1);
    await consumer.stop();
    expect(await effects()).toEqual(ids);
  });

  it('without a reaction in this group is acknowledged', async () => {
    await announceAndSend(bookingEvent());
    expect(await consumeOnce(options({ 'booking.cancelled': async () => {} }))).toBe(0);
    expect(await pendingCount()).toBe(0);
  });

  it('whose attempt fails has its writes rolled back and its after-commit callbacks dropped', async () => {
    const event = bookingEvent();
    const afterCommits: string[] = [];
    let isFailing = true;
    const reactions: Reactions = {
      'booking.created': async (ctx) => {
        await recordingReactions()['booking.created'](ctx);
        ctx.tx.afterCommit(() => void afterCommits.push(ctx.event.eventId));
        if (isFailing) throw new Error('not yet');
      },
    };
    await announceAndSend(event);
    await consumeOnce(options(reactions, { retryDelaysMs: [60_000] }));
    expect([await effects(), afterCommits]).toEqual([[], []]);
    isFailing = false;
    await db.sql`update inbox set next_attempt_at = now()`;
    await consumeOnce(options(reactions));
    expect((await effects()).length).toBe(1);
    expect(afterCommits).toEqual(await effects());
  });
});

it('an event whose reaction times out on a lock is retried until it gets the lock, and never becomes a dead letter', async () => {
  const [id] = await announceAndSend(bookingEvent());
  const holder = await db.sql.reserve();
  await holder`select pg_advisory_lock(1)`;
  let tries = 0;
  const consumer = startConsumer(
    options({
      'booking.created': async (ctx) => {
        tries += 1;
        await ctx.tx.sql`set local lock_timeout = '20ms'`;
        await ctx.tx.sql`select pg_advisory_xact_lock(1)`;
        await recordingReactions()['booking.created'](ctx);
      },
    }),
  );
  try {
    await eventually('tried often', async () => tries > 2 * MAX_EVENT_ATTEMPTS);
    expect(await db.sql`select attempts, dead_at from inbox`).toEqual([{ attempts: 0, dead_at: null }]);
    await holder`select pg_advisory_unlock(1)`;
    await eventually('consumed', async () => (await effects()).length === 1);
  } finally {
    await holder`select pg_advisory_unlock_all()`;
    holder.release();
    await consumer.stop();
  }
  expect(await effects()).toEqual([id]);
});

describe('an event that is delivered again', () => {
  it('under another entry id has no second effect', async () => {
    await announceAndSend(bookingEvent(), bookingEvent());
    const entries = await client.xrange(STREAM, '-', '+');
    for (const [, fields] of entries) await client.xadd(STREAM, '*', ...fields);
    await consumeOnce(options());
    for (const [, fields] of entries) await client.xadd(STREAM, '*', ...fields);
    await consumeOnce(options());
    expect((await effects()).length).toBe(2);
    expect(await pendingCount()).toBe(0);
  });

  it('because a consumer died between ingesting and acknowledging it has no second effect', async () => {
    await announceAndSend(bookingEvent(), bookingEvent(), bookingEvent());
    await consumeOnce(options());
    // Delivered again, to a consumer that then dies, as if nothing had been acknowledged.
    await client.xgroup('SETID', STREAM, GROUP, '0');
    await client.xreadgroup('GROUP', GROUP, 'dead', 'STREAMS', STREAM, '>');
    expect(await pendingCount()).toBe(3);
    expect(await consumeOnce(options())).toBe(0);
    expect((await effects()).length).toBe(3);
    expect(await pendingCount()).toBe(0);
  });
});

describe('a pending entry of a dead consumer', () => {
  it('is claimed at once and consumed before newer events of the same booking', async () => {
    const bookingId = newId();
    const first = await announceAndSend(bookingEvent({ booking_id: bookingId, booking_version: 1 }));
    await client.xgroup('CREATE', STREAM, GROUP, '0');
    await client.xreadgroup('GROUP', GROUP, 'dead', 'STREAMS', STREAM, '>');
    const second = await announceAndSend(bookingEvent({ booking_id: bookingId, booking_version: 2 }));
    expect(await consumeOnce(options())).toBe(2);
    expect(await effects()).toEqual([...first, ...second]);
    expect(await pendingCount()).toBe(0);
  });
});

describe('an event that keeps failing', () => {
  it(`becomes a dead letter with its error after ${MAX_EVENT_ATTEMPTS} attempts, and blocks no other booking`, async () => {
    const poison = bookingEvent();
    const { reactions, attempts } = failingFor(new Set([poison.payload.booking_id]));
    const [bad, ...good] = await announceAndSend(poison, bookingEvent(), bookingEvent());
    const consumers = [1, 2, 3].map(() =>
      startConsumer(options(reactions, { retryDelaysMs: [20, 20, 20, 20] })),
    );
    await eventually('the others consumed', async () => (await effects()).length === 2);
    await eventually('in the dead stream', async () => (await client.xlen(`${STREAM}:dead`)) === 1);
    await Promise.all(consumers.map((consumer) => consumer.stop()));
    expect((await effects()).toSorted()).toEqual(good.toSorted());
    expect(attempts.get(bad as string)).toBe(MAX_EVENT_ATTEMPTS);
    const [[, fields]] = (await client.xrange(`${STREAM}:dead`, '-', '+')) as [[string, string[]]];
    expect(eventIdOf(fields)).toBe(bad);
    expect(JSON.parse(fieldOf(fields, 'payload') ?? '')).toEqual(poison.payload);
    expect([fieldOf(fields, 'error'), fieldOf(fields, 'attempts'), fieldOf(fields, 'group')]).toEqual([
      'poison',
      String(MAX_EVENT_ATTEMPTS),
      GROUP,
    ]);
  });

  it('blocks the later events of its booking until it is consumed', async () => {
    const bookingId = newId();
    let failures = 2;
    const reactions: Reactions = {
      'booking.created': async (ctx) => {
        if (ctx.event.payload.booking_version === 1 && failures-- > 0) throw new Error('not yet');
        await recordingReactions()['booking.created'](ctx);
      },
    };
    const events = [1, 2, 3].map((version) =>
      bookingEvent({ booking_id: bookingId, booking_version: version }),
    );
    const ids = await announceAndSend(...events);
    await consumeOnce(options(reactions, { retryDelaysMs: [60_000] }));
    expect(await effects()).toEqual([]);
    await db.sql`update inbox set next_attempt_at = now()`;
    await consumeOnce(options(reactions));
    expect(await effects()).toEqual(ids);
  });

  it('becomes a dead letter after the same number of attempts if it is the commit that fails', async () => {
    await db.sql`create table deferred (n integer unique deferrable initially deferred)`;
    await announceAndSend(bookingEvent());
    const reactions: Reactions = {
      'booking.created': async ({ tx }) => {
        await tx.sql`insert into deferred values (1), (1)`;
      },
    };
    for (let attempt = 1; attempt <= MAX_EVENT_ATTEMPTS; attempt += 1) {
      await db.sql`update inbox set next_attempt_at = now()`;
      expect(await consumeOnce(options(reactions, { retryDelaysMs: [60_000] }))).toBe(0);
      const [row] = await db.sql`select attempts, error from inbox`;
      expect(row).toEqual({ attempts: attempt, error: expect.stringContaining('duplicate key') });
    }
    expect(await consumeOnce(options(reactions))).toBe(0);
    expect(await client.xlen(`${STREAM}:dead`)).toBe(1);
  });

  it('is consumed after a redelivery, and leaves the dead stream', async () => {
    const poison = bookingEvent();
    const [id] = await announceAndSend(poison);
    await consumeOnce(options(failingFor(new Set([poison.payload.booking_id])).reactions));
    expect(await client.xlen(`${STREAM}:dead`)).toBe(1);
    expect(await redeliver(db, client, [id as string])).toEqual([id]);
    expect(await client.xlen(`${STREAM}:dead`)).toBe(0);
    expect(await consumeOnce(options())).toBe(1);
    expect(await effects()).toEqual([id]);
    expect(await redeliver(db, client, 'all')).toEqual([]);
  });

  it('is added to the dead stream again after Redis lost its data', async () => {
    const poison = bookingEvent();
    await announceAndSend(poison);
    await consumeOnce(options(failingFor(new Set([poison.payload.booking_id])).reactions));
    await client.flushdb();
    await consumeOnce(options());
    expect(await client.xlen(`${STREAM}:dead`)).toBe(1);
  });
});

describe('an entry that cannot be parsed', () => {
  it.each([
    ['unknown fields only', ['hello', 'world']],
    ['a payload that is not JSON', ['event_type', 'booking.created', 'payload', '{', 'metadata', '{}']],
    ['no event id', ['event_type', 'booking.created', 'payload', '{}', 'metadata', '{"tenant_id":"x"}']],
  ])('with %s is moved to the dead stream, and later entries are consumed', async (_, fields) => {
    await client.xadd(STREAM, '*', ...fields);
    const ids = await announceAndSend(bookingEvent());
    await consumeOnce(options());
    expect(await effects()).toEqual(ids);
    expect(await pendingCount()).toBe(0);
    const [[, shown]] = (await client.xrange(`${STREAM}:dead`, '-', '+')) as [[string, string[]]];
    expect(shown.slice(0, fields.length)).toEqual(fields);
    expect(fieldOf(shown, 'error')).toBeTruthy();
  });

  it('because its payload does not match its type becomes a dead letter', async () => {
    const event = bookingEvent();
    await announceAndSend({ ...event, payload: { ...event.payload, status: 'dancing' } } as never);
    await consumeOnce(options());
    expect(await client.xlen(`${STREAM}:dead`)).toBe(1);
  });
});

describe('several consumers of one group', () => {
  it('share the work, keep the order of each booking, and apply each event once', async () => {
    const bookings = Array.from({ length: 12 }, newId);
    const CHANGES = 400;
    const relay = startRelay({ db, redis, log });
    const slowly = (worker: string): Reactions => ({
      'booking.created': async (ctx) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
        await recordingReactions(worker)['booking.created']?.(ctx);
      },
    });
    const consumers = ['a', 'b', 'c', 'd'].map((worker) => startConsumer(options(slowly(worker))));
    for (let change = 0; change < CHANGES; change += 1) {
      const bookingId = bookings[Math.floor(Math.random() * bookings.length)] as string;
      await inTransaction(db, (tx) => changeTestBooking(tx, bookingId));
    }
    await eventually('all consumed', async () => (await effects()).length >= CHANGES, { limitMs: 20_000 });
    await Promise.all(consumers.map((consumer) => consumer.stop()));
    await relay.stop();

    const rows = await db.sql<{ booking_id: string; version: number; worker: string }[]>`
      select booking_id, version, worker from effects order by id`;
    expect(rows.length).toBe(CHANGES);
    const versions = new Map<string, number>();
    for (const { booking_id: id, version } of rows) {
      expect(version).toBe((versions.get(id) ?? 0) + 1);
      versions.set(id, version);
    }
    const shares = new Map<string, number>();
    for (const { worker } of rows) shares.set(worker, (shares.get(worker) ?? 0) + 1);
    for (const worker of ['a', 'b', 'c', 'd']) expect(shares.get(worker)).toBeGreaterThan(CHANGES / 20);
    expect(((await client.xinfo('CONSUMERS', STREAM, GROUP)) as unknown[]).length).toBe(0);
  });
});
