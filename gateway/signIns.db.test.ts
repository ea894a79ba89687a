import { connectRedis } from '@libs/cache/redis';
import { silentLog } from '@libs/telemetry/log';
import { testRedis } from '@libs/testing/databases';
import { afterAll, expect, it } from 'vitest';
import { limitSignIns } from './signIns.ts';

const PER_MINUTE = 5;
const { url } = await testRedis();
const connections = ['one', 'two'].map((name) => connectRedis(url, { name, log: silentLog() }));
afterAll(() => connections.forEach((connection) => connection.disconnect()));

/** How many of `attempts` go through, each counted once. */
async function allowed(
  limits: ReturnType<typeof limitSignIns>[],
  attempts: number,
  ip: string,
): Promise<number> {
  let count = 0;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if ((await limits[attempt % limits.length]!.take(ip, 1)) === 0) count += 1;
  }
  return count;
}

it('counts one client over all gateways, and an IPv6 network as one client', async () => {
  await expect.poll(() => connections.map(({ status }) => status)).toEqual(['ready', 'ready']);
  const limits = connections.map((connection) => limitSignIns(connection, PER_MINUTE));
  expect(await allowed(limits, PER_MINUTE * 3, '192.0.2.1')).toBe(PER_MINUTE);
  expect(await allowed(limits, 3, '2001:db8::1')).toBe(3);
  expect(await allowed(limits, 3, '2001:db8::2')).toBe(PER_MINUTE - 3);
});

it('goes on counting in this process while Redis is away', async () => {
  const away = connectRedis('redis://127.0.0.1:1', { name: 'away', log: silentLog() });
  const limits = [limitSignIns(away, PER_MINUTE)];
  expect(await allowed(limits, PER_MINUTE * 2, '192.0.2.1')).toBe(PER_MINUTE);
  away.disconnect();
});
