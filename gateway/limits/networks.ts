import type { IncomingMessage } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';
import { idOfCaller, isKnown } from '@libs/auth/caller';
import type { GatewayContext } from '../context.ts';

/** A client may use any address of its /64 (RFC 6177). */
const IPV6_NETWORK_GROUPS = 4;
const IPV6_GROUPS = 8;

/** Some proxies write '192.0.2.1:50001' or '[2001:db8::1]:50001' to X-Forwarded-For. */
const withoutPort = (address: string): string =>
  /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(address)?.[1] ?? /^\[(.*)\](?::\d+)?$/.exec(address)?.[1] ?? address;

/**
 * The rate-limit key of a client address: the IPv4 address (mapped ones too: '::ffff:192.0.2.1'), or the first 64 bits for IPv6, without the
 * port, which differs for each connection.
 */
export function networkOf(address: string): string {
  const ip = withoutPort(address);
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

/** What subscriptions are counted by: the user or API key, and without either the network. */
export const clientOf = ({ caller, ip }: Pick<GatewayContext, 'caller' | 'ip'>): string =>
  isKnown(caller) ? idOfCaller(caller) : networkOf(ip);

/** Whether an address, with a port or without, is of `trustedProxies` (addresses or networks); for Fastify's `trustProxy` too. */
export function proxyTrust(trustedProxies: readonly string[] | undefined): (address: string) => boolean {
  if (!trustedProxies) return () => false;
  const isTrusted = proxyAddr.compile([...trustedProxies]);
  return (address) => isTrusted(withoutPort(address), 0);
}

/**
 * The client of a request or upgrade: the peer, or the X-Forwarded-For of `trustedProxies` (addresses or networks), as
 * they wrote it. Agrees with Fastify's `request.ip`.
 */
export function clientAddress(
  trustedProxies: readonly string[] | undefined,
): (request: IncomingMessage) => string {
  const isTrusted = proxyTrust(trustedProxies);
  return (request) => proxyAddr(request, isTrusted) ?? '';
}
