/**
 * A consumer group in one process: takes facts from the streams into the inbox, and has them their effect. Any number of
 * processes run the same group and share its work; one that dies leaves nothing that the others do not take up at once.
 */
import { openSession, type RedisConnection } from '@libs/cache/redis';
import type { Db } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { silentLog, type Log } from '@libs/telemetry/log';
import { systemClock, type Clock } from '@libs/time/clock';
import { streamOf, type FactType, type Group, type Stream } from '../catalogue.ts';
import { showDeadLetters } from './deadLetters.ts';
import { takeIn, type Intake } from './intake.ts';
import type { Reactions } from '../reactions.ts';
import { repeat, type Loop } from '@libs/runtime/repeat';
import { turns } from './turns.ts';
import { RETRY_DELAYS_MS, workOnNext, type Workplace } from './work.ts';

/** Events that one process works on at once. */
export const WORKERS = 4;
/** How often the inbox is looked at without news, in milliseconds: for retries that are due, and what others took in. */
export const INBOX_POLL_MS = 200;
/** How long one wait for news in the streams lasts, in milliseconds. */
const BLOCK_MS = 500;
/** How long to wait for another process that is taking entries in, in milliseconds. */
const BUSY_PAUSE_MS = 10;
/** How long consumed events are remembered, in days: twice as long as the outbox may send them again. */
export const CONSUMED_REMEMBERED_DAYS = 14;
const FORGET_EVERY_MS = 60_000;
/** Events forgotten in one statement. */
const FORGET_BATCH = 5_000;
/** How often a worker looks that nobody has woken, in milliseconds; the first one looks more often. */
const IDLE_WORKER_POLL_MS = 10_000;

export type ConsumerOptions = {
  group: Group;
  reactions: Reactions;
  /** The database of the effects. */
  db: Db;
  /** Tells where Redis is; the consumer opens a connection of its own. */
  redis: RedisConnection;
  log: Log;
  clock?: Clock;
  retryDelaysMs?: readonly number[];
};

export type Consumer = {
  /** Takes nothing more; resolves once the events under way have ended. */
  stop(): Promise<void>;
};

function streamsOf(reactions: Reactions): Stream[] {
  return [...new Set((Object.keys(reactions) as FactType[]).map(streamOf))];
}

function placesOf(options: Omit<ConsumerOptions, 'log'> & { log?: Log }): {
  intake: Intake;
  workplace: Workplace;
} {
  const {
    group,
    reactions,
    db,
    log = silentLog(),
    clock = systemClock,
    retryDelaysMs = RETRY_DELAYS_MS,
  } = options;
  return {
    intake: { db, group, reactions, log, consumer: `${group}-${newId()}` },
    workplace: { db, group, reactions, turns: turns(db, group), log, clock, retryDelaysMs },
  };
}

/** Takes in all that the stream has; 'busy' where another process is at it. Calls `onTaken` after each batch. */
async function takeInAll(
  intake: Intake,
  session: RedisConnection,
  stream: Stream,
  onTaken: () => void,
): Promise<'done' | 'busy'> {
  for (;;) {
    const taken = await takeIn(intake, session, stream);
    if (taken === 'busy') return 'busy';
    if (taken === 0) return 'done';
    onTaken();
  }
}

/** The id of the newest entry of each stream. */
async function newestOf(session: RedisConnection, streams: readonly Stream[]): Promise<string[]> {
  const newest = await Promise.all(streams.map((stream) => session.xrevrange(stream, '+', '-', 'COUNT', 1)));
  return newest.map((entries) => entries[0]?.[0] ?? '0-0');
}

/** Leaves the group, so that XINFO does not list consumers that are no more; one with pending entries stays listed. */
async function leaveGroup(
  intake: Intake,
  session: RedisConnection,
  streams: readonly Stream[],
): Promise<void> {
  for (const stream of streams) {
    const pending = await session.xpending(stream, intake.group, '-', '+', 1, intake.consumer);
    if (pending.length === 0) await session.xgroup('DELCONSUMER', stream, intake.group, intake.consumer);
  }
}

