/** Rate limits of several gateways over one Redis, through real gateways. */
import { ANONYMOUS, type Caller } from '@libs/auth/caller';
import { connectRedis, type RedisConnection } from '@libs/cache/redis';
import { newId } from '@libs/db/ids';
import { silentLog } from '@libs/telemetry/log';
import { newTenantId, userOf } from '@libs/testing/contexts';
import { testRedis } from '@libs/testing/testDatabases';
import { Redis } from 'ioredis';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { smallFederation } from '../testing/smallFederation.ts';
import { BURST_MS, MAX_SHAPING_WAIT_MS } from './trafficShaper.ts';
import {
  MAX_SLOWED_DOWN,
  rateLimiter,
  REFUSAL_DELAY_MS,
  SHARE_MS,
  type RateLimiter,
  type RateLimits,
} from './rateLimits.ts';

const LIMITS: RateLimits = { address: 20, user: 10, key: 12, tenant: 15 };
/** For gateways to learn each other's counts: one exchange, and time to spare. */
const SHARED_MS = 10 * SHARE_MS;
const IP = '192.0.2.7';

const { url } = await testRedis();
const connections = ['one', 'two'].map((name) => connectRedis(url, { name, log: silentLog() }));
const unreachable = new Redis({
  port: 1,
  lazyConnect: true,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
});
unreachable.on('error', () => {});
afterAll(() => [...connections, unreachable].forEach((connection) => connection.disconnect()));

const started: RateLimiter[] = [];
afterEach(() => started.splice(0).forEach(({ stop }) => stop()));
/** At the beginning of a minute of its own, so that no test meets another's counts. */
let minute = 0;
function limiter(redis: RedisConnection, atMs = minute * 60_000): RateLimiter {
  // A clock that runs ahead: these tests are about minutes, not about the shaping within them.
  let elapsedMs = 0;
  const limits = rateLimiter(
    redis,
    LIMITS,
    () => atMs,
    () => (elapsedMs += 60_000),
  );
  started.push(limits);
  return limits;
}

/** How many of `attempts` operations of one point may run. */
const allowed = (limits: RateLimiter, caller: Caller, attempts = 100, ip = IP): number =>
  Array.from({ length: attempts }, () => limits.consume({ ip, caller }, 1)).filter(
    ({ retryAfterSeconds }) => retryAfterSeconds === 0,
  ).length;

describe('a limit', () => {
  it('is for each address without a session, for each user, each API key, and for each tenant with all its users', () => {
    minute += 10;
    const limits = limiter(unreachable);
    expect(allowed(limits, ANONYMOUS)).toBe(20);
    expect(allowed(limits, ANONYMOUS, 100, '192.0.2.8')).toBe(20);
    const key: Caller = { kind: 'apiKey', apiKeyId: newId(), tenantId: newTenantId(), scopes: [] };
    expect(allowed(limits, key)).toBe(12);
    const tenantId = newTenantId();
    const [ada, bob] = [userOf(tenantId), userOf(tenantId)];
    expect([allowed(limits, ada), allowed(limits, bob), allowed(limits, userOf(newTenantId()))]).toEqual([
      10, 5, 10,
    ]);
    // What is refused is not counted: the tenant's end did not use up the user's points.
    expect(limits.headersOf({ ip: IP, caller: bob })).toEqual({
      'ratelimit-policy': '"user";q=10;w=60, "tenant";q=15;w=60',
      ratelimit: '"user";r=5;t=60, "tenant";r=0;t=60',
    });
  });

  it('is shared by all gateways, also when the next minute begins', async () => {
    minute += 10;
    await expect.poll(() => connections.map(({ status }) => status)).toEqual(['ready', 'ready']);
    const [one, two] = connections.map((connection) => limiter(connection));
    expect(allowed(one!, ANONYMOUS, 12)).toBe(12);
    expect(allowed(two!, ANONYMOUS, 1)).toBe(1);
    await expect
      .poll(() => two!.headersOf({ ip: IP, caller: ANONYMOUS })['ratelimit'], { timeout: SHARED_MS })
      .toBe('"address";r=7;t=60');
    expect(allowed(two!, ANONYMOUS)).toBe(7);
    await expect
      .poll(() => connections[0]!.get(`rate:address:${IP}:${minute}`), { timeout: SHARED_MS })
      .toBe('20');
    // A gateway that is started later learns of the minute before with its first exchange.
    const three = limiter(connections[0]!, (minute + 1) * 60_000);
    expect(allowed(three, ANONYMOUS, 1)).toBe(1);
    await expect
      .poll(() => three.waitOf({ ip: IP, caller: ANONYMOUS }), { timeout: SHARED_MS })
      .toBeGreaterThan(0);
    expect(await connections[0]!.pttl(`rate:address:${IP}:${minute}`)).toBeGreaterThan(60_000);
  });

  it('holds in each gateway alone while Redis is down', () => {
    minute += 10;
    expect([limiter(unreachable), limiter(unreachable)].map((limits) => allowed(limits, ANONYMOUS))).toEqual([
      20, 20,
    ]);
  });
});

