/**
 * Connections to Redis. Requests must not depend on it: commands fail at once without a connection, and soon if Redis does not
 * answer.
 */
import { PROBE_TIMEOUT_MS, SILENCE_MS } from '@libs/telemetry/silence';
import { beginSpan, failSpan, isTracing, SpanKind } from '@libs/telemetry/traceSpans';
import type { Log } from '@libs/telemetry/log';
import type { ChainableCommander, Redis, RedisOptions } from 'ioredis';
import { redisAt } from './redisAddress.ts';

export type RedisConnection = Redis;

/** Timeout of a command on a shared connection; a request may wait for two. */
export const COMMAND_TIMEOUT_MS = 50;
/** Timeout of a command on a session, with the time that it blocks. */
const SESSION_COMMAND_TIMEOUT_MS = 3_000;
const REDIS_CONNECT_TIMEOUT_MS = 1_000;
/** A connection whose end Redis does not confirm is closed without. */
const REDIS_DISCONNECT_TIMEOUT_MS = 500;
const MAX_RECONNECT_PAUSE_MS = 1_000;
const FIRST_RECONNECT_PAUSE_MS = 50;
const OUTAGE_LOG_DELAY_MS = 2_000;
/** A connection that sends nothing for so long while commands wait is lost, also if nobody closes it (decision 18). */
const REDIS_SILENCE_MS = SILENCE_MS + PROBE_TIMEOUT_MS;
/** A subscriber sends no other commands, by whose answers a lost connection could be told from a channel without messages. */
const SUBSCRIBER_PING_EVERY_MS = 1_000;

const shared: RedisOptions = {
  // Stream replies have the shapes of RESP 2.
  protocol: 2,
  connectTimeout: REDIS_CONNECT_TIMEOUT_MS,
  socketTimeout: REDIS_SILENCE_MS,
  disconnectTimeout: REDIS_DISCONNECT_TIMEOUT_MS,
  // The caller must find out whether a command on a lost connection took effect.
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  sentinelCommandTimeout: REDIS_CONNECT_TIMEOUT_MS,
  // After a fail-over, the former primary refuses writes, and a cluster's node refuses slots that it does not have: reconnect, to the new one.
  reconnectOnError: ({ message }) => /^(READONLY|MOVED|CLUSTERDOWN)\b/.test(message),
};

/**
 * The connection that a process shares for short commands. It connects in the background; until then commands reject at once. Logs
 * outages. `name` appears in CLIENT LIST.
 */
export function connectRedis(url: string, options: { name: string; log: Log }): RedisConnection {
  const { name, log } = options;
  const redis = redisAt(url, {
    ...shared,
    connectionName: name,
    commandTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(FIRST_RECONNECT_PAUSE_MS * 2 ** (times - 1), MAX_RECONNECT_PAUSE_MS),
  });
  if (isTracing()) traceCommands(redis);
  let isDown = false;
  let outageTimer: NodeJS.Timeout | undefined;
  const reportOutage = (error: Error): void => {
    if (redis.status === 'ready' || redis.status === 'end') return;
    isDown = true;
    log.warn({ err: error }, 'Redis does not answer; working without it');
  };
  // A process that is busy loading its code may miss answers for a moment.
  redis.on('error', (error: Error) => {
    if (!isDown) outageTimer ??= setTimeout(() => reportOutage(error), OUTAGE_LOG_DELAY_MS).unref();
  });
  redis.on('ready', () => {
    clearTimeout(outageTimer);
    outageTimer = undefined;
    if (isDown) log.warn('Redis is back');
    isDown = false;
  });
  return redis;
}

/** Records each command that a request or an event causes, without its keys and values. */
function traceCommands(redis: Redis): void {
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, stream) => {
    const attributes = { 'db.system.name': 'redis' };
    const span = beginSpan(`redis ${command.name}`, { kind: SpanKind.CLIENT, attributes });
    if (span) {
      const fail = (error: unknown) => {
        failSpan(span, error);
        span.end();
      };
      command.promise.then(() => span.end(), fail);
    }
    return send(command, stream);
  };
}

/**
 * Opens an exclusive connection, for WATCH and blocking commands. It never reconnects, so that EXEC runs on the connection that sent
 * WATCH, or rejects. The caller must `disconnect()` it.
 */
export async function openSession(redis: RedisConnection, name: string): Promise<RedisConnection> {
  const session = redis.duplicate({
    ...shared,
    connectionName: name,
    lazyConnect: true,
    commandTimeout: SESSION_COMMAND_TIMEOUT_MS,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
  });
  // Failed commands reject anyway.
  session.on('error', () => {});
  try {
    await connectOnce(session);
  } catch (error) {
    session.disconnect();
    throw error;
  }
  return session;
}

/** Connects a lazy connection that does not retry. Rejects with the cause, where the driver says only that the connection was closed. */
export async function connectOnce(redis: RedisConnection): Promise<void> {
  let cause: Error | undefined;
  const note = (error: Error) => void (cause ??= error);
  redis.on('error', note);
  try {
    await redis.connect();
  } catch (error) {
    throw cause ?? error;
  } finally {
    redis.off('error', note);
  }
}

/** A connection of its own for SUBSCRIBE: it keeps retrying, and subscribes again after each reconnection. */
export function openSubscriber(redis: RedisConnection, name: string): RedisConnection {
  const subscriber = redis.duplicate({
    connectionName: name,
    enableOfflineQueue: true,
    autoResendUnfulfilledCommands: true,
    maxRetriesPerRequest: null,
    commandTimeout: undefined,
  });
  // The shared connection already logs outages.
  subscriber.on('error', () => {});
  const pings = setInterval(() => {
    if (subscriber.status === 'ready') subscriber.ping().catch(() => {});
  }, SUBSCRIBER_PING_EVERY_MS).unref();
  subscriber.once('end', () => clearInterval(pings));
  return subscriber;
}

/** Executes a transaction. Rejects with what Redis refused in it, where EXEC says only that something was. */
export async function execute(transaction: ChainableCommander): ReturnType<ChainableCommander['exec']> {
  try {
    return await transaction.exec();
  } catch (error) {
    throw (error as { previousErrors?: Error[] }).previousErrors?.[0] ?? error;
  }
}

/** What the commands of a pipeline returned. Throws the first error. */
export function resultsOf(replies: readonly [error: Error | null, result: unknown][] | null): unknown[] {
  return (replies ?? []).map(([error, result]) => {
    if (error) throw error;
    return result;
  });
}
