/**
 * Rate limits of operations: by user or API key, or by network without either, and by tenant. Counted in points, each about a
 * millisecond of CPU over all processes. All gateways count together: they exchange their counts through Redis every SHARE_MS, so together they
 * may exceed a limit by what arrives in that time. While Redis is down, each counts alone.
 */
import { tenantIdOf } from '@libs/auth/caller';
import type { RedisConnection } from '@libs/cache/redis';
import { epochMs } from '@libs/time/clock';
import type { GatewayContext } from '../context.ts';
import { rateLimitRefusals } from '../gatewayMetrics.ts';
import { networkOf } from './networks.ts';
import type { QueryCost } from './queryCost.ts';
import { MAX_SHAPING_WAIT_MS, trafficShaper } from './trafficShaper.ts';
import { rateWindows, WINDOW_MS, type RateWindows, type Total } from './rateWindows.ts';

export const SHARE_MS = 500;
export const REFUSAL_DELAY_MS = 1_000;
/** Refusals that are delayed at once; further ones are sent without delay. Each holds a connection, but no longer a body. */
export const MAX_SLOWED_DOWN = 1_000;
const REDIS_PREFIX = 'rate:';
/** Two windows, so that the previous one can still be read. */
const KEPT_MS = 2 * WINDOW_MS;
const MS_PER_SECOND = 1_000;
const WINDOW_SECONDS = WINDOW_MS / MS_PER_SECOND;

/** Points per minute. */
export type RateLimits = { address: number; user: number; key: number; tenant: number };

/** Rounded from what `npm run bench` measures on one core. */
const POINTS = {
  request: 1,
  mutation: 4,
  passwordCheck: 50,
  /** The export of a person with thousands of bookings. */
  personalExport: 500,
  object: 0.05,
  availabilityDay: 0.25,
  slotDay: 2,
};

/** What an operation costs, in points. Objects count in queries only: a mutation's answer may be a whole series, and hardly ever is. */
export const pointsOf = (cost: QueryCost): number =>
  Math.ceil(
    POINTS.request +
      POINTS.mutation * cost.mutations +
      POINTS.passwordCheck * cost.passwordChecks +
      POINTS.personalExport * cost.personalExports +
      POINTS.object * (cost.mutations > 0 ? 0 : cost.objects) +
      POINTS.availabilityDay * cost.availabilityDays +
      POINTS.slotDay * cost.slotDays,
  );

type Client = Pick<GatewayContext, 'ip' | 'caller'>;
type Counter = { policy: keyof RateLimits; key: string };

/** A page of one user may need many operations at once; those of a whole tenant are many users'. */
const isShaped = ({ policy }: Counter): boolean => policy === 'tenant';

function countersOf({ ip, caller }: Client): Counter[] {
  const tenantId = tenantIdOf(caller);
  const counters: Counter[] = tenantId ? [{ policy: 'tenant', key: `tenant:${tenantId}` }] : [];
  switch (caller.kind) {
    case 'user':
    case 'platform':
      return [{ policy: 'user', key: `user:${caller.userId}` }, ...counters];
    case 'apiKey':
      return [{ policy: 'key', key: `key:${caller.apiKeyId}` }, ...counters];
    case 'anonymous':
    case 'service':
      return [{ policy: 'address', key: `address:${networkOf(ip)}` }];
  }
}

/** Counts a refusal. Returns `seconds`, which is 0 or less where nothing is refused. */
function countRefusal(limit: Counter['policy'], seconds: number): number {
  if (seconds > 0) rateLimitRefusals.inc({ limit });
  return seconds;
}

/** An operation that may run, once `delayMs` have passed, or one that may be sent again in `retryAfterSeconds`; the other is 0. */
export type RateDecision = { delayMs: number; retryAfterSeconds: number };

export type RateLimiter = {
  /** Seconds until the client may send any operation; 0: now. Counts nothing. */
  waitOf(client: Client): number;
  /** Counts an operation unless it exceeds a limit. */
  consume(client: Client, points: number): RateDecision;
  /** Counts a document that was refused after `spentMs`, within its limits or not. */
  charge(client: Client, spentMs: number): void;
  /** Delays a refusal, since a client that does not wait would send its next request at once. */
  slowDown(client: Pick<GatewayContext, 'pause'>): Promise<void>;
  /** RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10). */
  headersOf(client: Client): Record<string, string>;
  stop(): void;
};

