/** A client's address, and the network that it is counted by. */
import type { IncomingMessage } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';

/** An IPv6 client gets a /64 and may use any address in it (RFC 6177). */
const IPV6_NETWORK_GROUPS = 4;
const IPV6_GROUPS = 8;

/** The address itself for IPv4 (mapped into IPv6 too: '::ffff:192.0.2.1'), the first 64 bits for IPv6. */
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
 * The client address of a request or upgrade: the peer's, or, behind `trustedProxies` (addresses or networks), the one in
 * X-Forwarded-For. Uses the library behind Fastify's `request.ip`, so the two agree.
 */
export function clientAddress(
  trustedProxies: readonly string[] | undefined,
): (request: IncomingMessage) => string {
  const isTrusted = trustedProxies ? proxyAddr.compile([...trustedProxies]) : () => false;
  return (request) => proxyAddr(request, isTrusted) ?? '';
}
