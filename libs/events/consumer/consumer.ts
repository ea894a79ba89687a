/**
 * A consumer group in one process: takes facts from the streams into the inbox, and has them their effect. Any number of
 * processes run the same group and share its work; one that dies leaves nothing that the others do not take up at once.
 */
import { openSession, type RedisConnection } from '@libs/cache/redis';
import type { Db } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { silentLog, type Log } from '@libs/telemetry/log';
import { systemClock, type Clock } from '@libs/time/clock';
import { streamOf, type EventType, type ConsumerGroup, type StreamName } from '../catalogue.ts';
import { showDeadLetters } from './deadLetters.ts';
import { ingest, type IngestDeps } from './ingest.ts';
import type { Reactions } from '../reactions.ts';
import { startLoop, type BackgroundLoop } from '@libs/runtime/backgroundLoop';
import { dueEvents } from './dueEvents.ts';
import { EVENT_RETRY_DELAYS_MS, processNextEvent, type EventWorkerDeps } from './eventWorker.ts';

/** Events that one process works on at once. */
export const WORKER_COUNT = 4;
/** How often the inbox is looked at without news, in milliseconds: for retries that are due, and what others took in. */
export const INBOX_POLL_MS = 200;
/** How long one wait for news in the streams lasts, in milliseconds. */
const BLOCK_MS = 500;
/** How long to wait for another process that is taking entries in, in milliseconds. */
const BUSY_PAUSE_MS = 10;
/** How long consumed events are remembered, in days: twice as long as the outbox may send them again. */
export const CONSUMED_RETENTION_DAYS = 14;
const PURGE_EVERY_MS = 60_000;
/** Events forgotten in one statement. */
const PURGE_BATCH = 5_000;
/** How often a worker looks that nobody has woken, in milliseconds; the first one looks more often. */
const IDLE_WORKER_POLL_MS = 10_000;

