/**
 * Applies the events of the inbox. Each worker claims a due event (`dueEvents.ts`) and locks its row until its effect and its removal
 * from the inbox are committed. So one booking's events are consumed in order, and different bookings' in parallel.
 */
import { inSavepoint } from '@libs/db/inSavepoint';
import { inTransaction, type Tx } from '@libs/db/inTransaction';
import { isLockTimeout, sqlStateOf } from '@libs/db/constraints';
import type { Db } from '@libs/db/connect';
import type { Log } from '@libs/telemetry/log';
import type { Clock } from '@libs/time/clock';
import type postgres from 'postgres';
import { announcedEvent, metadataSchema, type EventType, type ConsumerGroup } from '../catalogue.ts';
import type { Reaction, Reactions } from '../reactions.ts';
import type { DueEvents } from './dueEvents.ts';

/** Attempts before an event becomes a dead letter. */
export const MAX_EVENT_ATTEMPTS = 5;
/** Delay after the first, second … failure, in milliseconds. */
export const EVENT_RETRY_DELAYS_MS: readonly number[] = [250, 1_000, 4_000, 12_000];
const MAX_ERROR_CHARACTERS = 2_000;
const DEADLOCK_DETECTED = '40P01';
const SERIALIZATION_FAILURE = '40001';

export type EventWorkerDeps = {
  db: Db;
  group: ConsumerGroup;
  reactions: Reactions;

  dueEvents: DueEvents;
  log: Log;
  clock: Clock;
  retryDelaysMs: readonly number[];
};

type InboxRow = {
  event_id: string;
  event_type: EventType;
  payload: string;
  metadata: string;
  attempts: number;
};

/** Undefined if the event is no longer due, or locked by another worker. */
async function lockEvent(tx: Tx, group: ConsumerGroup, eventId: string): Promise<InboxRow | undefined> {
  const [row] = await tx.sql<InboxRow[]>`
    select event_id, event_type, payload::text, metadata::text, attempts
    from inbox
    where event_id = ${eventId} and consumer_group = ${group} and dead_at is null and next_attempt_at <= now()
    for update skip locked`;
  return row;
}

/** Applies the event and removes it from the inbox; a repeat is only removed. An error rolls both back. */
async function consume(tx: Tx, deps: EventWorkerDeps, row: InboxRow): Promise<void> {
  const { group, reactions, log, clock } = deps;
  await inSavepoint(tx, async (inner) => {
    const recorded = await inner.sql`
      with removed as (delete from inbox where event_id = ${row.event_id} and consumer_group = ${group})
      insert into consumed_events (consumer_group, event_id) values (${group}, ${row.event_id}) on conflict do nothing`;
    if (recorded.count === 0) return;
    const event = announcedEvent(
      row.event_type,
      JSON.parse(row.payload),
      metadataSchema.parse(JSON.parse(row.metadata)),
    );
    const reaction = reactions[row.event_type] as Reaction<EventType> | undefined;
    await reaction?.({
      tx: inner,
      event,
      now: clock.now(),
      traceId: event.traceId,
      log: log.child({ event: row.event_type, eventId: row.event_id, traceId: event.traceId }),
    });
  });
}

/**
 * Schedules the next attempt, or makes the event a dead letter after MAX_EVENT_ATTEMPTS; returns whether it is dead. Lock timeouts are
 * not counted, so that contention never makes a dead letter.
 */
async function recordFailure(
  sql: postgres.Sql | postgres.TransactionSql,
  { group, retryDelaysMs, log }: EventWorkerDeps,
  row: InboxRow,
  error: unknown,
): Promise<boolean> {
  const attempts = row.attempts + (isLockTimeout(error) ? 0 : 1);
  const isDead = attempts >= MAX_EVENT_ATTEMPTS;
  const text = (error instanceof Error ? error.message : String(error)).slice(0, MAX_ERROR_CHARACTERS);
  const delayMs = retryDelaysMs[Math.max(attempts - 1, 0)] ?? retryDelaysMs.at(-1) ?? 0;
  const counted = await sql`
    update inbox set attempts = ${attempts}, error = ${text},
      next_attempt_at = clock_timestamp() + ${delayMs} * interval '1 millisecond',
      dead_at = ${isDead ? sql`now()` : null}
    where consumer_group = ${group} and event_id = ${row.event_id} and attempts = ${row.attempts}`;
  if (counted.count === 0) return false;
  const fields = { err: error, group, event: row.event_type, eventId: row.event_id, attempts };
  if (isDead) log.error(fields, 'an event could not be consumed and is now a dead letter');
  else log.warn(fields, 'an event could not be consumed, trying again');
  return isDead;
}

const isTransient = (error: unknown): boolean => {
  const state = sqlStateOf(error);
  return state === DEADLOCK_DETECTED || state === SERIALIZATION_FAILURE;
};

type EventResult = 'consumed' | 'failed' | 'dead';

/** Returns 'missed' if the event is no longer due, or locked by another worker. */
async function processEvent(deps: EventWorkerDeps, eventId: string): Promise<EventResult | 'missed'> {
  const { db, group } = deps;
  let locked: InboxRow | undefined;
  try {
    return await inTransaction(db, async (tx) => {
      const row = await lockEvent(tx, group, eventId);
      locked = row;
      if (!row) return 'missed';
      try {
        await consume(tx, deps, row);
        return 'consumed';
      } catch (error) {
        if (isTransient(error)) throw error;
        return (await recordFailure(tx.sql, deps, row, error)) ? 'dead' : 'failed';
      }
    });
  } catch (error) {
    // The transaction itself failed (a lost connection, a failed commit). That counts too, or an event that never commits would be
    // retried forever. If it did commit, there is no row to count it in.
    if (locked) await recordFailure(db.sql, deps, locked, error);
    throw error;
  }
}

/** Returns 'none' if no event is due. */
export async function processNextEvent(deps: EventWorkerDeps): Promise<EventResult | 'none'> {
  const { dueEvents } = deps;
  let hasRefreshed = false;
  for (;;) {
    const eventId = dueEvents.claim();
    if (eventId === undefined) {
      if (hasRefreshed) return 'none';
      await dueEvents.refresh();
      hasRefreshed = true;
      continue;
    }
    try {
      const result = await processEvent(deps, eventId);
      if (result !== 'missed') return result;
    } finally {
      dueEvents.release(eventId);
    }
  }
}
