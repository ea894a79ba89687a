import { ANONYMOUS, type Caller } from '@libs/auth/caller';
import { connectRedis } from '@libs/cache/redis';
import { silentLog } from '@libs/telemetry/log';
import { newTenantId, platformAdministrator, userOf } from '@libs/testing/contexts';
import { testRedis } from '@libs/testing/testDatabases';
import { afterAll, expect, it } from 'vitest';
import { signInLimiter, type SignInLimiter } from './signInLimiter.ts';

const PER_MINUTE = 5;
const { url } = await testRedis();
const connections = ['one', 'two'].map((name) => connectRedis(url, { name, log: silentLog() }));
afterAll(() => connections.forEach((connection) => connection.disconnect()));

/** Counts allowed attempts: sign-ins, or with `isOwn` other password checks. */
async function allowed(
  limits: SignInLimiter[],
  attempts: number,
  ip: string,
  { caller = ANONYMOUS, isOwn = false }: { caller?: Caller; isOwn?: boolean } = {},
): Promise<number> {
  let count = 0;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const cost = { passwordChecks: 1, signIns: isOwn ? 0 : 1, sessionChanges: 0 };
    if ((await limits[attempt % limits.length]!.consume({ ip, caller }, cost)) === 0) count += 1;
  }
  return count;
}

it('counts a client across all gateways, and an IPv6 network as one client', async () => {
  await expect.poll(() => connections.map(({ status }) => status)).toEqual(['ready', 'ready']);
  const limits = connections.map((connection) => signInLimiter(connection, PER_MINUTE));
  expect(await allowed(limits, PER_MINUTE * 3, '192.0.2.1')).toBe(PER_MINUTE);
  expect(await allowed(limits, 3, '2001:db8::1')).toBe(3);
  expect(await allowed(limits, 3, '2001:db8::2')).toBe(PER_MINUTE - 3);
});

it('counts password checks of signed-in callers by caller, not by network', async () => {
  const limits = connections.map((connection) => signInLimiter(connection, PER_MINUTE));
  const [one, two] = [userOf(newTenantId()), platformAdministrator()];
  expect(await allowed(limits, PER_MINUTE * 2, '192.0.2.7', { caller: one, isOwn: true })).toBe(PER_MINUTE);
  expect(await allowed(limits, 2, '192.0.2.8', { caller: one, isOwn: true })).toBe(0);
  expect(await allowed(limits, PER_MINUTE, '192.0.2.7', { caller: two, isOwn: true })).toBe(PER_MINUTE);
  expect(await allowed(limits, PER_MINUTE, '192.0.2.7')).toBe(PER_MINUTE);
});

it('counts sign-ins by network even with a session', async () => {
  const limits = connections.map((connection) => signInLimiter(connection, PER_MINUTE));
  const caller = userOf(newTenantId());
  expect(await allowed(limits, PER_MINUTE - 1, '192.0.2.9', { caller })).toBe(PER_MINUTE - 1);
  expect(await allowed(limits, 3, '192.0.2.9')).toBe(1);
});

it('counts password checks without a session by network', async () => {
  const limits = connections.map((connection) => signInLimiter(connection, PER_MINUTE));
  expect(await allowed(limits, PER_MINUTE, '192.0.2.10', { isOwn: true })).toBe(PER_MINUTE);
  expect(await allowed(limits, 1, '192.0.2.10')).toBe(0);
});

it('counts in this process while Redis is down', async () => {
  const unreachable = connectRedis('redis://127.0.0.1:1', { name: 'unreachable', log: silentLog() });
  const limits = [signInLimiter(unreachable, PER_MINUTE)];
  expect(await allowed(limits, PER_MINUTE * 2, '192.0.2.1')).toBe(PER_MINUTE);
  unreachable.disconnect();
});
