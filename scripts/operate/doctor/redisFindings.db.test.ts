import path from 'node:path';
import { redisAt } from '@libs/cache/redisAddress';
import { testFolder } from '@libs/testing/folders';
import { afterAll, expect, it } from 'vitest';
import { startRedis } from '../../dev/servers/redisServer.ts';
import { redisFindings } from './redisFindings.ts';

const server = await startRedis({ dataDir: path.join(await testFolder(), 'redis') });
const client = redisAt(server.url, {});
afterAll(async () => {
  client.disconnect();
  await server.stop();
});

const problems = async () =>
  (await redisFindings(server.url))
    .filter(({ level }) => level !== 'fine')
    .map(({ what, advice }) => ({ what, advice }));

it('finds nothing wrong with a Redis as npm start starts it', async () => {
  expect(await problems()).toEqual([]);
});

it('says that writes are refused at maxmemory', async () => {
  await client.config('SET', 'maxmemory', '1');
  expect(await problems()).toEqual([
    { what: expect.stringContaining('refuses writes'), advice: expect.stringContaining('Raise maxmemory') },
  ]);
  await client.config('SET', 'maxmemory', '0');
});

it('gives the reason why Redis refuses it, and advice that fits', async () => {
  await client.config('SET', 'requirepass', 'segredo');
  expect(await problems()).toEqual([
    {
      what: expect.stringContaining('NOAUTH Authentication required'),
      advice: expect.stringMatching(/^Correct the user and password in REDIS_URL/),
    },
  ]);
  await client.config('SET', 'requirepass', '');
});

it('gives the reason why nothing answers', async () => {
  expect(await redisFindings('redis://127.0.0.1:1')).toEqual([
    expect.objectContaining({ level: 'problem', what: expect.stringContaining('ECONNREFUSED') }),
  ]);
});
