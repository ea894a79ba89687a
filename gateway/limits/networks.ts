import type { IncomingMessage } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';

/** A client may use any address of its /64 (RFC 6177). */
const IPV6_NETWORK_GROUPS = 4;
const IPV6_GROUPS = 8;

/** What clients are counted by: the IPv4 address (mapped ones too: '::ffff:192.0.2.1'), or the first 64 bits for IPv6. */
export function networkOf(ip: string): string {
  const v4 = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (v4 || !ip.includes(':')) return v4 ?? ip;
  const [head = '', tail] = ip.toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? 0 : IPV6_GROUPS - before.length - after.length;
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return `${groups
    .slice(0, IPV6_NETWORK_GROUPS)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

/**
 * The client of a request or upgrade: the peer, or the X-Forwarded-For of `trustedProxies` (addresses or networks). Agrees with
 * Fastify's `request.ip`.
 */
export function clientAddress(
  trustedProxies: readonly string[] | undefined,
): (request: IncomingMessage) => string {
  const isTrusted = trustedProxies ? proxyAddr.compile([...trustedProxies]) : () => false;
  return (request) => proxyAddr(request, isTrusted) ?? '';
}
