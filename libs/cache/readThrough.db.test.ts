import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLog } from '@libs/telemetry/log';
import { startRedis, type RedisServer } from '@scripts/dev/servers/redisServer';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { cacheCounts, invalidate, readThrough, CIRCUIT_OPEN_MS } from './readThrough.ts';
import { COMMAND_TIMEOUT_MS, connectRedis, type RedisConnection } from './redis.ts';

const KEY = 'settings:tenant:one';
/** What a busy machine may add to a timeout, in milliseconds. */
const SLACK_MS = 100;

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
// A connection for each test: what is known of a Redis that failed belongs to the connection.
beforeEach(async () => {
  redis = connectRedis(server.url, { name: 'test', log });
  await vi.waitFor(() => expect(redis.status).toBe('ready'), 5_000);
  await redis.flushall();
  return () => redis.disconnect();
});

const read = (load: () => Promise<unknown>, schema?: z.ZodType) =>
  readThrough<unknown>(redis, { key: KEY, ttlSeconds: 300, schema, load });
const isKept = () => vi.waitFor(async () => expect(await redis.exists(KEY)).toBe(1));
const never = async (): Promise<never> => {
  throw new Error('loaded');
};

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const start = performance.now();
  const result = await work();
  return [result, performance.now() - start];
}

describe('readThrough', () => {
  it('loads once, then reads what was kept, for as long as it may be', async () => {
    expect(await read(async () => ({ zone: 'UTC' }))).toEqual({ zone: 'UTC' });
    await isKept();
    expect(await read(never)).toEqual({ zone: 'UTC' });
    expect(await redis.ttl(KEY)).toBeGreaterThan(290);
    expect(await redis.ttl(KEY)).toBeLessThanOrEqual(300);
    expect(cacheCounts(redis)).toEqual({ hits: 1, misses: 1, bypasses: 0 });
  });

  it('keeps null, which is an answer', async () => {
    await read(async () => null);
    await isKept();
    expect(await read(never)).toBeNull();
  });

  it('hands on what load throws, and keeps nothing', async () => {
    await expect(read(never)).rejects.toThrow('loaded');
    expect(await redis.exists(KEY)).toBe(0);
  });

  it('loads again what the schema refuses', async () => {
    await read(async () => ({ zone: 7 }));
    await isKept();
    const schema = z.object({ zone: z.string() });
    expect(await read(async () => ({ zone: 'UTC' }), schema)).toEqual({ zone: 'UTC' });
  });

  it('loads again what somebody else wrote there', async () => {
    await redis.set(KEY, 'no JSON');
    expect(await read(async () => 1)).toBe(1);
  });
});

describe('invalidate', () => {
  it('has the next read load', async () => {
    await read(async () => 'old');
    await isKept();
    await invalidate(redis, KEY);
    expect(await redis.exists(KEY)).toBe(0);
    expect(await read(async () => 'new')).toBe('new');
  });

  it('voids what a read that began before it writes afterwards, even where Redis lost its data between', async () => {
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
      await isKept();
      expect(await read(async () => 'new')).toBe('new');
      await redis.flushall();
    }
  });

  it('never lets a reader that begins after it see an older value, whatever runs beside', async () => {
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
    for (let change = 1; change <= 150; change += 1) {
      truth = change;
      await invalidate(redis, KEY);
      // Answered: from here on nobody may see what was before.
      expect(await read(load)).toBe(change);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 8));
    }
    isRunning = false;
    await Promise.all(readers);
    expect(cacheCounts(redis).hits).toBeGreaterThan(100);
  });
});

describe('a Redis that is gone or does not answer', () => {
  it('costs a request no more than two commands may take, and then nothing', async () => {
    await read(async () => 'old');
    await isKept();
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
    // What could not be made void then is made void now, and not read before.
    await vi.waitFor(async () => expect(await redis.exists(KEY)).toBe(0), 5 * CIRCUIT_OPEN_MS);
    await new Promise((resolve) => setTimeout(resolve, CIRCUIT_OPEN_MS));
    expect(await read(async () => 'newest')).toBe('newest');
  });

  it('is done without from the first moment on', async () => {
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
