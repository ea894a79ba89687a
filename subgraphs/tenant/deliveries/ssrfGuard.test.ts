/** Hostile URLs: production accepts none, and never connects to one. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import net, { isIP, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ExchangeFailed, httpPost } from './httpPost.ts';
import { ssrfGuard, resolveByNameServers, type Resolve } from './ssrfGuard.ts';

/** Non-public IPv4 addresses, one per network. */
const INTERNAL_V4 = [
  '127.0.0.1',
  '127.1.2.3',
  '127.255.255.255',
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '10.255.255.255',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '192.168.255.255',
  '169.254.0.1',
  '169.254.169.254',
  '169.254.170.2',
  '100.64.0.1',
  '100.100.100.200',
  '100.127.255.255',
  '192.0.0.1',
  '192.0.0.192',
  '192.0.2.1',
  '192.88.99.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.7',
  '203.0.113.7',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '168.63.129.16',
];

const hextets = (address: string): string => {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
};
const numberOf = (address: string): number =>
  address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

/** The same embedded in IPv6, and non-public IPv6 addresses. */
const INTERNAL_V6 = [
  ...INTERNAL_V4.map((address) => `::ffff:${address}`),
  ...['127.0.0.1', '10.0.0.1', '169.254.169.254', '192.168.0.1'].flatMap((address) => [
    `::${address}`,
    `64:ff9b::${hextets(address)}`,
    `64:ff9b:1::${hextets(address)}`,
    `2002:${hextets(address)}::1`,
    `2001:0:${hextets(address)}::1`,
    `::ffff:0:${hextets(address)}`,
    `2606:4700::5efe:${hextets(address)}`,
    `2606:4700::200:5efe:${hextets(address)}`,
  ]),
  '::',
  '::1',
  'fe80::1',
  'febf::1',
  'fec0::1',
  'fc00::1',
  'fd00:ec2::254',
  'fdff::1',
  'ff02::1',
  '100::1',
  '2001:db8::1',
  '2001:2::1',
  '2001:10::1',
  '2001:20::1',
  '3fff::1',
  '5f00::1',
  '4000::1',
];

const OTHER_FORMS = [
  ...['127.0.0.1', '10.0.0.1', '169.254.169.254'].flatMap((address) => {
    const parts = address.split('.').map(Number);
    const hex = (n: number) => `0x${n.toString(16)}`;
    return [
      String(numberOf(address)),
      hex(numberOf(address)),
      `0${numberOf(address).toString(8)}`,
      parts.map(hex).join('.'),
      parts.map((part) => `0${part.toString(8)}`).join('.'),
      `${parts[0]}.${parts[1]! * 65_536 + parts[2]! * 256 + parts[3]!}`,
      `${address}.`,
      address.replaceAll('.', '%2e'),
      address.replaceAll('.', '。'),
      address.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
    ];
  }),
  '0',
  '127.1',
  '127.0.1',
  '[0:0:0:0:0:0:0:1]',
  '[0000::0001]',
  '[::FFFF:7F00:1]',
  'ⓛocalhost',
  'LOCALHOST',
  'localhost.',
  'a.localhost',
  'metadata.google.internal',
  'metadata.google.internal.',
  'printer.local',
  'router.home.arpa',
  'host.localdomain',
  'abcdefghij.onion',
  'redis',
  'tenant-db',
  'kubernetes.default.svc.cluster.local',
  'own.example.com',
  'OWN.example.com.',
  '93.184.215.99',
];

const hosts = [...INTERNAL_V4, ...INTERNAL_V6.map((address) => `[${address}]`), ...OTHER_FORMS];
const WITH_CREDENTIALS = [
  'https://user@hooks.example.com/',
  'https://user:password@hooks.example.com/',
  'https://hooks.example.com:443@127.0.0.1/',
  'https://:x@hooks.example.com/',
];
const MALFORMED_URLS = [
  '',
  'hooks.example.com',
  '//hooks.example.com',
  'https://',
  'https://[::1',
  'https://1.2.3.4.5.6:x/',
];
const OTHER_SCHEMES = [
  'ftp://hooks.example.com/',
  'file:///etc/passwd',
  'gopher://127.0.0.1:6379/_FLUSHALL',
  'javascript:alert(1)',
  'data:text/plain,x',
  'unix:/run/postgres.sock',
];

/** A request that gets through would arrive here. */
const canary = net.createServer((socket) => {
  connections += 1;
  socket.destroy();
});
let connections = 0;
let port = 0;
beforeAll(async () => {
  canary.listen(0, '127.0.0.1');
  await once(canary, 'listening');
  port = (canary.address() as AddressInfo).port;
});
afterAll(async () => {
  canary.close();
  await once(canary, 'close');
});

const ssrfGuardOf = (isProduction: boolean, resolve: Resolve = async () => ['93.184.215.14']) =>
  ssrfGuard({ isProduction, ownHosts: ['own.example.com', '93.184.215.99'], resolve });
const production = ssrfGuardOf(true);
const sendTo = (url: string, guard = production) =>
  httpPost(new URL(url), {
    headers: {},
    body: '{}',
    lookup: guard.lookup,
    timeoutMs: 2_000,
    signal: new AbortController().signal,
  });

test('the list has more than 120 hostile URLs', () => {
  expect(new Set([...hosts, ...WITH_CREDENTIALS, ...MALFORMED_URLS, ...OTHER_SCHEMES]).size).toBeGreaterThan(
    120,
  );
});