export type ConsumerOptions = {
  group: ConsumerGroup;
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

function streamsOf(reactions: Reactions): StreamName[] {
  return [...new Set((Object.keys(reactions) as EventType[]).map(streamOf))];
}

function depsOf(options: Omit<ConsumerOptions, 'log'> & { log?: Log }): {
  ingestDeps: IngestDeps;
  workerDeps: EventWorkerDeps;
} {
  const {
    group,
    reactions,
    db,
    log = silentLog(),
    clock = systemClock,
    retryDelaysMs = EVENT_RETRY_DELAYS_MS,
  } = options;
  return {
    ingestDeps: { db, group, reactions, log, consumer: `${group}-${newId()}` },
    workerDeps: { db, group, reactions, dueEvents: dueEvents(db, group), log, clock, retryDelaysMs },
  };
}

/** Takes in all that the stream has; 'busy' where another process is at it. Calls `onIngested` after each batch. */
async function ingestAll(
  ingestDeps: IngestDeps,
  session: RedisConnection,
  stream: StreamName,
  onIngested: () => void,
): Promise<'done' | 'busy'> {
  for (;;) {
    const ingested = await ingest(ingestDeps, session, stream);
    if (ingested === 'busy') return 'busy';
    if (ingested === 0) return 'done';
    onIngested();
  }
}

/** The id of the newest entry of each stream. */
async function newestEntryIds(session: RedisConnection, streams: readonly StreamName[]): Promise<string[]> {
  const newest = await Promise.all(streams.map((stream) => session.xrevrange(stream, '+', '-', 'COUNT', 1)));
  return newest.map((entries) => entries[0]?.[0] ?? '0-0');
}

/** Leaves the group, so that XINFO does not list consumers that are no more; one with pending entries stays listed. */
async function leaveGroup(
  ingestDeps: IngestDeps,
  session: RedisConnection,
  streams: readonly StreamName[],
): Promise<void> {
  for (const stream of streams) {
    const pending = await session.xpending(stream, ingestDeps.group, '-', '+', 1, ingestDeps.consumer);
    if (pending.length === 0)
      await session.xgroup('DELCONSUMER', stream, ingestDeps.group, ingestDeps.consumer);
  }
}

/** Starts the group in this process. */
export function startConsumer(options: ConsumerOptions): Consumer {
  const { db, redis, group, reactions, log } = options;
  const { ingestDeps, workerDeps } = depsOf(options);
  const streams = streamsOf(reactions);
  let session: RedisConnection | null = null;
  let isStopping = false;

  const workers: BackgroundLoop[] = Array.from({ length: WORKER_COUNT }, (_, index) =>
    startLoop({
      name: `${group} worker`,
      log,
      runPass: async () => {
        const result = await processNextEvent(workerDeps);
        if (result === 'dead') ingestLoop.wake();
        // Where there was one event there may be more: one worker after another wakes up, and only the first polls.
        if (result !== 'none') workers[index + 1]?.wake();
        return result === 'none' ? (index === 0 ? INBOX_POLL_MS : IDLE_WORKER_POLL_MS) : 0;
      },
    }),
  );
  const wakeWorkers = () => workers[0]?.wake();

  async function ingestAndWait(connection: RedisConnection): Promise<number> {
    // Noted before the look, so that what comes between the look and the wait ends the wait at once.
    const newest = await newestEntryIds(connection, streams);
    let isBusy = false;
    for (const stream of streams) {
      if ((await ingestAll(ingestDeps, connection, stream, wakeWorkers)) === 'busy') isBusy = true;
    }
    await showDeadLetters(db, connection, group);
    if (isBusy) return BUSY_PAUSE_MS;
    if (!isStopping) await connection.xread('COUNT', 1, 'BLOCK', BLOCK_MS, 'STREAMS', ...streams, ...newest);
    return 0;
  }

  const ingestLoop: BackgroundLoop = startLoop({
    name: `${group} ingest`,
    log,
    runPass: async () => {
      try {
        session ??= await openSession(redis, ingestDeps.consumer);
        return await ingestAndWait(session);
      } catch (error) {
        session?.disconnect();
        session = null;
        if (isStopping) return 0;
        throw error;
      }
    },
  });
  const purgeLoop = startLoop({ name: `${group} purge`, log, runPass: () => purgeConsumedEvents(db) });

  return {
    async stop() {
      isStopping = true;
      await Promise.all([ingestLoop, purgeLoop, ...workers].map((loop) => loop.stop()));
      if (session) await leaveGroup(ingestDeps, session, streams).catch(() => {});
      session?.disconnect();
    },
  };
}

/** Forgets some events that were consumed longer ago than any outbox remembers them. Returns when to go on, in milliseconds. */
async function purgeConsumedEvents(db: Db): Promise<number> {
  const purged = await db.sql`
    delete from consumed_events where (consumer_group, event_id) in (
      select consumer_group, event_id from consumed_events
      where consumed_at < now() - make_interval(days => ${CONSUMED_RETENTION_DAYS}) limit ${PURGE_BATCH}
    )`;
  return purged.count < PURGE_BATCH ? PURGE_EVERY_MS : 0;
}

/**
 * For tests that step: takes in all that the streams hold, works until no event has its turn, and returns how many were
 * consumed. An event that fails stays for the next call, once its delay is over (`retryDelaysMs`).
 */
export async function consumeOnce(options: Omit<ConsumerOptions, 'log'> & { log?: Log }): Promise<number> {
  const { db, redis, group, reactions } = options;
  const { ingestDeps, workerDeps } = depsOf(options);
  const streams = streamsOf(reactions);
  const session = await openSession(redis, ingestDeps.consumer);
  try {
    for (const stream of streams) {
      while ((await ingestAll(ingestDeps, session, stream, () => {})) === 'busy') {
        await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS));
      }
    }
    let consumed = 0;
    for (;;) {
      const result = await processNextEvent(workerDeps);
      if (result === 'none') break;
      if (result === 'consumed') consumed += 1;
    }
    await showDeadLetters(db, session, group);
    await leaveGroup(ingestDeps, session, streams);
    return consumed;
  } finally {
    session.disconnect();
  }
}
