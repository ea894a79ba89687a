/** What Redis says of itself: INFO, which managed services allow where they refuse CONFIG. */
import type { Log } from '@libs/telemetry/log';
import type { RedisConnection } from './redis.ts';

export type RedisInfo = ReadonlyMap<string, string>;

export const parseInfo = (text: string): RedisInfo =>
  new Map(
    text
      .split(/\r?\n/)
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)] as const),
  );

/**
 * The policy by which Redis evicts streams when its memory is full; undefined if it evicts none, or does not say. The policies `volatile-…`
 * evict only keys that expire, which streams do not.
 */
export function evictionPolicyOf(info: RedisInfo): string | undefined {
  const policy = info.get('maxmemory_policy');
  return policy?.startsWith('allkeys-') ? policy : undefined;
}

/** Looks at each connection that it is given, and warns once. Where INFO is refused, it says nothing. */
export function evictionWarner(log: Log): (session: RedisConnection) => Promise<void> {
  let isWarned = false;
  return async (session) => {
    if (isWarned) return;
    const info = await session.info('memory').catch(() => '');
    const policy = evictionPolicyOf(parseInfo(info));
    if (policy === undefined || isWarned) return;
    isWarned = true;
    log.warn({ policy }, 'Redis evicts streams when its memory is full, which loses events: set noeviction');
  };
}
