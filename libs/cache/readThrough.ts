/**
 * A read-through cache in Redis. It never breaks a request: if Redis is down or slow, values come from their source.
 *
 * No read returns a value from before an invalidation. Each key has a version, a random text in a second key. A reader fetches it
 * before it loads and stores it with the value, `invalidate` replaces it, and a value counts only under the current version: a late
 * write of an old value has no effect. A version that Redis lost never comes back.
 */
import { epochMs } from '@libs/time/clock';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { cacheReads } from './cacheMetrics.ts';
import { parsedTexts } from './parsedTexts.ts';
import { resultsOf, type RedisConnection } from './redis.ts';

/** How long reads bypass a Redis that failed to answer, so that not every request waits for it. */
export const CIRCUIT_OPEN_MS = 1_000;
const RETRY_INVALIDATION_MS = 100;
/** How long a version outlives its last value: longer than any load. */
const VERSION_EXTRA_TTL_SECONDS = 60;

type RedisHealth = {
  circuitOpenUntilMs: number;
  /** Keys to invalidate, with the sequence number of the failure; not read from Redis until a retry succeeds. */
  pendingInvalidations: Map<string, number>;
  lastSequenceNumber: number;
  isRetrying: boolean;
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
    };
    healthByConnection.set(redis, health);
  }
  return health;
}

/** What the cache is called in metrics: the key's first word. */
const cacheOf = (key: string): string => key.split(':', 1)[0]!;

const versionKeyOf = (key: string): string => `${key}:version`;
const entrySchema = z.object({ version: z.string(), value: z.unknown() });

type EntryLookup<T> = { version: string | null; value: T } | { version: string | null; value?: undefined };

const ANYTHING = z.unknown();
type StoredEntry<T> = { version: string; value: T };
/** By schema. */
const parsers = new WeakMap<z.ZodType, (key: string, text: string) => StoredEntry<unknown>>();

function parserOf<T>(schema: z.ZodType<T>): (key: string, text: string) => StoredEntry<T> {
  let parser = parsers.get(schema);
  if (!parser) {
    parser = parsedTexts((text) => {
      const { version, value } = entrySchema.parse(JSON.parse(text));
      return { version, value: schema.parse(value) };
    });
    parsers.set(schema, parser);
  }
  return parser as (key: string, text: string) => StoredEntry<T>;
}

function readEntry<T>(
  { key, schema }: Pick<ReadThroughOptions<T>, 'key' | 'schema'>,
  entry: string | null,
  version: string | null,
): EntryLookup<T> {
  if (entry === null || version === null) return { version };
  try {
    const stored = parserOf((schema ?? ANYTHING) as z.ZodType<T>)(key, entry);
    return stored.version === version ? { version, value: stored.value } : { version };
  } catch {
    // Not written by this release: a miss.
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
  /** Lifetime of the cached value; an integer. */
  ttlSeconds: number;
  /** Parses the cached JSON, once for each text: readers share the value. Rejected values are loaded again. */
  schema?: z.ZodType<T>;
  /** The value must be serializable as JSON; `undefined` is not cached. */
  load(): Promise<T>;
};

/** The cached or loaded value; throws only what `load` throws. Without `redis` it always loads. */
export async function readThrough<T>(
  redis: RedisConnection | null,
  options: ReadThroughOptions<T>,
): Promise<T> {
  if (redis === null) return options.load();
  const { key, ttlSeconds, load } = options;
  const health = healthOf(redis);
  const count = (result: 'hit' | 'miss' | 'bypass') => cacheReads.inc({ cache: cacheOf(key), result });
  if (health.pendingInvalidations.has(key) || epochMs() < health.circuitOpenUntilMs) {
    count('bypass');
    return load();
  }

  let version: string;
  try {
    const [entry = null, current = null] = await redis.mget(key, versionKeyOf(key));
    const cached = readEntry(options, entry, current);
    if (cached.value !== undefined) {
      count('hit');
      return cached.value;
    }
    version = cached.version ?? (await establishVersion(redis, key, ttlSeconds));
  } catch {
    health.circuitOpenUntilMs = epochMs() + CIRCUIT_OPEN_MS;
    count('bypass');
    return load();
  }

  count('miss');
  const value = await load();
  if (value !== undefined) void writeEntry(redis, key, ttlSeconds, JSON.stringify({ version, value }));
  return value;
}

/** Never rejects. */
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
  // The new version invalidates the value; deletion only frees memory.
  const version = randomUUID();
  const lifetimeSeconds = 2 * VERSION_EXTRA_TTL_SECONDS;
  for (const key of keys) pipeline.set(versionKeyOf(key), version, 'EX', lifetimeSeconds).del(key);
  resultsOf(await pipeline.exec());
}

/**
 * Invalidates cached values. Call it between the commit and the response (`tx.afterCommit`). Never rejects, and takes at most
 * COMMAND_TIMEOUT_MS: if Redis does not answer, this process reads the keys from their source and retries until it does.
 */
export async function invalidate(
  redis: RedisConnection | null,
  keys: string | readonly string[],
): Promise<void> {
  const keyList = typeof keys === 'string' ? [keys] : keys;
  if (redis === null || keyList.length === 0) return;
  const health = healthOf(redis);
  // Even while this process bypasses Redis, because others may be reading.
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
      // Keys that failed again meanwhile stay pending.
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