export function rateLimiter(
  redis: RedisConnection,
  limits: RateLimits,
  nowMs: () => number = epochMs,
  monotonicMs: () => number = () => performance.now(),
): RateLimiter {
  const windows = rateWindows(nowMs);
  const tenants = trafficShaper(monotonicMs);
  const shapingWaitMs = (counters: readonly Counter[]): number =>
    Math.max(0, ...counters.filter(isShaped).map(({ key }) => tenants.waitMs(key)));
  const waitFor = (counters: readonly Counter[], points: number): number =>
    Math.max(
      countRefusal('tenant', Math.ceil((shapingWaitMs(counters) - MAX_SHAPING_WAIT_MS) / MS_PER_SECOND)),
      ...counters.map(({ policy, key }) =>
        countRefusal(policy, windows.waitFor(key, points, limits[policy])),
      ),
    );

  function count(counters: readonly Counter[], points: number): void {
    for (const { key } of counters) windows.add(key, points);
    for (const { policy, key } of counters.filter(isShaped)) tenants.add(key, points, limits[policy]);
  }
  /** At most what a user or key may use: one operation must not stop the others of its tenant for a minute. */
  const countedOf = (counters: readonly Counter[], points: number): number =>
    Math.min(points, ...counters.map(({ policy }) => limits[policy]));

  let slowedDown = 0;
  let sharing = false;
  const timer = setInterval(() => {
    // A slow Redis must not collect exchanges.
    if (sharing) return;
    sharing = true;
    // What Redis did not take is lost to the others, not to this process.
    exchange(windows, redis)
      .catch(() => {})
      .finally(() => (sharing = false));
  }, SHARE_MS);
  timer.unref();

  return {
    waitOf: (client) => waitFor(countersOf(client), POINTS.request),
    consume(client, points) {
      const counters = countersOf(client);
      const counted = countedOf(counters, points);
      const retryAfterSeconds = waitFor(counters, counted);
      if (retryAfterSeconds > 0) return { delayMs: 0, retryAfterSeconds };
      const delayMs = shapingWaitMs(counters);
      count(counters, counted);
      return { delayMs, retryAfterSeconds: 0 };
    },
    charge(client, spentMs) {
      const counters = countersOf(client);
      count(counters, countedOf(counters, Math.max(POINTS.request, Math.ceil(spentMs))));
    },
    async slowDown({ pause }) {
      if (slowedDown >= MAX_SLOWED_DOWN) return;
      slowedDown += 1;
      await pause(REFUSAL_DELAY_MS);
      slowedDown -= 1;
    },
    headersOf(client) {
      const counters = countersOf(client).map(({ policy, key }) => ({
        policy,
        limit: limits[policy],
        ...windows.left(key, limits[policy]),
      }));
      return {
        'ratelimit-policy': counters
          .map(({ policy, limit }) => `"${policy}";q=${limit};w=${WINDOW_SECONDS}`)
          .join(', '),
        ratelimit: counters
          .map(({ policy, points, seconds }) => `"${policy}";r=${points};t=${seconds}`)
          .join(', '),
      };
    },
    stop: () => clearInterval(timer),
  };
}

/** Adds this process's counts to those of all, and learns the totals of the same keys. */
async function exchange(windows: RateWindows, redis: RedisConnection): Promise<void> {
  const unsentCounts = windows.takeUnsent();
  if (unsentCounts.length === 0) return;
  const nameOf = (key: string, window: number) => `${REDIS_PREFIX}${key}:${window}`;
  const pipeline = redis.pipeline();
  for (const { key, window, points } of unsentCounts) {
    pipeline.incrby(nameOf(key, window), points);
    pipeline.pexpire(nameOf(key, window), KEPT_MS);
    pipeline.get(nameOf(key, window - 1));
  }
  const replies = (await pipeline.exec()) ?? [];
  const numberAt = (index: number): number => Number(replies[index]?.[1] ?? 0);
  const totals = unsentCounts.map(({ key, window }, index): Total => {
    const at = index * 3;
    return { key, window, current: numberAt(at), previous: numberAt(at + 2) };
  });
  windows.merge(totals);
}
