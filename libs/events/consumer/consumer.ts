/** A process of a consumer group: moves events from the streams into the inbox and applies them. Processes share the group's work. */
import { openSession, resultsOf, type RedisConnection } from '@libs/cache/redis';
import type { Db } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { silentLog, type Log } from '@libs/telemetry/log';
import { systemClock, type Clock } from '@libs/time/clock';
import { streamOf, type EventType, type ConsumerGroup, type StreamName } from '../catalogue.ts';
import { pauseAfterPass } from '../passPause.ts';
import { sampleGroup } from '../sampleEvents.ts';
import { publishDeadLetters } from './deadLetters.ts';
import { ingest, INGEST_BATCH, needsIngest, type Ingested, type IngestDeps } from './ingest.ts';
import type { Reactions } from '../reactions.ts';
import { startLoop, type BackgroundLoop } from '@libs/runtime/backgroundLoop';
import { createDueEvents } from './dueEvents.ts';
import { EVENT_RETRY_DELAYS_MS, processNextEvents, type EventWorkerDeps } from './eventWorker.ts';
import { purgeInbox } from './purgeInbox.ts';

/** Transactions at once in one process. */
const WORKER_COUNT = 4;
/** Polling interval of an inbox in which events wait for their retries. */
const INBOX_POLL_MS = 200;
/** Polling interval of an empty inbox, for what another process ingested before it died. */
const EMPTY_INBOX_POLL_MS = 1_000;
/** Timeout of an XREAD for new entries. */
const BLOCK_MS = 500;
/** How often all streams are looked at, whether or not entries were added: finds those of dead consumers, and missing groups. */
const FULL_PASS_EVERY_MS = 2_000;
/** Pause while another process ingests. */
const BUSY_PAUSE_MS = 10;
/** Polling interval of the workers that another one wakes. */
const IDLE_WORKER_POLL_MS = 10_000;

export type ConsumerOptions = {
  group: ConsumerGroup;
  reactions: Reactions;
  db: Db;
  /** Only its address is used: the consumer opens its own connection. */
  redis: RedisConnection;
  log: Log;
  clock?: Clock;
  retryDelaysMs?: readonly number[];
};

export type Consumer = {
  /** Resolves after the current events. */
  stop(): Promise<void>;
};

function streamsOf(reactions: Reactions): StreamName[] {
  return [...new Set((Object.keys(reactions) as EventType[]).map(streamOf))];
}

function createDeps(options: Omit<ConsumerOptions, 'log'> & { log?: Log }): {
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
    ingestDeps: { db, group, reactions, log, clock, consumer: `${group}-${newId()}` },
    workerDeps: {
      db,
      group,
      reactions,
      dueEvents: createDueEvents(db, group, reactions),
      log,
      clock,
      retryDelaysMs,
    },
  };
}

/** Ingests all entries of a stream; 'busy' while another process does. Calls `onIngested` after each batch with entries. */
async function ingestAll(
  ingestDeps: IngestDeps,
  session: RedisConnection,
  stream: StreamName,
  onIngested: (ingested: Ingested) => void,
): Promise<'done' | 'busy'> {
  for (;;) {
    const ingested = await ingest(ingestDeps, session, stream);
    if (ingested === 'busy') return 'busy';
    if (ingested.entries > 0) onIngested(ingested);
    if (ingested.entries < INGEST_BATCH) return 'done';
  }
}

async function newestEntryIds(session: RedisConnection, streams: readonly StreamName[]): Promise<string[]> {
  const pipeline = session.pipeline();
  for (const stream of streams) pipeline.xrevrange(stream, '+', '-', 'COUNT', 1);
  const newest = resultsOf(await pipeline.exec()) as [id: string, fields: string[]][][];
  return newest.map((entries) => entries[0]?.[0] ?? '0-0');
}

async function streamsToIngest(
  session: RedisConnection,
  group: ConsumerGroup,
  streams: readonly StreamName[],
  newest: readonly string[],
): Promise<StreamName[]> {
  const isDue = await Promise.all(
    streams.map((stream, index) => needsIngest(group, session, { stream, newestId: newest[index]! })),
  );
  return streams.filter((_, index) => isDue[index]);
}

