/**
 * Numbers an outbox's committed rows and publishes them to Redis. Every process of a subgraph runs a relay, and one at a time works
 * (an advisory lock for assigning positions, WATCH for publishing). A commit wakes its own process's relay; polling finds the
 * rows of a process that died.
 */
import { openSession, type RedisConnection } from '@libs/cache/redis';
import { evictionWarner } from '@libs/cache/redisInfo';
import type { Db } from '@libs/db/connect';
import { silentLog, type Log } from '@libs/telemetry/log';
import { epochMs } from '@libs/time/clock';
import { pauseAfterPass } from '../passPause.ts';
import { sampleOutbox } from '../sampleEvents.ts';
import { outboxSignal } from '../wakeUpSignal.ts';
import { POSITION_BATCH, assignPositions } from './assignPositions.ts';
import { PUBLISH_BATCH, publisher, type PublishBatch } from './publish.ts';
import { startLoop } from '@libs/runtime/backgroundLoop';
import { maintainOutbox } from './maintenance.ts';

/** For what a process committed before it died. */
export const RELAY_POLL_MS = 1_000;
const MAINTENANCE_EVERY_MS = 10_000;

export type RelayOptions = {
  db: Db;
  /** Only its address is used: the relay opens its own connection. */
  redis: RedisConnection;
  log: Log;
};

export type Relay = {
  /** Resolves after the current pass. */
  stop(): Promise<void>;
};

/** Needs no Redis, so that readers of the outbox work during its outages. */
async function assignAllPositions(db: Db): Promise<void> {
  while ((await assignPositions(db)) === POSITION_BATCH);
}

/** Returns the number of rows sent. */
async function publishAll(publishBatch: PublishBatch): Promise<number> {
  let sent = 0;
  for (;;) {
    const batch = await publishBatch();
    if (batch === 'busy') continue;
    sent += batch;
    if (batch < PUBLISH_BATCH) return sent;
  }
}

export function startRelay({ db, redis, log }: RelayOptions): Relay {
  let session: RedisConnection | null = null;
  let publishBatch: PublishBatch | undefined;
  let maintainedAtMs = epochMs();
  const warnOfEviction = evictionWarner(log);

  async function connectToRedis(): Promise<RedisConnection> {
    const opened = await openSession(redis, 'relay');
    void warnOfEviction(opened);
    return opened;
  }

  async function runPass(): Promise<number> {
    const startedAtMs = performance.now();
    await assignAllPositions(db);
    try {
      session ??= await connectToRedis();
      publishBatch ??= publisher(db, session, log);
      await publishAll(publishBatch);
      if (epochMs() - maintainedAtMs >= MAINTENANCE_EVERY_MS) {
        maintainedAtMs = epochMs();
        await maintainOutbox(db, session);
      }
    } catch (error) {
      session?.disconnect();
      session = null;
      publishBatch = undefined;
      throw error;
    }
    await pauseAfterPass(startedAtMs);
    return RELAY_POLL_MS;
  }

  const loop = startLoop({ name: 'relay', log, runPass });
  const endSampling = sampleOutbox(db);
  outboxSignal.on('wakeUp', loop.wake);
  return {
    async stop() {
      endSampling();
      outboxSignal.off('wakeUp', loop.wake);
      await loop.stop();
      session?.disconnect();
    },
  };
}

/** For tests: publishes everything that is committed and returns the number of rows. */
export async function relayOnce(options: Omit<RelayOptions, 'log'> & { log?: Log }): Promise<number> {
  const { db, redis, log = silentLog() } = options;
  await assignAllPositions(db);
  const session = await openSession(redis, 'relay');
  try {
    return await publishAll(publisher(db, session, log));
  } finally {
    session.disconnect();
  }
}
