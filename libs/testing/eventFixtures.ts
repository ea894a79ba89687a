/** Databases and events for tests of libs/events. */
import { readFileSync } from 'node:fs';
import { connectRedis } from '@libs/cache/redis';
import { connect, type Db } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { inTransaction, type Tx } from '@libs/db/inTransaction';
import type { DomainEvent, Payload } from '@libs/events/catalogue';
import { announce } from '@libs/events/outbox';
import { silentLog } from '@libs/telemetry/log';
import { newTraceId } from '@libs/telemetry/trace';
import { systemClock } from '@libs/time/clock';
import { afterAll, beforeEach } from 'vitest';
import { testDatabase, testRedis } from './testDatabases.ts';

const eventTables = ['outbox.sql', 'outboxHistory.sql', 'outboxActor.sql'].map((file) =>
  readFileSync(new URL(`../events/${file}`, import.meta.url), 'utf8'),
);

/** A database with event tables. Call this at the top of a test file. */
export async function eventDatabase(): Promise<{ db: Db; url: string }> {
  const { url, sql } = await testDatabase('empty');
  for (const tables of eventTables) await sql.unsafe(tables);
  await sql.unsafe(`
    create table bookings (id uuid primary key, version integer not null default 0);
    create table effects (
      id bigint generated always as identity, event_id uuid not null, booking_id uuid, version integer, worker text
    );`);
  const db = connect(url, { name: 'events-under-test', max: 40 });
  afterAll(db.close);
  return { db, url };
}

/**
 * An event database and a Redis, both emptied before each test; `client` speaks to Redis without the options of `redis`. Call this at the
 * top of a test file.
 */
export async function eventDatabaseAndRedis() {
  const { db, url } = await eventDatabase();
  const { url: redisUrl, redis: client } = await testRedis();
  const log = silentLog();
  const redis = connectRedis(redisUrl, { name: 'test', log });
  afterAll(() => redis.disconnect());
  beforeEach(async () => {
    await db.sql`truncate outbox, inbox, consumed_events, effects, bookings`;
    await client.flushdb();
  });
  return { db, url, redis, client, log };
}

export const eventContext = () => ({ now: systemClock.now(), traceId: newTraceId() });

export function bookingEvent(
  fields: Partial<Payload<'booking.created'>> = {},
): DomainEvent<'booking.created'> {
  return { type: 'booking.created', payload: bookingPayload(fields) };
}

/** A new booking, as events describe it. */
export function bookingPayload(fields: Partial<Payload<'booking.created'>> = {}): Payload<'booking.created'> {
  const resourceId = fields.resource_id ?? newId();
  return {
    booking_id: newId(),
    user_id: newId(),
    client_id: newId(),
    resource_id: resourceId,
    tenant_id: newId(),
    status: 'confirmed',
    start_time: '2026-12-05T14:00:00.000Z',
    end_time: '2026-12-05T15:00:00.000Z',
    series_id: null,
    booking_version: 1,
    seats: 1,
    resource_ids: [resourceId],
    source: 'user',
    hold_id: null,
    metadata: {},
    overridden: [],
    ...fields,
  };
}

/** Returns the event id. */
export async function announceEvent(db: Db, event: DomainEvent = bookingEvent()): Promise<string> {
  const [id] = await inTransaction(db, (tx) => announce(tx, event, eventContext()));
  return id as string;
}

/** Locks the booking, increments its version and announces, as verbs do. Returns the event id. */
export async function changeTestBooking(tx: Tx, bookingId: string): Promise<string> {
  const [row] = await tx.sql<{ version: number }[]>`
    insert into bookings (id, version) values (${bookingId}, 1)
    on conflict (id) do update set version = bookings.version + 1 returning version`;
  const event = bookingEvent({ booking_id: bookingId, booking_version: row?.version ?? 0 });
  const [id] = await announce(tx, event, eventContext());
  return id as string;
}

/** Polls `isTrue`; rejects after `limitMs`. */
export async function eventually(
  what: string,
  isTrue: () => Promise<boolean>,
  { limitMs = 10_000, everyMs = 10 } = {},
): Promise<void> {
  const start = performance.now();
  while (!(await isTrue())) {
    if (performance.now() - start > limitMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
