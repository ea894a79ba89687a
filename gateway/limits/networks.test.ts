import { fastify } from 'fastify';
import { expect, it } from 'vitest';
import { clientAddress, networkOf, proxyTrust } from './networks.ts';

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::', 'fe80:0:0:0::/64'],
  ['192.0.2.1:50001', '192.0.2.1'],
  ['[2001:db8:1:2::9]:50001', '2001:db8:1:2::/64'],
  ['[2001:db8:1:2::9]', '2001:db8:1:2::/64'],
  ['[::ffff:192.0.2.1]:50001', '192.0.2.1'],
])('counts %s as %s', (ip, network) => {
  expect(networkOf(ip)).toBe(network);
});

it.each([
  [undefined, '192.0.2.1'],
  [['10.0.0.0/8'], '192.0.2.1'],
  [['127.0.0.1'], undefined],
  [['127.0.0.1'], '192.0.2.1'],
  [['127.0.0.0/8', '10.0.0.0/8'], '198.51.100.7, 192.0.2.1, 10.1.2.3'],
  [['127.0.0.1', '2001:db8::/32'], '198.51.100.7, 2001:db8::1'],
  [['127.0.0.1'], 'unknown, ::::, 1.2.3.4.5'],
  [['127.0.0.1'], ',,'],
  [['127.0.0.1'], '198.51.100.7:50001'],
  [['127.0.0.1', '10.0.0.0/8'], '198.51.100.7:50001, [2001:db8::1]:50002, 10.1.2.3:50003'],
])(
  'finds the same client address as Fastify behind proxies %s with X-Forwarded-For %s',
  async (proxies, forwardedFor) => {
    const app = fastify({ trustProxy: proxyTrust(proxies) });
    const addressOf = clientAddress(proxies);
    app.get('/', async (request) => [request.ip, addressOf(request.raw)]);
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    const headers: Record<string, string> = forwardedFor ? { 'x-forwarded-for': forwardedFor } : {};
    const [ip, address] = (await (await fetch(url, { headers })).json()) as string[];
    expect(address).toBe(ip);
    await app.close();
  },
);

it('finds the client behind proxies that write ports', () => {
  const addressOf = clientAddress(['10.0.0.0/8']);
  const networkFrom = (forwardedFor: string) => {
    const socket = { remoteAddress: '10.0.0.1' };
    return networkOf(addressOf({ headers: { 'x-forwarded-for': forwardedFor }, socket } as never));
  };
  expect(networkFrom('192.0.2.1:50001')).toBe('192.0.2.1');
  expect(networkFrom('[2001:db8:1:2::9]:50001, 10.1.2.3:50002')).toBe('2001:db8:1:2::/64');
});
