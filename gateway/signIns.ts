/**
 * How often passwords may be checked and hashed: sign-ins by each client network, and what a session asks for (a new user's password,
 * a change of one's own) by its caller. Counted in Redis for all gateways, in this process while Redis is away.
 */
import type { RedisConnection } from '@libs/cache/redis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { GatewayContext } from './context.ts';
import type { Measure } from './measure.ts';
import { networkOf } from './networks.ts';

/** The span that sign-ins are counted in, in seconds. */
const SPAN_SECONDS = 60;
const MS_PER_SECOND = 1_000;

export type SignIns = {
  /** Counts what an operation has checked and hashed; 0 where it may go on, else after how many seconds to try again. */
  take(
    who: Pick<GatewayContext, 'ip' | 'caller'>,
    asked: Pick<Measure, 'passwordChecks' | 'signIns'>,
  ): Promise<number>;
};

/**
 * The counters of an operation. Who has a session is counted by themself, so that an import of users leaves the sign-ins of the same
 * office alone; a sign-in counts for its network, with a session too: that makes guessing no cheaper.
 */
function countersOf(
  { ip, caller }: Parameters<SignIns['take']>[0],
  { passwordChecks, signIns }: Parameters<SignIns['take']>[1],
): [key: string, count: number][] {
  const hasSession = caller.kind === 'user' || caller.kind === 'platform';
  const ofNetwork = hasSession ? signIns : passwordChecks;
  const counters: [string, number][] = [[networkOf(ip), ofNetwork]];
  if (hasSession) counters.push([`caller:${caller.userId}`, passwordChecks - signIns]);
  return counters.filter(([, count]) => count > 0);
}

/** Allows `perMinute` a minute to each client network, and to each caller with a session. */
export function limitSignIns(redis: RedisConnection, perMinute: number): SignIns {
  const limits = { points: perMinute, duration: SPAN_SECONDS, keyPrefix: 'sign-ins' };
  const limiter = new RateLimiterRedis({
    ...limits,
    storeClient: redis,
    rejectIfRedisNotReady: true,
    insuranceLimiter: new RateLimiterMemory(limits),
  });

  /** After how many seconds the key may count again; 0 where it may now. */
  async function consume(key: string, count: number): Promise<number> {
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
    async take(who, asked) {
      const counters = countersOf(who, asked);
      return Math.max(0, ...(await Promise.all(counters.map(([key, count]) => consume(key, count)))));
    },
  };
}
