/** How often one client address may sign in: counted in Redis for all gateways, in this process while Redis is away. */
import type { RedisConnection } from '@libs/cache/redis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { networkOf } from './networks.ts';

/** The span that sign-ins are counted in, in seconds. */
const SPAN_SECONDS = 60;
const MS_PER_SECOND = 1_000;

export type SignIns = {
  /** Counts `count` attempts from `ip`; 0 where they may go on, else after how many seconds to try again. */
  take(ip: string, count: number): Promise<number>;
};

/** Allows `perMinute` attempts a minute for each client network. */
export function limitSignIns(redis: RedisConnection, perMinute: number): SignIns {
  const limits = { points: perMinute, duration: SPAN_SECONDS, keyPrefix: 'sign-ins' };
  const limiter = new RateLimiterRedis({
    ...limits,
    storeClient: redis,
    rejectIfRedisNotReady: true,
    insuranceLimiter: new RateLimiterMemory(limits),
  });
  return {
    async take(ip, count) {
      try {
        await limiter.consume(networkOf(ip), count);
        return 0;
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes)
          return Math.max(1, Math.ceil(refusal.msBeforeNext / MS_PER_SECOND));
        throw refusal;
      }
    },
  };
}
