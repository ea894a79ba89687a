/** Where a client is, and the network that its address stands for when clients are counted. */
import type { IncomingMessage } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';

/** An IPv6 client is given a /64 and may use any address in it (RFC 6177). */
const IPV6_NETWORK_GROUPS = 4;
const IPV6_GROUPS = 8;

/** The address itself for IPv4 (also within IPv6, as '::ffff:192.0.2.1'), the first 64 bits for IPv6. */
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
 * The address of a request's client, an upgrade's too: that of its connection, or, behind `trustedProxies` (addresses or networks), what
 * they say of it in X-Forwarded-For. By the library that Fastify's `request.ip` comes from.
 */
export function clientAddress(
  trustedProxies: readonly string[] | undefined,
): (request: IncomingMessage) => string {
  const isTrusted = trustedProxies ? proxyAddr.compile([...trustedProxies]) : () => false;
  return (request) => proxyAddr(request, isTrusted) ?? '';
}
