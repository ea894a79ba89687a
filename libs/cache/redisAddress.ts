/**
 * Addresses of Redis: `redis://…`, `rediss://…` (TLS), sentinels that know the primary:
 * `redis+sentinel://[user:password@]host[:port],host[:port]/primary[/database][?sentinelPassword=…]`, `rediss+sentinel://…`, or nodes of
 * a cluster: `redis+cluster://[user:password@]host[:port],host[:port]`, `rediss+cluster://…`.
 */
import { Redis, type RedisOptions } from 'ioredis';
import { CLUSTER_KEY_PREFIX, ClusterConnector, type ClusterOptions, type Host } from './clusterConnector.ts';

const REDIS_PORT = 6_379;
const SENTINEL_PORT = 26_379;
const PLAIN = /^rediss?:\/\//;
/** A list of hosts is no valid host of a URL. */
const SENTINELS =
  /^(?<tls>rediss?)\+sentinel:\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^@/?#]+)\/(?<name>[^/?#]+)(?:\/(?<db>\d+))?(?:\?sentinelPassword=(?<sentinelPassword>[^&#]+))?$/;
const CLUSTER =
  /^(?<tls>rediss?)\+cluster:\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^@/?#]+)\/?$/;

export const isRedisUrl = (url: string): boolean => hostsOf(url) !== undefined;

/** A connection to Redis, or to the primary that sentinels or a cluster name, at each connection anew. */
export function redisAt(url: string, options: RedisOptions): Redis {
  const found = sentinelOptions(url) ?? clusterOptions(url);
  return found ? new Redis({ ...found, ...options }) : new Redis(url, options);
}

/** Undefined for other addresses. */
export function clusterOptions(url: string): ClusterOptions | undefined {
  const clusterNodes = hostsOf(url);
  const parts = CLUSTER.exec(url)?.groups;
  if (!parts || !clusterNodes) return undefined;
  return {
    clusterNodes,
    keyPrefix: CLUSTER_KEY_PREFIX,
    Connector: ClusterConnector as NonNullable<RedisOptions['Connector']>,
    ...credentialsIn(parts),
    ...(parts['tls'] === 'rediss' ? { tls: {} } : {}),
  };
}

function credentialsIn({ user, password }: Record<string, string | undefined>): RedisOptions {
  return {
    ...(user ? { username: decodeURIComponent(user) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
  };
}

/** Undefined for other addresses; the driver reads those of Redis itself. */
export function sentinelOptions(url: string): RedisOptions | undefined {
  const sentinels = hostsOf(url);
  const parts = SENTINELS.exec(url)?.groups;
  if (!parts || !sentinels) return undefined;
  const { name, sentinelPassword } = parts;
  return {
    sentinels,
    name: decodeURIComponent(name!),
    ...credentialsIn(parts),
    ...(sentinelPassword ? { sentinelPassword: decodeURIComponent(sentinelPassword) } : {}),
    ...(parts['db'] ? { db: Number(parts['db']) } : {}),
    ...(parts['tls'] === 'rediss' ? { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
  };
}

/** The hosts that an address names; undefined if it is none. */
export function hostsOf(url: string): Host[] | undefined {
  const sentinels = SENTINELS.exec(url)?.groups?.['hosts'];
  const hosts = sentinels ?? CLUSTER.exec(url)?.groups?.['hosts'];
  const urls = hosts ? hosts.split(',').map((host) => `redis://${host}`) : PLAIN.test(url) ? [url] : [];
  if (urls.length === 0 || !urls.every((one) => URL.canParse(one) && new URL(one).hostname)) return undefined;
  return urls.map((one) => {
    const { hostname, port } = new URL(one);
    return {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || (sentinels ? SENTINEL_PORT : REDIS_PORT)),
    };
  });
}
