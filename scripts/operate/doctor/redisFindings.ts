/** Redis: whether it answers, its version, and the settings that keep streams. */
import { redisAt } from '@libs/cache/redisAddress';
import { clockFinding } from './clockFinding.ts';
import { fine, problem, warning, type Finding } from './finding.ts';

/** XAUTOCLAIM, which consumers use to take over the work of dead ones. */
const MIN_VERSION = [6, 2] as const;
const CONNECT_LIMIT_MS = 5_000;

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
    await redis.connect();
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
    return [
      problem(
        `Redis does not answer: ${(error as Error).message}`,
        'Start it (npm start, docker compose up), or correct REDIS_URL. Until then no change is announced, and nothing is lost.',
      ),
    ];
  } finally {
    redis.disconnect();
  }
}

const parseInfo = (text: string): Map<string, string> =>
  new Map(
    text
      .split(/\r?\n/)
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)] as const),
  );

/** `info`: the answer to INFO, which managed services allow where they refuse CONFIG. */
export function judgeRedis(info: ReadonlyMap<string, string>): Finding[] {
  const findings: Finding[] = [];
  const version = info.get('redis_version') ?? '0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < MIN_VERSION[0] || (major === MIN_VERSION[0] && minor < MIN_VERSION[1]))
    findings.push(problem(`Redis ${version} is too old`, `Use ${MIN_VERSION.join('.')} or newer.`));
  const policy = info.get('maxmemory_policy');
  if (policy !== 'noeviction')
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
