/**
 * Addresses of Redis: `redis://…`, `rediss://…` (TLS), or sentinels that know the primary:
 * `redis+sentinel://[user:password@]host[:port],host[:port]/primary[/database][?sentinelPassword=…]`, `rediss+sentinel://…`.
 */
import { Redis, type RedisOptions } from 'ioredis';

const REDIS_PORT = 6_379;
const SENTINEL_PORT = 26_379;
const PLAIN = /^rediss?:\/\//;
/** A list of hosts is no valid host of a URL. */
const SENTINELS =
  /^(?<tls>rediss?)\+sentinel:\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^@/?#]+)\/(?<name>[^/?#]+)(?:\/(?<db>\d+))?(?:\?sentinelPassword=(?<sentinelPassword>[^&#]+))?$/;

type Host = { host: string; port: number };

export const isRedisUrl = (url: string): boolean => hostsOf(url) !== undefined;

/** A connection to Redis, or to the primary that sentinels name, at each connection anew. */
export function redisAt(url: string, options: RedisOptions): Redis {
  const sentinels = sentinelOptions(url);
  return sentinels ? new Redis({ ...sentinels, ...options }) : new Redis(url, options);
}

/** Undefined for an address of Redis itself, which the driver reads. */
export function sentinelOptions(url: string): RedisOptions | undefined {
  const sentinels = hostsOf(url);
  const parts = SENTINELS.exec(url)?.groups;
  if (!parts || !sentinels) return undefined;
  const text = (part: string) => (parts[part] ? { [part]: decodeURIComponent(parts[part]) } : {});
  const { user, ...rest } = { ...text('user'), ...text('password'), ...text('sentinelPassword') } as Record<
    string,
    string
  >;
  return {
    sentinels,
    name: decodeURIComponent(parts['name']!),
    ...rest,
    ...(user ? { username: user } : {}),
    ...(parts['db'] ? { db: Number(parts['db']) } : {}),
    ...(parts['tls'] === 'rediss' ? { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
  };
}

/** The hosts that an address names; undefined if it is none. */
export function hostsOf(url: string): Host[] | undefined {
  const hosts = SENTINELS.exec(url)?.groups?.['hosts'];
  const urls = hosts ? hosts.split(',').map((host) => `redis://${host}`) : PLAIN.test(url) ? [url] : [];
  if (urls.length === 0 || !urls.every((one) => URL.canParse(one) && new URL(one).hostname)) return undefined;
  return urls.map((one) => {
    const { hostname, port } = new URL(one);
    return {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || (hosts ? SENTINEL_PORT : REDIS_PORT)),
    };
  });
}
