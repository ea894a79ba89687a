import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLog } from '@libs/telemetry/log';
import { startRedis, type RedisServer } from '@scripts/dev/servers/redisServer';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { metricValue } from '@libs/testing/metricValue';
import { invalidate, readThrough, CIRCUIT_OPEN_MS } from './readThrough.ts';
import { COMMAND_TIMEOUT_MS, connectRedis, type RedisConnection } from './redis.ts';

const KEY = 'settings:tenant:one';
/** Delay allowed on a busy machine. */
const SLACK_MS = 100;

const RESULTS = ['hit', 'miss', 'bypass'] as const;
/** So far, in this process. */
const reads = (result: (typeof RESULTS)[number]) =>
  metricValue('vaga_cache_reads_total', { cache: 'settings', result });

let dataDir: string;
let server: RedisServer;
let redis: RedisConnection;
const log = silentLog();

beforeAll(async () => {
  dataDir = path.join(await mkdtemp(path.join(tmpdir(), 'vaga-cache-test-')), 'redis');
  server = await startRedis({ dataDir, appendOnly: false });
});
afterAll(async () => {
  await server.stop();
  await rm(path.dirname(dataDir), { recursive: true, force: true });
});
// A connection per test, because the circuit state belongs to the connection.
beforeEach(async () => {
  redis = connectRedis(server.url, { name: 'test', log });
  await vi.waitFor(() => expect(redis.status).toBe('ready'), 5_000);
  await redis.flushall();
  return () => redis.disconnect();
});

const read = (load: () => Promise<unknown>, schema?: z.ZodType) =>
  readThrough<unknown>(redis, { key: KEY, ttlSeconds: 300, schema, load });
const isCached = () => vi.waitFor(async () => expect(await redis.exists(KEY)).toBe(1));
const never = async (): Promise<never> => {
  throw new Error('loaded');
};

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const start = performance.now();
  const result = await work();
  return [result, performance.now() - start];
}

describe('readThrough', () => {
  it('loads once, then reads the cached value until its TTL ends', async () => {
    const before = await Promise.all(RESULTS.map(reads));
    expect(await read(async () => ({ zone: 'UTC' }))).toEqual({ zone: 'UTC' });
    await isCached();
    expect(await read(never)).toEqual({ zone: 'UTC' });
    expect(await redis.ttl(KEY)).toBeGreaterThan(290);
    expect(await redis.ttl(KEY)).toBeLessThanOrEqual(300);
    const after = await Promise.all(RESULTS.map(reads));
    expect(after.map((count, index) => count - before[index]!)).toEqual([1, 1, 0]);
  });

  it('caches null', async () => {
    await read(async () => null);
    await isCached();
    expect(await read(never)).toBeNull();
  });

  it('rethrows errors of load and caches nothing', async () => {
    await expect(read(never)).rejects.toThrow('loaded');
    expect(await redis.exists(KEY)).toBe(0);
  });

  it('loads again if the schema rejects the cached value', async () => {
    await read(async () => ({ zone: 7 }));
    await isCached();
    const schema = z.object({ zone: z.string() });
    expect(await read(async () => ({ zone: 'UTC' }), schema)).toEqual({ zone: 'UTC' });
  });

  it('loads again if the cached value is not an entry', async () => {
    await redis.set(KEY, 'no JSON');
    expect(await read(async () => 1)).toBe(1);
  });
});

describe('invalidate', () => {
  it('makes the next read load', async () => {
    await read(async () => 'old');
    await isCached();
    await invalidate(redis, KEY);
    expect(await redis.exists(KEY)).toBe(0);
    expect(await read(async () => 'new')).toBe('new');
  });

  it('invalidates a later write by a read that began before it, even if Redis lost its data in between', async () => {
    for (const isRedisLost of [false, true]) {
      let finish: (value: string) => void = () => {};
      const loading = new Promise<string>((resolve) => (finish = resolve));
      let isLoading = false;
      const slow = read(async () => {
        isLoading = true;
        return loading;
      });
      await vi.waitFor(() => expect(isLoading).toBe(true));
      await invalidate(redis, KEY);
      if (isRedisLost) await redis.flushall();
      finish('old');
      expect(await slow).toBe('old');
      await isCached();
      expect(await read(async () => 'new')).toBe('new');
      await redis.flushall();
    }
  });

  it('hides older values from every read that begins after it, under concurrent reads', async () => {
    const hitsBefore = await reads('hit');
    let truth = 0;
    const load = async (): Promise<number> => {
      const seen = truth;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 6));
      return seen;
    };
    let isRunning = true;
    const readers = Array.from({ length: 8 }, async () => {
      let reads = 0;
      while (isRunning) {
        const known = truth;
        expect(await read(load)).toBeGreaterThanOrEqual(known - 1);
        reads += 1;
      }
      return reads;
    });
    // Longer on a busy machine, where few reads come between two changes.
    for (let change = 1; change <= 150 || (await reads('hit')) - hitsBefore <= 100; change += 1) {
      truth = change;
      await invalidate(redis, KEY);
      // From here on no read may return an older value.
      expect(await read(load)).toBe(change);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 8));
    }
    isRunning = false;
    await Promise.all(readers);
    expect((await reads('hit')) - hitsBefore).toBeGreaterThan(100);
  });
});

describe('a Redis that does not answer', () => {
  it('delays one request by at most the command timeout, and later ones not at all', async () => {
    await read(async () => 'old');
    await isCached();
    process.kill(server.pid, 'SIGSTOP');
    try {
      const [value, readMs] = await timed(() => read(async () => 'new'));
      expect(value).toBe('new');
      expect(readMs).toBeLessThan(COMMAND_TIMEOUT_MS + SLACK_MS);
      const [, invalidateMs] = await timed(() => invalidate(redis, KEY));
      expect(invalidateMs).toBeLessThan(COMMAND_TIMEOUT_MS + SLACK_MS);
      const [again, againMs] = await timed(() => read(async () => 'newer'));
      expect(again).toBe('newer');
      expect(againMs).toBeLessThan(SLACK_MS / 2);
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
    // The pending invalidation is retried now; until it succeeds, the old value is not read.
    await vi.waitFor(async () => expect(await redis.exists(KEY)).toBe(0), 5 * CIRCUIT_OPEN_MS);
    await new Promise((resolve) => setTimeout(resolve, CIRCUIT_OPEN_MS));
    expect(await read(async () => 'newest')).toBe('newest');
  });

  it('delays nothing if it was never reachable', async () => {
    const nowhere = connectRedis('redis://127.0.0.1:1', { name: 'test', log });
    const options = { key: KEY, ttlSeconds: 1, load: async () => 'loaded' };
    const [value, ms] = await timed(() => readThrough(nowhere, options));
    expect(value).toBe('loaded');
    expect(ms).toBeLessThan(SLACK_MS);
    await invalidate(nowhere, KEY);
    nowhere.disconnect();
    expect(await readThrough(null, options)).toBe('loaded');
  });
});
