/**
 * A read-through cache in Redis that never breaks a request: if Redis is down or slow, values come from their source.
 *
 * Nobody reads a value from before an invalidation. Each key has a version, a random text in a second key. A reader fetches the version
 * before it loads and stores it with the value; `invalidate` replaces it. A value counts only under the current version, so a reader
 * that started before the invalidation and writes after it has no effect. Versions are never reused, even if Redis loses its data.
 */
import { epochMs } from '@libs/time/clock';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { RedisConnection } from './redis.ts';

/** Reads bypass Redis for this long after it failed to answer, in milliseconds, so that not every request waits for it. */
export const CIRCUIT_OPEN_MS = 1_000;
/** Interval between attempts at a failed invalidation, in milliseconds. */
const RETRY_INVALIDATION_MS = 100;
/** How long a version outlives its last value, in seconds: longer than any load takes. */
const VERSION_EXTRA_TTL_SECONDS = 60;

export type CacheCounts = { hits: number; misses: number; bypasses: number };

/** What this process knows of one Redis. */
type RedisHealth = {
  circuitOpenUntilMs: number;
  /** Keys with a failed invalidation, and its sequence number. They are not read from Redis until a retry succeeds. */
  pendingInvalidations: Map<string, number>;
  lastSequenceNumber: number;
  isRetrying: boolean;
  counts: CacheCounts;
};

const healthByConnection = new WeakMap<RedisConnection, RedisHealth>();

function healthOf(redis: RedisConnection): RedisHealth {
  let health = healthByConnection.get(redis);
  if (!health) {
    health = {
      circuitOpenUntilMs: 0,
      pendingInvalidations: new Map(),
      lastSequenceNumber: 0,
      isRetrying: false,
      counts: { hits: 0, misses: 0, bypasses: 0 },
    };
    healthByConnection.set(redis, health);
  }
  return health;
}

/** Reads answered by the cache, by the source, and by the source because Redis was unusable. */
export const cacheCounts = (redis: RedisConnection): Readonly<CacheCounts> => healthOf(redis).counts;

const versionKeyOf = (key: string): string => `${key}:version`;
const entrySchema = z.object({ version: z.string(), value: z.unknown() });

type EntryLookup<T> = { version: string | null; value: T } | { version: string | null; value?: undefined };

function readEntry<T>(
  schema: z.ZodType<T> | undefined,
  entry: string | null,
  version: string | null,
): EntryLookup<T> {
  if (entry === null || version === null) return { version };
  try {
    const stored = entrySchema.parse(JSON.parse(entry));
    if (stored.version !== version) return { version };
    return { version, value: schema ? schema.parse(stored.value) : (stored.value as T) };
  } catch {
    // Another release, or something else, wrote it: a miss.
    return { version };
  }
}

/** The current version of `key`; creates one if there is none. */
async function establishVersion(redis: RedisConnection, key: string, ttlSeconds: number): Promise<string> {
  const versionKey = versionKeyOf(key);
  await redis.set(versionKey, randomUUID(), 'EX', ttlSeconds + VERSION_EXTRA_TTL_SECONDS, 'NX');
  const version = await redis.get(versionKey);
  if (version === null) throw new Error(`Redis lost ${versionKey}`);
  return version;
}

export type ReadThroughOptions<T> = {
  key: string;
  /** Lifetime of the cached value, in whole seconds. */
  ttlSeconds: number;
  /** Parses the cached JSON; a value that it rejects is loaded again. By default the JSON is the value. */
  schema?: z.ZodType<T>;
  /** Reads the source. The value must be serializable as JSON; `undefined` is not cached. */
  load(): Promise<T>;
};

