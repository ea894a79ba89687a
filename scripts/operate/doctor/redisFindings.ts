/** Redis: whether it answers, its version, and the settings that keep streams. */
import { connectOnce } from '@libs/cache/redis';
import { redisAt } from '@libs/cache/redisAddress';
import { evictionPolicyOf, parseInfo, type RedisInfo } from '@libs/cache/redisInfo';
import { clockFinding } from './clockFinding.ts';
import { fine, problem, warning, type Finding } from './finding.ts';

/** XAUTOCLAIM, which consumers use to take over the work of dead ones. */
const MIN_VERSION = [6, 2] as const;
const CONNECT_LIMIT_MS = 5_000;
/** The share of maxmemory from which on it warns. */
const COMFORTABLE_MEMORY = 0.9;

export async function redisFindings(url: string): Promise<Finding[]> {
  const redis = redisAt(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_LIMIT_MS,
    commandTimeout: CONNECT_LIMIT_MS,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
    protocol: 2,
  });
  redis.on('error', () => {});
  try {
    await connectOnce(redis);
    const askedMs = Date.now();
    const [seconds, microseconds] = await redis.time();
    const answeredMs = Date.now();
    const info = parseInfo(await redis.info());
    return [
      ...judgeRedis(info),
      clockFinding('Redis', {
        askedMs,
        serverMs: Number(seconds) * 1000 + Number(microseconds) / 1000,
        answeredMs,
      }),
    ];
  } catch (error) {
    return [findingOf((error as Error).message)];
  } finally {
    redis.disconnect();
  }
}

/** Redis answers, and wants another user or password. */
const REFUSES_CREDENTIALS = /^(NOAUTH|WRONGPASS|NOPERM)\b/;
const UNTIL_THEN = 'Until then no change is announced, and nothing is lost.';

const findingOf = (reason: string): Finding =>
  REFUSES_CREDENTIALS.test(reason)
    ? problem(`Redis refuses us: ${reason}`, `Correct the user and password in REDIS_URL. ${UNTIL_THEN}`)
    : problem(
        `Redis does not answer: ${reason}`,
        `Start it (npm start, docker compose up), or correct REDIS_URL. ${UNTIL_THEN}`,
      );

/** Nothing where Redis has no limit, does not say, or evicts instead. */
function memoryFindings(info: RedisInfo): Finding[] {
  const maxBytes = Number(info.get('maxmemory') ?? 0);
  // Redis does not count these towards its limit either.
  const usedBytes = Number(info.get('used_memory') ?? 0) - Number(info.get('mem_not_counted_for_evict') ?? 0);
  if (evictionPolicyOf(info) !== undefined || maxBytes === 0) return [];
  if (usedBytes < COMFORTABLE_MEMORY * maxBytes) return [];
  const share = `Redis uses ${Math.floor((100 * usedBytes) / maxBytes)} % of its maxmemory (${maxBytes} bytes)`;
  if (usedBytes < maxBytes)
    return [warning(share, 'Raise maxmemory: when it is reached, Redis refuses writes.')];
  return [problem(`${share}, and refuses writes`, `Raise maxmemory. ${UNTIL_THEN}`)];
}

export function judgeRedis(info: RedisInfo): Finding[] {
  const findings: Finding[] = [];
  const version = info.get('redis_version') ?? '0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < MIN_VERSION[0] || (major === MIN_VERSION[0] && minor < MIN_VERSION[1]))
    findings.push(problem(`Redis ${version} is too old`, `Use ${MIN_VERSION.join('.')} or newer.`));
  findings.push(...memoryFindings(info));
  const policy = evictionPolicyOf(info);
  if (policy !== undefined)
    findings.push(
      problem(
        `Redis evicts by ${policy} when its memory is full: streams would lose events`,
        'Set maxmemory-policy noeviction.',
      ),
    );
  if (info.get('aof_enabled') !== '1')
    findings.push(
      warning(
        'Redis keeps no append-only file: after a crash, events are sent again from the databases, which takes a while',
        'Set appendonly yes.',
      ),
    );
  return findings.length > 0 ? findings : [fine(`Redis ${version} keeps its streams`)];
}
