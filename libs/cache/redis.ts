/**
 * Connections to Redis. Requests must not depend on it: commands fail at once without a connection, and after a short timeout if Redis
 * does not answer.
 */
import type { Log } from '@libs/telemetry/log';
import { Redis, type RedisOptions } from 'ioredis';

export type RedisConnection = Redis;

/** Timeout of a command on a shared connection, in milliseconds; a request may wait for two commands. */
export const COMMAND_TIMEOUT_MS = 50;
/** Timeout of a command on a session, in milliseconds, in addition to the time it blocks. */
const SESSION_COMMAND_TIMEOUT_MS = 3_000;
/** Timeout for connecting, in milliseconds. */
const REDIS_CONNECT_TIMEOUT_MS = 1_000;
/** Upper limit of the back-off between attempts to connect, in milliseconds. */
const MAX_RECONNECT_PAUSE_MS = 1_000;
const FIRST_RECONNECT_PAUSE_MS = 50;
/** An outage is logged once it has lasted this long, in milliseconds. */
const OUTAGE_LOG_DELAY_MS = 2_000;

const shared: RedisOptions = {
  // RESP 2, because the code expects its shapes of stream replies.
  protocol: 2,
  connectTimeout: REDIS_CONNECT_TIMEOUT_MS,
  // Commands sent on a lost connection fail: the caller must find out whether they took effect.
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
};

/**
 * Opens the connection that a process shares for short commands. It connects and reconnects in the background; meanwhile commands reject
 * at once. Logs the start and the end of an outage. `name` appears in CLIENT LIST.
 */
export function connectRedis(url: string, options: { name: string; log: Log }): RedisConnection {
  const { name, log } = options;
  const redis = new Redis(url, {
    ...shared,
    connectionName: name,
    commandTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(FIRST_RECONNECT_PAUSE_MS * 2 ** (times - 1), MAX_RECONNECT_PAUSE_MS),
  });
  let isDown = false;
  let outageTimer: NodeJS.Timeout | undefined;
  const reportOutage = (error: Error): void => {
    if (redis.status === 'ready' || redis.status === 'end') return;
    isDown = true;
    log.warn({ err: error }, 'Redis does not answer; working without it');
  };
  // Not logged at once: a process that is busy loading its code may miss answers for a moment.
  redis.on('error', (error: Error) => {
    if (!isDown) outageTimer ??= setTimeout(() => reportOutage(error), OUTAGE_LOG_DELAY_MS).unref();
  });
  redis.on('ready', () => {
    clearTimeout(outageTimer);
    outageTimer = undefined;
    if (isDown) log.info('Redis is back');
    isDown = false;
  });
  return redis;
}

/**
 * Opens an exclusive connection to the same Redis, for WATCH and blocking commands; resolves when it is ready. It never reconnects, so
 * that EXEC runs on the connection that sent WATCH, or rejects. The caller must `disconnect()` it.
 */
export async function openSession(redis: RedisConnection, name: string): Promise<RedisConnection> {
  const session = redis.duplicate({
    ...shared,
    connectionName: name,
    lazyConnect: true,
    commandTimeout: SESSION_COMMAND_TIMEOUT_MS,
    retryStrategy: () => null,
  });
  // Redundant: failed commands reject.
  session.on('error', () => {});
  try {
    await session.connect();
  } catch (error) {
    session.disconnect();
    throw error;
  }
  return session;
}