/** The value of `key` from the cache, or else from `load`, whose errors are the only ones thrown. Without `redis` it always loads. */
export async function readThrough<T>(
  redis: RedisConnection | null,
  options: ReadThroughOptions<T>,
): Promise<T> {
  if (redis === null) return options.load();
  const { key, ttlSeconds, schema, load } = options;
  const health = healthOf(redis);
  if (health.pendingInvalidations.has(key) || epochMs() < health.circuitOpenUntilMs) {
    health.counts.bypasses += 1;
    return load();
  }

  let version: string;
  try {
    const [entry = null, current = null] = await redis.mget(key, versionKeyOf(key));
    const cached = readEntry(schema, entry, current);
    if (cached.value !== undefined) {
      health.counts.hits += 1;
      return cached.value;
    }
    version = cached.version ?? (await establishVersion(redis, key, ttlSeconds));
  } catch {
    health.circuitOpenUntilMs = epochMs() + CIRCUIT_OPEN_MS;
    health.counts.bypasses += 1;
    return load();
  }

  health.counts.misses += 1;
  const value = await load();
  if (value !== undefined) void writeEntry(redis, key, ttlSeconds, JSON.stringify({ version, value }));
  return value;
}

/** Never rejects: if the write fails, the next reader loads again. */
async function writeEntry(
  redis: RedisConnection,
  key: string,
  ttlSeconds: number,
  entry: string,
): Promise<void> {
  try {
    await redis
      .pipeline()
      .set(key, entry, 'EX', ttlSeconds)
      .expire(versionKeyOf(key), ttlSeconds + VERSION_EXTRA_TTL_SECONDS)
      .exec();
  } catch {
    healthOf(redis).circuitOpenUntilMs = epochMs() + CIRCUIT_OPEN_MS;
  }
}

async function invalidateNow(redis: RedisConnection, keys: readonly string[]): Promise<void> {
  const pipeline = redis.pipeline();
  // Replacing the version invalidates the value; deleting it only frees memory.
  const version = randomUUID();
  const lifetimeSeconds = 2 * VERSION_EXTRA_TTL_SECONDS;
  for (const key of keys) pipeline.set(versionKeyOf(key), version, 'EX', lifetimeSeconds).del(key);
  const results = await pipeline.exec();
  const failed = results?.find(([error]) => error !== null)?.[0];
  if (failed) throw failed;
}

/**
 * Invalidates the cached values of `keys`. Call it between the commit and the response (`tx.afterCommit`). Never rejects, and takes at
 * most COMMAND_TIMEOUT_MS. If Redis does not answer, this process reads the keys from their source and retries until it does.
 */
export async function invalidate(
  redis: RedisConnection | null,
  keys: string | readonly string[],
): Promise<void> {
  const keyList = typeof keys === 'string' ? [keys] : keys;
  if (redis === null || keyList.length === 0) return;
  const health = healthOf(redis);
  // Tried even while reads bypass Redis: other processes may still be reading, and one command is a short wait.
  try {
    await invalidateNow(redis, keyList);
    return;
  } catch {
    health.circuitOpenUntilMs = epochMs() + CIRCUIT_OPEN_MS;
  }
  health.lastSequenceNumber += 1;
  for (const key of keyList) health.pendingInvalidations.set(key, health.lastSequenceNumber);
  retryPendingInvalidations(redis, health);
}

/** Retries until nothing is pending or the connection has ended. */
function retryPendingInvalidations(redis: RedisConnection, health: RedisHealth): void {
  if (health.isRetrying) return;
  health.isRetrying = true;
  const attempt = async (): Promise<void> => {
    const pending = [...health.pendingInvalidations];
    try {
      await invalidateNow(
        redis,
        pending.map(([key]) => key),
      );
      // A key whose invalidation has failed again since then stays pending.
      for (const [key, sequenceNumber] of pending)
        if (health.pendingInvalidations.get(key) === sequenceNumber) health.pendingInvalidations.delete(key);
    } catch {
      // Retried below.
    }
    health.isRetrying = false;
    if (health.pendingInvalidations.size > 0 && redis.status !== 'end')
      retryPendingInvalidations(redis, health);
  };
  setTimeout(() => void attempt(), RETRY_INVALIDATION_MS).unref();
}