/** A consumer with pending entries stays in the group, so that others can claim them. */
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
  const { ingestDeps, workerDeps } = createDeps(options);
  const streams = streamsOf(reactions);
  let session: RedisConnection | null = null;
  let isStopping = false;

  const workers: BackgroundLoop[] = Array.from({ length: WORKER_COUNT }, (_, index) =>
    startLoop({
      name: `${group} worker`,
      log,
      runPass: async () => {
        const result = await processNextEvents(workerDeps);
        if (result && result.dead > 0) {
          fullPassAtMs = Number.NEGATIVE_INFINITY;
          ingestLoop.wake();
        }
        const hasMore = result !== undefined && workerDeps.dueEvents.hasMore();
        // Each worker wakes the next while there is more, and only the first polls often.
        if (hasMore) workers[index + 1]?.wake();
        if (hasMore) return 0;
        if (index > 0) return IDLE_WORKER_POLL_MS;
        return workerDeps.dueEvents.isEmpty() ? EMPTY_INBOX_POLL_MS : INBOX_POLL_MS;
      },
    }),
  );
  const wakeWorkers = ({ entries, consumed }: Ingested) => {
    if (consumed < entries) workers[0]?.wake();
  };

  /** Streams to ingest in the next pass. */
  let due: readonly StreamName[] = streams;
  /** By stream, the id of its newest entry. The first pass is full, and reads them. */
  let newest: readonly string[] = [];
  /** When the last one began. */
  let fullPassAtMs = Number.NEGATIVE_INFINITY;

  async function ingestAndWait(connection: RedisConnection): Promise<number> {
    const startedAtMs = performance.now();
    const isFull = startedAtMs - fullPassAtMs >= FULL_PASS_EVERY_MS;
    // Read before ingesting, so that an entry added in between ends the blocking read at once.
    if (isFull || due.length > 0) newest = await newestEntryIds(connection, streams);
    if (isFull) due = await streamsToIngest(connection, group, streams, newest);
    for (const stream of due) {
      if ((await ingestAll(ingestDeps, connection, stream, wakeWorkers)) === 'busy') return BUSY_PAUSE_MS;
    }
    if (isFull) {
      await publishDeadLetters(db, connection, group);
      fullPassAtMs = startedAtMs;
    }
    if (isStopping) return 0;
    await pauseAfterPass(startedAtMs);
    const read = await connection.xread('COUNT', 1, 'BLOCK', BLOCK_MS, 'STREAMS', ...streams, ...newest);
    // In a cluster, replies name a stream with its prefix.
    const { keyPrefix = '' } = connection.options;
    due = read ? streams.filter((stream) => read.some(([name]) => name === keyPrefix + stream)) : [];
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
        // Redis may be another one, or have lost its data.
        fullPassAtMs = Number.NEGATIVE_INFINITY;
        if (isStopping) return 0;
        throw error;
      }
    },
  });
  const endSampling = sampleGroup(db, redis, group);
  const purgeLoop = startLoop({ name: `${group} purge`, log, runPass: () => purgeInbox(db, log) });

  return {
    async stop() {
      isStopping = true;
      for (const end of endSampling) end();
      await Promise.all([ingestLoop, purgeLoop, ...workers].map((loop) => loop.stop()));
      if (session) await leaveGroup(ingestDeps, session, streams).catch(() => {});
      session?.disconnect();
    },
  };
}

/** For tests: ingests all entries, works until no event is due, and returns the number of events consumed. */
export async function consumeOnce(options: Omit<ConsumerOptions, 'log'> & { log?: Log }): Promise<number> {
  const { db, redis, group, reactions } = options;
  const { ingestDeps, workerDeps } = createDeps(options);
  const streams = streamsOf(reactions);
  const session = await openSession(redis, ingestDeps.consumer);
  try {
    let consumed = 0;
    const count = (ingested: Ingested) => void (consumed += ingested.consumed);
    for (const stream of streams) {
      while ((await ingestAll(ingestDeps, session, stream, count)) === 'busy') {
        await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS));
      }
    }
    for (;;) {
      const result = await processNextEvents(workerDeps);
      if (result === undefined) break;
      consumed += result.consumed.length;
    }
    await publishDeadLetters(db, session, group);
    await leaveGroup(ingestDeps, session, streams);
    return consumed;
  } finally {
    session.disconnect();
  }
}