describe('production', () => {
  test.each(hosts)('refuses to save https://%s', async (host) => {
    expect(await production.faultOf(`https://${host}/`)).toBe('urlNotPublic');
    expect(await production.faultOf(`https://${host}:8443/x?y#z`)).toBe('urlNotPublic');
  });

  test.each(WITH_CREDENTIALS)('refuses %s for its credentials', async (url) => {
    expect(await production.faultOf(url)).toBe('urlHasCredentials');
  });

  test.each([...MALFORMED_URLS, ...OTHER_SCHEMES])('refuses %s as malformed', async (url) => {
    expect(await production.faultOf(url)).toBe('urlMalformed');
  });

  test.each(INTERNAL_V4.concat(INTERNAL_V6))(
    'refuses a name that leads to %s, and does not connect to it',
    async (address) => {
      const trap = ssrfGuardOf(true, async () => [address]);
      expect(await trap.faultOf('https://hooks.example.com/')).toBe('urlNotPublic');
      const mixed = ssrfGuardOf(true, async () => ['93.184.215.14', address]);
      expect(await mixed.faultOf('https://hooks.example.com/')).toBe('urlNotPublic');
      await expect(sendTo(`https://hooks.example.com:${port}/`, trap)).rejects.toThrow('not public');
      await expect(sendTo(`http://hooks.example.com:${port}/`, mixed)).rejects.toThrow('not public');
      expect(connections).toBe(0);
    },
  );

  test('accepts public addresses and names, by https only', async () => {
    for (const host of [
      'hooks.example.com',
      '93.184.215.14',
      '[2606:4700:4700::1111]',
      'exämple.com',
      'a.b.co:8443',
    ]) {
      expect(await production.faultOf(`https://${host}/events`)).toBeUndefined();
      expect(await production.faultOf(`http://${host}/events`)).toBe('urlNotHttps');
    }
  });

  test('accepts a name that does not resolve now, and checks it on connection', async () => {
    const guard = ssrfGuardOf(true, async () => {
      throw Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' });
    });
    expect(await guard.faultOf('https://not-yet.example.com/')).toBeUndefined();
    await expect(sendTo('https://not-yet.example.com/', guard)).rejects.toThrow('the name was not found');
  });

  test('does not connect to a name that was public when saved and leads inside later', async () => {
    for (const inside of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1', '169.254.169.254']) {
      let requested = 0;
      const rebinding = ssrfGuardOf(true, async () => (requested++ === 0 ? ['93.184.215.14'] : [inside]));
      const url = `https://rebinding.example.com:${port}/`;
      expect(await rebinding.faultOf(url)).toBeUndefined();
      for (let attempt = 0; attempt < 20; attempt += 1) {
        await expect(sendTo(url, rebinding)).rejects.toBeInstanceOf(ExchangeFailed);
      }
    }
    expect(connections).toBe(0);
  });
});

/** A name server that answers every query with an alias for `other.example`, which has no address. */
async function danglingNameServer() {
  const OTHER_NAME = Buffer.from('\x05other\x07example\x00', 'latin1');
  // RFC 1035 §4.1: a compressed name (the question's), type CNAME, class IN, 60 seconds, and the other name's length.
  const ANSWER = Buffer.from([0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, OTHER_NAME.length]);
  const server = createSocket('udp4');
  server.on('message', (query, { port: to, address }) => {
    // The header is 12 bytes, the name ends with a zero byte, type and class follow.
    const header = Buffer.from(query.subarray(0, query.indexOf(0, 12) + 5));
    header.writeUInt16BE(0x8480, 2);
    header.writeUInt16BE(1, 6);
    header.writeUInt32BE(0, 8);
    server.send(Buffer.concat([header, ANSWER, OTHER_NAME]), to, address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  return { address: `127.0.0.1:${server.address().port}`, close: () => server.close() };
}

test('a name without any address is accepted, and reported on connection', async () => {
  const nameServer = await danglingNameServer();
  const guard = ssrfGuardOf(true, resolveByNameServers([nameServer.address]));
  expect(await guard.faultOf('https://dangling.example/')).toBeUndefined();
  await expect(sendTo('https://dangling.example/', guard)).rejects.toThrow('the name has no address');
  nameServer.close();
});

test('a name without an address of the requested family is reported', async () => {
  const guard = ssrfGuardOf(true, async () => ['2606:4700:4700::1111']);
  const error = await new Promise((resolve) => guard.lookup('six.example', { family: 4 }, resolve));
  expect(error).toMatchObject({ code: 'ENODATA' });
});

describe('development', () => {
  const development = ssrfGuardOf(false);

  test('accepts localhost, by http too', async () => {
    for (const host of ['localhost', 'a.localhost', '127.0.0.1', '127.1', '[::1]', '[::ffff:127.0.0.1]']) {
      expect(await development.faultOf(`http://${host}:4010/events`)).toBeUndefined();
      expect(await development.faultOf(`https://${host}/events`)).toBeUndefined();
    }
  });

  test('treats everything else as production does', async () => {
    expect(await development.faultOf('http://hooks.example.com/')).toBe('urlNotHttps');
    const notLocal = INTERNAL_V4.concat(INTERNAL_V6).filter(
      (address) => !/^(::ffff:)?127\.|^::1$/.test(address),
    );
    for (const address of notLocal) {
      const host = isIP(address) === 6 ? `[${address}]` : address;
      expect([host, await development.faultOf(`https://${host}/`)]).toEqual([host, 'urlNotPublic']);
    }
    const trap = ssrfGuardOf(false, async () => ['127.0.0.1']);
    expect(await trap.faultOf('https://hooks.example.com/')).toBe('urlNotPublic');
  });

  test('connects to localhost', async () => {
    await expect(sendTo(`http://localhost:${port}/`, development)).rejects.toThrow('closed');
    expect(connections).toBe(1);
  });
});
