/**
 * Numbers an outbox's committed rows and publishes them to Redis. Every process of a subgraph runs a relay, and one at a time works
 * (an advisory lock for assigning positions, WATCH for publishing). A commit wakes its own process's relay; polling finds the
 * rows of a process that died.
 */
import { openSession, type RedisConnection } from '@libs/cache/redis';
import type { Db } from '@libs/db/connect';
import { silentLog, type Log } from '@libs/telemetry/log';
import { epochMs } from '@libs/time/clock';
import { outboxSignal } from '../wakeUpSignal.ts';
import { POSITION_BATCH, assignPositions } from './assignPositions.ts';
import { publishBatch } from './publish.ts';
import { startLoop } from '@libs/runtime/backgroundLoop';
import { maintainOutbox } from './maintenance.ts';

export const RELAY_POLL_MS = 200;
/** Pause while another relay works. */
const BUSY_PAUSE_MS = 5;
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
async function assignAllPositions(db: Db): Promise<'done' | 'busy'> {
  for (;;) {
    const assigned = await assignPositions(db);
    if (assigned === 'busy') return 'busy';
    if (assigned < POSITION_BATCH) return 'done';
  }
}

/** Returns the number of rows sent. */
async function publishAll(db: Db, session: RedisConnection, log: Log): Promise<number> {
  let sent = 0;
  for (;;) {
    const batch = await publishBatch(db, session, log);
    if (batch === 0) return sent;
    if (batch !== 'busy') sent += batch;
  }
}

export function startRelay({ db, redis, log }: RelayOptions): Relay {
  let session: RedisConnection | null = null;
  let maintainedAtMs = epochMs();

  async function runPass(): Promise<number> {
    if ((await assignAllPositions(db)) === 'busy') return BUSY_PAUSE_MS;
    try {
      session ??= await openSession(redis, 'relay');
      await publishAll(db, session, log);
      if (epochMs() - maintainedAtMs >= MAINTENANCE_EVERY_MS) {
        maintainedAtMs = epochMs();
        await maintainOutbox(db, session);
      }
      return RELAY_POLL_MS;
    } catch (error) {
      session?.disconnect();
      session = null;
      throw error;
    }
  }

  const loop = startLoop({ name: 'relay', log, runPass });
  outboxSignal.on('wakeUp', loop.wake);
  return {
    async stop() {
      outboxSignal.off('wakeUp', loop.wake);
      await loop.stop();
      session?.disconnect();
    },
  };
}

/** For tests: publishes everything that is committed and returns the number of rows. */
export async function relayOnce(options: Omit<RelayOptions, 'log'> & { log?: Log }): Promise<number> {
  const { db, redis, log = silentLog() } = options;
  while ((await assignAllPositions(db)) === 'busy')
    await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS));
  const session = await openSession(redis, 'relay');
  try {
    return await publishAll(db, session, log);
  } finally {
    session.disconnect();
  }
}
