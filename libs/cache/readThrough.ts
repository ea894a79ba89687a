/**
 * Values kept in Redis in front of their source. A cache never breaks a request: where Redis is gone or slow the value is loaded.
 *
 * No old value after an invalidation. Beside each key lies a version, a random text. A reader notes the version before it loads, and
 * stores it with the value; `invalidate` puts a new version in place. A value counts only while its version is the one that lies
 * there: what a reader that began earlier writes later bears the old version and is never read. A version that was lost with Redis is
 * never made again. Plain commands suffice: nothing is compared and set.
 */
import { epochMs } from '@libs/time/clock';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { RedisConnection } from './redis.ts';

/** How long a Redis that failed to answer is left alone, in milliseconds, so that not every request waits for it. */
export const CIRCUIT_OPEN_MS = 1_000;
/** How often an invalidation that failed is tried again, in milliseconds. */
export const RETRY_INVALIDATION_MS = 100;
/** How long a version outlives the last value written under it, in seconds: longer than any load takes. */
const VERSION_EXTRA_TTL_SECONDS = 60;

export type CacheCounts = { hits: number; misses: number; bypasses: number };

/** What is known of one Redis in this process. */
type RedisHealth = {
  circuitOpenUntilMs: number;
  /** Keys whose invalidation failed, and the how many-th failure it was: not read here until Redis has done it. */
  pendingInvalidations: Map<string, number>;
  failures: number;
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
      failures: 0,
      isRetrying: false,
      counts: { hits: 0, misses: 0, bypasses: 0 },
    };
    healthByConnection.set(redis, health);
  }
  return health;
}

/** How often values came from the cache, from their source, and from their source because Redis was of no use. */
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
    // Written by another release of ours, or not by us: as if it were not there.
    return { version };
  }
}

/** The version that lies at the key, made where there is none. */
async function establishVersion(redis: RedisConnection, key: string, ttlSeconds: number): Promise<string> {
  const versionKey = versionKeyOf(key);
  await redis.set(versionKey, randomUUID(), 'EX', ttlSeconds + VERSION_EXTRA_TTL_SECONDS, 'NX');
  const version = await redis.get(versionKey);
  if (version === null) throw new Error(`Redis did not keep ${versionKey}`);
  return version;
}

export type ReadThroughOptions<T> = {
  key: string;
  /** How long a value may be kept, in whole seconds. */
  ttlSeconds: number;
  /** Reads the value back from its JSON; what it refuses is loaded again. Without one the JSON is taken as it is. */
  schema?: z.ZodType<T>;
  /** The source. Its value must survive JSON. */
  load(): Promise<T>;
};

/**
 * The value of `key`: from the cache where it holds a current one, else from `load`, whose errors are the only ones thrown.
 * `redis` null: always loaded. `undefined` is never kept.
 */
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
    const found = readEntry(schema, entry, current);
    if (found.value !== undefined) {
      health.counts.hits += 1;
      return found.value;
    }
    version = found.version ?? (await establishVersion(redis, key, ttlSeconds));
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

/** Writes an entry; nobody waits for it, and where it fails the next reader loads again. */
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

async function dropKeys(redis: RedisConnection, keys: readonly string[]): Promise<void> {
  const pipeline = redis.pipeline();
  // The new version first: from then on the value beside it is void, whether or not its removal still happens.
  const version = randomUUID();
  const lifetimeSeconds = 2 * VERSION_EXTRA_TTL_SECONDS;
  for (const key of keys) pipeline.set(versionKeyOf(key), version, 'EX', lifetimeSeconds).del(key);
  const results = await pipeline.exec();
  const failed = results?.find(([error]) => error !== null)?.[0];
  if (failed) throw failed;
}

/**
 * Makes every kept value of these keys void, before it resolves where Redis answers. Call it after the change has committed and
 * before it is answered (`tx.afterCommit`). Never rejects, and takes no longer than one command may: where Redis does not
 * answer, this process reads the keys from their source until it does, and tries again until it is done.
 */
export async function invalidate(
  redis: RedisConnection | null,
  keys: string | readonly string[],
): Promise<void> {
  const all = typeof keys === 'string' ? [keys] : keys;
  if (redis === null || all.length === 0) return;
  const health = healthOf(redis);
  // Tried also while readers rest from a failure: another process may read on, and one command is a short wait.
  try {
    await dropKeys(redis, all);
    return;
  } catch {
    health.circuitOpenUntilMs = epochMs() + CIRCUIT_OPEN_MS;
  }
  health.failures += 1;
  for (const key of all) health.pendingInvalidations.set(key, health.failures);
  retryPendingInvalidations(redis, health);
}

/** Pays what is owed as soon as Redis takes it. */
function retryPendingInvalidations(redis: RedisConnection, health: RedisHealth): void {
  if (health.isRetrying) return;
  health.isRetrying = true;
  const attempt = async (): Promise<void> => {
    const pending = [...health.pendingInvalidations];
    try {
      await dropKeys(
        redis,
        pending.map(([key]) => key),
      );
      // A key that failed again meanwhile is owed again.
      for (const [key, failure] of pending)
        if (health.pendingInvalidations.get(key) === failure) health.pendingInvalidations.delete(key);
    } catch {
      // Tried again below.
    }
    health.isRetrying = false;
    if (health.pendingInvalidations.size > 0 && redis.status !== 'end')
      retryPendingInvalidations(redis, health);
  };
  setTimeout(() => void attempt(), RETRY_INVALIDATION_MS).unref();
}
