/** Rate limits of password checks, refreshes and sign-outs: across gateways in Redis, in this process while Redis is down. */
import type { RedisConnection } from '@libs/cache/redis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { GatewayContext } from '../context.ts';
import { rateLimitRefusals } from '../gatewayMetrics.ts';
import type { QueryCost } from './queryCost.ts';
import { networkOf } from './networks.ts';

const WINDOW_SECONDS = 60;
const MS_PER_SECOND = 1_000;
/** Refreshes and sign-outs per sign-in: they are cheap and reveal nothing, and hundreds of people may share one address. */
const SESSION_CHANGES_PER_SIGN_IN = 10;

export type SignInLimiter = {
  /** Counts an operation. Returns 0 if it may run, else the seconds until a retry. */
  consume(
    client: Pick<GatewayContext, 'ip' | 'caller'>,
    cost: Pick<QueryCost, 'passwordChecks' | 'signIns' | 'sessionChanges'>,
  ): Promise<number>;
};

/**
 * Callers with a session have their own counter, so that an import of users does not block sign-ins of the same office. Sign-ins
 * always count for the network: a session must not make guessing cheaper.
 */
function countersOf(
  { ip, caller }: Parameters<SignInLimiter['consume']>[0],
  { passwordChecks, signIns, sessionChanges }: Parameters<SignInLimiter['consume']>[1],
): [limit: 'passwords' | 'sessions', key: string, count: number][] {
  const network = networkOf(ip);
  const hasSession = caller.kind === 'user' || caller.kind === 'platform';
  const counters: ReturnType<typeof countersOf> = [
    ['passwords', network, hasSession ? signIns : passwordChecks],
    ['sessions', network, sessionChanges],
  ];
  if (hasSession) counters.push(['passwords', `caller:${caller.userId}`, passwordChecks - signIns]);
  return counters.filter(([, , count]) => count > 0);
}

/**
 * Allows `perMinute` password checks for each client network and each caller with a session, and SESSION_CHANGES_PER_SIGN_IN times as
 * many refreshes and sign-outs for each network.
 */
export function signInLimiter(redis: RedisConnection, perMinute: number): SignInLimiter {
  const limiterOf = (points: number, keyPrefix: string) => {
    const limits = { points, duration: WINDOW_SECONDS, keyPrefix };
    return new RateLimiterRedis({
      ...limits,
      storeClient: redis,
      rejectIfRedisNotReady: true,
      insuranceLimiter: new RateLimiterMemory(limits),
    });
  };
  const limiters = {
    passwords: limiterOf(perMinute, 'sign-ins'),
    sessions: limiterOf(perMinute * SESSION_CHANGES_PER_SIGN_IN, 'session-changes'),
  };

  async function consume(limit: keyof typeof limiters, key: string, count: number): Promise<number> {
    try {
      await limiters[limit].consume(key, count);
      return 0;
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) rateLimitRefusals.inc({ limit });
      if (refusal instanceof RateLimiterRes)
        return Math.max(1, Math.ceil(refusal.msBeforeNext / MS_PER_SECOND));
      throw refusal;
    }
  }

  return {
    async consume(client, cost) {
      const waits = countersOf(client, cost).map(([limit, key, count]) => consume(limit, key, count));
      return Math.max(0, ...(await Promise.all(waits)));
    },
  };
}
