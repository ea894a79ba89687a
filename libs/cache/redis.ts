/**
 * Connections to Redis. Nothing that a client waits for may depend on it: a command fails at once while there is no connection,
 * and soon where Redis does not answer.
 */
import type { Log } from '@libs/telemetry/log';
import { Redis, type RedisOptions } from 'ioredis';

/** A connection of either kind below. */
export type RedisConnection = Redis;

/** The longest that one command on a shared connection may take, in milliseconds; a request may wait for two of them. */
export const COMMAND_TIMEOUT_MS = 50;
/** The longest that one command on a connection of one's own may take, in milliseconds (besides the time it blocks for). */
export const SESSION_COMMAND_TIMEOUT_MS = 3_000;
/** How long making a connection may take, in milliseconds. */
export const REDIS_CONNECT_TIMEOUT_MS = 1_000;
/** The longest pause between two attempts to connect, in milliseconds. */
export const MAX_RECONNECT_PAUSE_MS = 1_000;
const FIRST_RECONNECT_PAUSE_MS = 50;
/** How long Redis must be away before the log says so, in milliseconds. */
const OUTAGE_LOG_DELAY_MS = 2_000;

const shared: RedisOptions = {
  // RESP 2: the shapes that Redis documents for its streams' replies.
  protocol: 2,
  connectTimeout: REDIS_CONNECT_TIMEOUT_MS,
  // What was sent on a lost connection fails: whether it was done is for the sender to find out.
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
};

/**
 * The connection that a process shares for short commands. It connects in the background and comes back by itself; until then
 * commands reject at once. An outage is logged when it begins and when it ends. `name` is what CLIENT LIST shows.
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
  // One that is over before anybody could act on it is not worth a line: a process that is still loading its code misses answers.
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
 * A connection of one's own to the same Redis, for WATCH and for commands that block; resolves when it is ready. It never
 * reconnects: a command is either sent on the connection that was opened here or rejects, so what WATCH saw still holds when EXEC
 * is sent. Whoever opens it calls `disconnect()`.
 */
export async function openSession(redis: RedisConnection, name: string): Promise<RedisConnection> {
  const session = redis.duplicate({
    ...shared,
    connectionName: name,
    lazyConnect: true,
    commandTimeout: SESSION_COMMAND_TIMEOUT_MS,
    retryStrategy: () => null,
  });
  // Every command that fails rejects; the event only repeats it.
  session.on('error', () => {});
  try {
    await session.connect();
  } catch (error) {
    session.disconnect();
    throw error;
  }
  return session;
}
