/**
 * Works on the inbox. Any number of workers, in any number of processes, each take an event whose turn it is (`turns.ts`) and hold
 * its row until its effect is committed. So the events of one booking are consumed one after another, in their order, and those of
 * others beside them. An event leaves the inbox in the transaction of its effect.
 */
import { inSavepoint } from '@libs/db/inSavepoint';
import { inTransaction, type Tx } from '@libs/db/inTransaction';
import { isLockTimeout, sqlStateOf } from '@libs/db/constraints';
import type { Db } from '@libs/db/connect';
import type { Log } from '@libs/telemetry/log';
import type { Clock } from '@libs/time/clock';
import type postgres from 'postgres';
import { announcedFact, metadataSchema, type FactType, type Group } from '../catalogue.ts';
import type { Reaction, Reactions } from '../reactions.ts';
import type { Turns } from './turns.ts';

/** How often an event is tried before it is set aside. */
export const MOST_ATTEMPTS = 5;
/** How long to wait after the first, second … failure, in milliseconds. */
export const RETRY_DELAYS_MS: readonly number[] = [250, 1_000, 4_000, 12_000];
/** The longest error that is kept, in characters. */
const LONGEST_ERROR = 2_000;
const DEADLOCK_DETECTED = '40P01';
const SERIALIZATION_FAILURE = '40001';

export type Workplace = {
  db: Db;
  group: Group;
  reactions: Reactions;
  /** Shared by the workers of this process. */
  turns: Turns;
  log: Log;
  clock: Clock;
  retryDelaysMs: readonly number[];
};

type InboxRow = {
  event_id: string;
  event_type: FactType;
  payload: string;
  metadata: string;
  attempts: number;
};

/** The event, held until the transaction ends; undefined where it is gone, or somebody else holds it. */
async function take(tx: Tx, group: Group, eventId: string): Promise<InboxRow | undefined> {
  const [row] = await tx.sql<InboxRow[]>`
    select event_id, event_type, payload::text, metadata::text, attempts
    from inbox
    where event_id = ${eventId} and consumer_group = ${group} and dead_at is null and next_attempt_at <= now()
    for update skip locked`;
  return row;
}

/** Has the event its effect, unless it had it before, and takes it out of the inbox; all undone where it throws. */
async function consume(tx: Tx, workplace: Workplace, row: InboxRow): Promise<void> {
  const { group, reactions, log, clock } = workplace;
  await inSavepoint(tx, async (inner) => {
    const recorded = await inner.sql`
      with taken as (delete from inbox where event_id = ${row.event_id} and consumer_group = ${group})
      insert into consumed_events (consumer_group, event_id) values (${group}, ${row.event_id}) on conflict do nothing`;
    if (recorded.count === 0) return;
    const fact = announcedFact(
      row.event_type,
      JSON.parse(row.payload),
      metadataSchema.parse(JSON.parse(row.metadata)),
    );
    const reaction = reactions[row.event_type] as Reaction<FactType> | undefined;
    await reaction?.({
      tx: inner,
      fact,
      now: clock.now(),
      traceId: fact.traceId,
      log: log.child({ event: row.event_type, eventId: row.event_id, traceId: fact.traceId }),
    });
  });
}

/**
 * Counts a failed attempt: tried again later, or set aside after MOST_ATTEMPTS. An attempt that only waited too long for a lock is
 * not counted: contention passes, and no event is lost to it. Returns whether the event is set aside.
 */
async function recordFailure(
  sql: postgres.Sql | postgres.TransactionSql,
  { group, retryDelaysMs, log }: Workplace,
  row: InboxRow,
  error: unknown,
): Promise<boolean> {
  const attempts = row.attempts + (isLockTimeout(error) ? 0 : 1);
  const isDead = attempts >= MOST_ATTEMPTS;
  const text = (error instanceof Error ? error.message : String(error)).slice(0, LONGEST_ERROR);
  const delayMs = retryDelaysMs[Math.max(attempts - 1, 0)] ?? retryDelaysMs.at(-1) ?? 0;
  const counted = await sql`
    update inbox set attempts = ${attempts}, error = ${text},
      next_attempt_at = clock_timestamp() + ${delayMs} * interval '1 millisecond',
      dead_at = ${isDead ? sql`now()` : null}
    where consumer_group = ${group} and event_id = ${row.event_id} and attempts = ${row.attempts}`;
  if (counted.count === 0) return false;
  const seen = { err: error, group, event: row.event_type, eventId: row.event_id, attempts };
  if (isDead) log.error(seen, 'an event could not be consumed and is set aside');
  else log.warn(seen, 'an event could not be consumed, trying again');
  return isDead;
}

const isForAnotherTry = (error: unknown): boolean => {
  const state = sqlStateOf(error);
  return state === DEADLOCK_DETECTED || state === SERIALIZATION_FAILURE;
};

type Result = 'consumed' | 'failed' | 'dead';

/** Works on one event, unless it is gone or held by somebody else. */
async function workOn(workplace: Workplace, eventId: string): Promise<Result | 'missed'> {
  const { db, group } = workplace;
  let held: InboxRow | undefined;
  try {
    return await inTransaction(db, async (tx) => {
      const row = await take(tx, group, eventId);
      held = row;
      if (!row) return 'missed';
      try {
        await consume(tx, workplace, row);
        return 'consumed';
      } catch (error) {
        if (isForAnotherTry(error)) throw error;
        return (await recordFailure(tx.sql, workplace, row, error)) ? 'dead' : 'failed';
      }
    });
  } catch (error) {
    // The transaction itself broke (its connection was ended, it could not commit): counted too, or an event whose effect
    // never lets it commit would be tried for ever. Where it had committed after all, there is no row to count it in.
    if (held) await recordFailure(db.sql, workplace, held, error);
    throw error;
  }
}

/** Works on one event whose turn it is. Returns 'none' where no event has, 'dead' where it was set aside. */
export async function workOnNext(workplace: Workplace): Promise<Result | 'none'> {
  const { turns } = workplace;
  let hasLooked = false;
  for (;;) {
    const eventId = turns.next();
    if (eventId === undefined) {
      if (hasLooked) return 'none';
      await turns.look();
      hasLooked = true;
      continue;
    }
    try {
      const result = await workOn(workplace, eventId);
      if (result !== 'missed') return result;
    } finally {
      turns.done(eventId);
    }
  }
}
