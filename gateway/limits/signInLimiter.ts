/**
 * How often passwords may be checked and hashed (sign-ins by each client network, a new user's password or a change of one's own by
 * its caller), and how often a client network may refresh and sign out. Counted in Redis for all gateways, in this process while
 * Redis is away.
 */
import type { RedisConnection } from '@libs/cache/redis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { GatewayContext } from '../context.ts';
import type { QueryCost } from './queryCost.ts';
import { networkOf } from './networks.ts';

/** The span that sign-ins are counted in, in seconds. */
const SPAN_SECONDS = 60;
const MS_PER_SECOND = 1_000;
/**
 * Refreshes and sign-outs that are allowed for each sign-in: each writes only a row and gives nothing away, and an office of hundreds
 * of people refreshes from one address.
 */
const SESSION_CHANGES_PER_SIGN_IN = 10;

export type SignInLimiter = {
  /** Counts what an operation does; returns 0 where it may run, else after how many seconds to try again. */
  consume(
    who: Pick<GatewayContext, 'ip' | 'caller'>,
    cost: Pick<QueryCost, 'passwordChecks' | 'signIns' | 'sessionChanges'>,
  ): Promise<number>;
};

/**
 * The counters of an operation. A caller with a session is counted by themself, so that an import of users leaves the sign-ins of the
 * same office alone; a sign-in counts for its network, with a session too: that makes guessing no cheaper.
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
 * Allows `perMinute` password checks a minute to each client network and to each caller with a session, and
 * SESSION_CHANGES_PER_SIGN_IN times as many refreshes and sign-outs to each network.
 */
export function signInLimiter(redis: RedisConnection, perMinute: number): SignInLimiter {
  const limiterOf = (points: number, keyPrefix: string) => {
    const limits = { points, duration: SPAN_SECONDS, keyPrefix };
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

  /** After how many seconds the key may count again; 0 where it may now. */
  async function consume(limiter: RateLimiterRedis, key: string, count: number): Promise<number> {
    try {
      await limiter.consume(key, count);
      return 0;
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes)
        return Math.max(1, Math.ceil(refusal.msBeforeNext / MS_PER_SECOND));
      throw refusal;
    }
  }

  return {
    async consume(who, cost) {
      const waits = countersOf(who, cost).map(([limit, key, count]) => consume(limiters[limit], key, count));
      return Math.max(0, ...(await Promise.all(waits)));
    },
  };
}
