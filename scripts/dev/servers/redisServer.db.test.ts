import path from 'node:path';
import { testFolder } from '@libs/testing/folders';
import { Redis as Client } from 'ioredis';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { commandOf } from './processes.ts';
import { startRedis, type RedisServer, type RedisServerOptions } from './redisServer.ts';

let dataDir: string;
const started: RedisServer[] = [];

beforeEach(async () => {
  dataDir = path.join(await testFolder(), 'redis');
});
afterAll(() => Promise.all(started.map((server) => server.stop())));

async function start(options: Partial<RedisServerOptions> = {}): Promise<RedisServer> {
  const server = await startRedis({ dataDir, ...options });
  started.push(server);
  return server;
}

async function ask<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(url, { retryStrategy: () => null });
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

describe('startRedis', () => {
  it('keeps its data and port over a restart, and leaves no process behind', async () => {
    const first = await start();
    await ask(first.url, (client) => client.xadd('events', '1-1', 'field', 'value'));
    await first.stop();
    expect(commandOf(first.pid)).toBeUndefined();
    const second = await start();
    expect(second.url).toBe(first.url);
    expect(await ask(second.url, (client) => client.xlen('events'))).toBe(1);
  });

  it('keeps synced data when it is killed', async () => {
    const first = await start();
    await ask(first.url, async (client) => {
      await client.config('SET', 'appendfsync', 'always');
      await client.set('key', 'kept');
    });
    await first.kill();
    expect(commandOf(first.pid)).toBeUndefined();
    const second = await start();
    expect(await ask(second.url, (client) => client.get('key'))).toBe('kept');
  });

  it('keeps no data without the append-only file', async () => {
    const first = await start({ appendOnly: false });
    await ask(first.url, (client) => client.set('key', 'gone'));
    await first.stop();
    const second = await start({ appendOnly: false });
    expect(await ask(second.url, (client) => client.get('key'))).toBeNull();
  });

  it('runs two servers at once on two folders, and refuses a second one on the same folder', async () => {
    const [one, two] = await Promise.all([start(), start({ dataDir: `${dataDir}-2`, databases: 20 })]);
    expect(one.port).not.toBe(two.port);
    expect(await ask(`${two.url}/19`, (client) => client.ping())).toBe('PONG');
    await expect(start()).rejects.toThrow(/is in use by process \d+/);
  });

  it('refuses a given port that is taken', async () => {
    const first = await start();
    const taken = startRedis({ dataDir: `${dataDir}-2`, port: first.port });
    await expect(taken).rejects.toThrow(`Port ${first.port} is taken`);
  });
});
