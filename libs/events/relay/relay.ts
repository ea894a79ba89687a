/**
 * The relay of one outbox: numbers committed rows and sends them to Redis. Every process of a subgraph runs one; at any moment
 * one of them works (an advisory lock while numbering, WATCH while sending) and the others stand by. A commit wakes the relay of
 * its own process; polling finds what was left by a process that died.
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

/** How often a relay looks without being woken, in milliseconds. */
export const RELAY_POLL_MS = 200;
/** How long a relay waits for another one that is at work, in milliseconds. */
const BUSY_PAUSE_MS = 5;
/** How often streams are trimmed and old rows removed, in milliseconds. */
export const MAINTENANCE_EVERY_MS = 10_000;

export type RelayOptions = {
  db: Db;
  /** Tells where Redis is; the relay opens a connection of its own. */
  redis: RedisConnection;
  log: Log;
};

export type Relay = {
  /** Resolves once the pass under way has ended; what is left waits for the next relay. */
  stop(): Promise<void>;
};

/** Numbers all that is committed. Goes on where Redis is gone: readers of the outbox need no Redis. */
async function assignAllPositions(db: Db): Promise<'done' | 'busy'> {
  for (;;) {
    const assigned = await assignPositions(db);
    if (assigned === 'busy') return 'busy';
    if (assigned < POSITION_BATCH) return 'done';
  }
}

/** Sends all that is numbered; returns how many rows. */
async function publishAll(db: Db, session: RedisConnection, log: Log): Promise<number> {
  let sent = 0;
  for (;;) {
    const batch = await publishBatch(db, session, log);
    if (batch === 0) return sent;
    if (batch !== 'busy') sent += batch;
  }
}

/** Starts the relay of `db`'s outbox. */
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

/** One pass, for tests that step: sends everything that is committed, and returns how many rows that were. */
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