/** Starts the group in this process. */
export function startConsumer(options: ConsumerOptions): Consumer {
  const { db, redis, group, reactions, log } = options;
  const { intake, workplace } = placesOf(options);
  const streams = streamsOf(reactions);
  let session: RedisConnection | null = null;
  let isStopping = false;

  const workers: Loop[] = Array.from({ length: WORKERS }, (_, place) =>
    repeat({
      what: `${group} worker`,
      log,
      pass: async () => {
        const result = await workOnNext(workplace);
        if (result === 'dead') intakeLoop.wake();
        // Where there was one event there may be more: one worker after another wakes up, and only the first polls.
        if (result !== 'none') workers[place + 1]?.wake();
        return result === 'none' ? (place === 0 ? INBOX_POLL_MS : IDLE_WORKER_POLL_MS) : 0;
      },
    }),
  );
  const wakeWorkers = () => workers[0]?.wake();

  async function takeInAndWait(connection: RedisConnection): Promise<number> {
    // Noted before the look, so that what comes between the look and the wait ends the wait at once.
    const newest = await newestOf(connection, streams);
    let isBusy = false;
    for (const stream of streams) {
      if ((await takeInAll(intake, connection, stream, wakeWorkers)) === 'busy') isBusy = true;
    }
    await showDeadLetters(db, connection, group);
    if (isBusy) return BUSY_PAUSE_MS;
    if (!isStopping) await connection.xread('COUNT', 1, 'BLOCK', BLOCK_MS, 'STREAMS', ...streams, ...newest);
    return 0;
  }

  const intakeLoop: Loop = repeat({
    what: `${group} intake`,
    log,
    pass: async () => {
      try {
        session ??= await openSession(redis, intake.consumer);
        return await takeInAndWait(session);
      } catch (error) {
        session?.disconnect();
        session = null;
        if (isStopping) return 0;
        throw error;
      }
    },
  });
  const forgetLoop = repeat({ what: `${group} memory`, log, pass: () => forgetConsumed(db) });

  return {
    async stop() {
      isStopping = true;
      await Promise.all([intakeLoop, forgetLoop, ...workers].map((loop) => loop.stop()));
      if (session) await leaveGroup(intake, session, streams).catch(() => {});
      session?.disconnect();
    },
  };
}

/** Forgets some events that were consumed longer ago than any outbox remembers them. Returns when to go on, in milliseconds. */
async function forgetConsumed(db: Db): Promise<number> {
  const forgotten = await db.sql`
    delete from consumed_events where (consumer_group, event_id) in (
      select consumer_group, event_id from consumed_events
      where consumed_at < now() - make_interval(days => ${CONSUMED_REMEMBERED_DAYS}) limit ${FORGET_BATCH}
    )`;
  return forgotten.count < FORGET_BATCH ? FORGET_EVERY_MS : 0;
}

/**
 * For tests that step: takes in all that the streams hold, works until no event has its turn, and returns how many were
 * consumed. An event that fails stays for the next call, once its delay is over (`retryDelaysMs`).
 */
export async function consumeOnce(options: Omit<ConsumerOptions, 'log'> & { log?: Log }): Promise<number> {
  const { db, redis, group, reactions } = options;
  const { intake, workplace } = placesOf(options);
  const streams = streamsOf(reactions);
  const session = await openSession(redis, intake.consumer);
  try {
    for (const stream of streams) {
      while ((await takeInAll(intake, session, stream, () => {})) === 'busy') {
        await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS));
      }
    }
    let consumed = 0;
    for (;;) {
      const result = await workOnNext(workplace);
      if (result === 'none') break;
      if (result === 'consumed') consumed += 1;
    }
    await showDeadLetters(db, session, group);
    await leaveGroup(intake, session, streams);
    return consumed;
  } finally {
    session.disconnect();
  }
}
