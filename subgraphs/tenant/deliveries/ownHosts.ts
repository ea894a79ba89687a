import { networkInterfaces } from 'node:os';
import { hostsOf } from '@libs/cache/redisAddress';

/** This machine's addresses, and the hosts in our processes' URLs. */
export function ownHosts(env: {
  REDIS_URL: string;
  TENANT_SERVICE_URL: string;
  USER_SERVICE_URL: string;
  RESOURCE_SERVICE_URL: string;
  BOOKING_SERVICE_URL: string;
}): string[] {
  const { REDIS_URL, TENANT_SERVICE_URL, USER_SERVICE_URL, RESOURCE_SERVICE_URL, BOOKING_SERVICE_URL } = env;
  const urls = [TENANT_SERVICE_URL, USER_SERVICE_URL, RESOURCE_SERVICE_URL, BOOKING_SERVICE_URL];
  return [
    ...Object.values(networkInterfaces()).flatMap((addresses = []) =>
      addresses.map(({ address }) => address),
    ),
    ...(hostsOf(REDIS_URL) ?? []).map(({ host }) => host),
    ...urls.map((url) => new URL(url).hostname.replace(/^\[|\]$/g, '')),
  ];
}
