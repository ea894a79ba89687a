/**
 * Applies the events of the inbox. Each worker claims due events (`dueEvents.ts`), all of different keys, and locks their rows until
 * their effects and their removal from the inbox are committed. So one booking's events are consumed in order, and different
 * bookings' together or in parallel.
 */
import { inTransaction, type Tx } from '@libs/db/inTransaction';
import { inSavepoint } from '@libs/db/inSavepoint';
import { isConflictOfTransactions, isLockTimeout } from '@libs/db/constraints';
import type { Db } from '@libs/db/connect';
import type postgres from 'postgres';
import { metadataSchema, type EventType, type ConsumerGroup } from '../catalogue.ts';
import type { ReceivedEvent } from '../entries.ts';
import { consumed } from '../eventMetrics.ts';
import { consumeEvents, reportConsumed, type ConsumeDeps } from './consumeEvents.ts';
import type { DueEvents } from './dueEvents.ts';

/** Attempts before an event becomes a dead letter. */
export const MAX_EVENT_ATTEMPTS = 5;
/** Delay after the first, second … failure, in milliseconds. */
export const EVENT_RETRY_DELAYS_MS: readonly number[] = [250, 1_000, 4_000, 12_000];
const MAX_ERROR_CHARACTERS = 2_000;

export type EventWorkerDeps = ConsumeDeps & {
  db: Db;
  dueEvents: DueEvents;
  retryDelaysMs: readonly number[];
};

type InboxRow = {
  event_id: string;
  event_type: EventType;
  payload: string;
  metadata: string;
  attempts: number;
};
type InboxEvent = ReceivedEvent & { row: InboxRow };

/** Leaves out events that are no longer due, or are locked by another worker. */
function lockEvents(tx: Tx, group: ConsumerGroup, eventIds: readonly string[]): Promise<InboxRow[]> {
  return tx.sql<InboxRow[]>`
    select event_id, event_type, payload::text, metadata::text, attempts
    from inbox
    where event_id = any(${eventIds as string[]}::uuid[]) and consumer_group = ${group}
      and dead_at is null and next_attempt_at <= now()
    order by arrival
    for update skip locked`;
}

/** Removes the events from the inbox. Returns the ids of those that have not been consumed before. */
async function recordConsumed(
  tx: Tx,
  group: ConsumerGroup,
  rows: readonly InboxRow[],
): Promise<ReadonlySet<string>> {
  const ids = rows.map((row) => row.event_id);
  const recorded = await tx.sql<{ event_id: string }[]>`
    with removed as (delete from inbox where event_id = any(${ids}::uuid[]) and consumer_group = ${group})
    insert into consumed_events (consumer_group, event_id)
    select ${group}, unnest(${ids}::uuid[]) on conflict do nothing
    returning event_id`;
  return new Set(recorded.map((row) => row.event_id));
}

const eventOf = (row: InboxRow): InboxEvent => ({
  row,
  type: row.event_type,
  payload: JSON.parse(row.payload),
  metadata: metadataSchema.parse(JSON.parse(row.metadata)),
});

/** Applies the events and removes them from the inbox; repeats are only removed. */
async function consume(
  tx: Tx,
  deps: EventWorkerDeps,
  rows: readonly InboxRow[],
): Promise<readonly InboxEvent[]> {
  const events = rows.map(eventOf);
  await consumeEvents(tx, deps, events, async () => {
    const fresh = await recordConsumed(tx, deps.group, rows);
    return events.filter(({ row }) => fresh.has(row.event_id));
  });
  return events;
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
  consumed.inc({ group, event: row.event_type, result: isDead ? 'dead' : 'retried' });
  const fields = { err: error, group, event: row.event_type, eventId: row.event_id, attempts };
  if (isDead) log.error(fields, 'an event could not be consumed and is now a dead letter');
  else log.warn(fields, 'an event could not be consumed, trying again');
  return isDead;
}

/** `dead`: the number of new dead letters. */
type BatchResult = { consumed: readonly InboxEvent[]; dead: number };

/**
 * Consumes one event, or records its failure while its row is still locked. Errors that a retry of the transaction may avoid are thrown.
 */
async function consumeOrRecord(tx: Tx, deps: EventWorkerDeps, row: InboxRow): Promise<BatchResult> {
  try {
    return { consumed: await inSavepoint(tx, (inner) => consume(inner, deps, [row])), dead: 0 };
  } catch (error) {
    if (isConflictOfTransactions(error)) throw error;
    return { consumed: [], dead: (await recordFailure(tx.sql, deps, row, error)) ? 1 : 0 };
  }
}

/** Undefined if none of the events is due any more, or all are locked by other workers. */
async function processEvents(
  deps: EventWorkerDeps,
  eventIds: readonly string[],
): Promise<BatchResult | undefined> {
  const { db, group } = deps;
  const startMs = performance.now();
  let locked: InboxRow[] = [];
  try {
    const result = await inTransaction(db, async (tx) => {
      locked = await lockEvents(tx, group, eventIds);
      const [row] = locked;
      if (!row) return undefined;
      if (locked.length === 1) return consumeOrRecord(tx, deps, row);
      return { consumed: await consume(tx, deps, locked), dead: 0 };
    });
    if (result && result.consumed.length > 0) reportConsumed(deps, result.consumed, startMs);
    return result;
  } catch (error) {
    const [row] = locked;
    if (!row) throw error;
    if (locked.length > 1) return processOneByOne(deps, locked);
    // The transaction itself failed (a lost connection, a failed commit). That counts too, or an event that never commits would be
    // retried forever. If it did commit, there is no row to record it in; without a connection, this rejects too.
    return { consumed: [], dead: (await recordFailure(db.sql, deps, row, error)) ? 1 : 0 };
  }
}

/** After many events failed together: the others take effect, and the one at fault is recorded. */
async function processOneByOne(deps: EventWorkerDeps, rows: readonly InboxRow[]): Promise<BatchResult> {
  const consumed: InboxEvent[] = [];
  let dead = 0;
  for (const row of rows) {
    const result = await processEvents(deps, [row.event_id]);
    consumed.push(...(result?.consumed ?? []));
    dead += result?.dead ?? 0;
  }
  return { consumed, dead };
}

/** Applies the next due events in one transaction. Undefined if none is due. */
export async function processNextEvents(deps: EventWorkerDeps): Promise<BatchResult | undefined> {
  const { dueEvents } = deps;
  let hasRefreshed = false;
  for (;;) {
    const eventIds = dueEvents.claim();
    if (eventIds === undefined) {
      if (hasRefreshed) return undefined;
      await dueEvents.refresh();
      hasRefreshed = true;
      continue;
    }
    try {
      const result = await processEvents(deps, eventIds);
      if (result !== undefined) return result;
    } finally {
      dueEvents.release(eventIds);
    }
  }
}