describe('the shaping of a tenant', () => {
  /** A tenant's point takes a millisecond. */
  const PACED: RateLimits = { address: 60_000, user: 10_000, key: 10_000, tenant: 60_000 };
  function paced() {
    const clock = { ms: 5_000 };
    const limits = rateLimiter(
      unreachable,
      PACED,
      () => 0,
      () => clock.ms,
    );
    started.push(limits);
    const send = (caller: Caller, points: number) => limits.consume({ ip: IP, caller }, points);
    return { clock, limits, send };
  }

  it('delays what its users send beyond a burst, and nobody else', () => {
    const { clock, send } = paced();
    const tenantId = newTenantId();
    expect(send(userOf(tenantId), BURST_MS + 300).delayMs).toBe(0);
    expect(send(userOf(tenantId), 50).delayMs).toBe(300);
    expect(send(userOf(tenantId), 50).delayMs).toBe(350);
    expect(send(userOf(newTenantId()), 50).delayMs).toBe(0);
    expect(send(ANONYMOUS, 5_000).delayMs).toBe(0);
    expect(send(ANONYMOUS, 5_000).delayMs).toBe(0);
    clock.ms += 400;
    expect(send(userOf(tenantId), 50).delayMs).toBe(0);
  });

  it('refuses what would wait longer than MAX_SHAPING_WAIT_MS, and counts none of it', () => {
    const { clock, limits, send } = paced();
    const tenantId = newTenantId();
    const caller = userOf(tenantId);
    expect(send(userOf(tenantId), BURST_MS + MAX_SHAPING_WAIT_MS + 1_500)).toEqual({
      ...{ delayMs: 0, retryAfterSeconds: 0 },
    });
    expect(limits.waitOf({ ip: IP, caller })).toBe(2);
    expect(send(caller, 1)).toEqual({ delayMs: 0, retryAfterSeconds: 2 });
    expect(send(caller, 1)).toEqual({ delayMs: 0, retryAfterSeconds: 2 });
    clock.ms += 2_000;
    expect(send(caller, 1)).toEqual({ delayMs: MAX_SHAPING_WAIT_MS - 500, retryAfterSeconds: 0 });
  });

  it('counts of one operation no more than its user may use', () => {
    const { send } = paced();
    const tenantId = newTenantId();
    expect(send(userOf(tenantId), 1_000_000)).toEqual({ delayMs: 0, retryAfterSeconds: 0 });
    expect(send(userOf(tenantId), 1).retryAfterSeconds).toBe(
      Math.ceil((PACED.user - BURST_MS - MAX_SHAPING_WAIT_MS) / 1_000),
    );
  });
});

it('refusals are delayed, up to MAX_SLOWED_DOWN at once', async () => {
  const limits = limiter(unreachable);
  const pauses: (() => void)[] = [];
  const pause = (ms: number) => {
    expect(ms).toBe(REFUSAL_DELAY_MS);
    return new Promise<void>((resolve) => pauses.push(resolve));
  };
  const refusals = Array.from({ length: MAX_SLOWED_DOWN + 5 }, () => limits.slowDown({ pause }));
  expect(pauses).toHaveLength(MAX_SLOWED_DOWN);
  await Promise.all(refusals.slice(-5));
  for (const wake of pauses.splice(0)) wake();
  await Promise.all(refusals);
  void limits.slowDown({ pause });
  expect(pauses).toHaveLength(1);
});

describe('over HTTP, an operation', () => {
  const RATES = { address: 200, user: 1_000, key: 1_000, tenant: 1_000 };
  const BUSY = '{ rooms { nodes { neighbours { nodes { id } } } } }';
  type Federation = Awaited<ReturnType<typeof smallFederation>>;
  const ask = async (federation: Federation, query: string) => {
    const answer = await federation.ask(query, { accept: 'application/graphql-response+json' });
    const { ratelimit, 'retry-after': retryAfter } = Object.fromEntries(answer.headers);
    const left = /r=(\d+)/.exec(ratelimit ?? '')?.[1];
    return { status: answer.status, errors: answer.errors, left, retryAfter };
  };

  it('costs what its fields cost, and is refused with the time to come back', async () => {
    // The clock stands still: a refusal is delayed, and nothing is to be left when the next one comes.
    const federation = await smallFederation({ rates: rateLimiter(unreachable, RATES, () => 0) });
    expect(await ask(federation, '{ room { id } }')).toMatchObject({ status: 200, left: '198' });
    expect(await ask(federation, BUSY)).toMatchObject({ status: 200, left: '66' });
    const refused = await ask(federation, BUSY);
    const extensions = { code: 'RATE_LIMITED', retryAfterSeconds: Number(refused.retryAfter) };
    expect(refused).toMatchObject({ status: 429, left: '66', errors: [{ extensions }] });
    expect(extensions.retryAfterSeconds).toBeGreaterThan(0);
    expect(await ask(federation, '{ room { id } }')).toMatchObject({ status: 200, left: '64' });

    while ((await ask(federation, '{ __typename }')).status === 200);
    // Without being read.
    const early = await ask(federation, '{ malformed');
    expect(early).toMatchObject({ status: 429, errors: [{ extensions: { code: 'RATE_LIMITED' } }] });
    expect(Number(early.retryAfter)).toBeGreaterThan(0);
    await federation.close();
  });
});
