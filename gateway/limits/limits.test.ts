import { ANONYMOUS } from '@libs/auth/caller';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { queryPlans } from '../gatewayMetrics.ts';
import { smallFederation, type SmallFederation } from '../testing/smallFederation.ts';
import { rateLimiter } from './rateLimits.ts';
import { signInLimiter } from './signInLimiter.ts';

/** Redis is down, so the limiter counts in this process. */
const unreachable = new Redis({
  port: 1,
  lazyConnect: true,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
});
unreachable.on('error', () => {});
const PER_MINUTE = 3;

let federation: SmallFederation;
let production: SmallFederation;
beforeAll(async () => {
  federation = await smallFederation({
    signIns: signInLimiter(unreachable, PER_MINUTE),
    trustedProxies: ['127.0.0.1'],
  });
  production = await smallFederation({
    isProduction: true,
    cors: { origins: ['https://app.example'], allowsCredentials: true, maxAgeSeconds: 60 },
  });
});
afterAll(async () => {
  unreachable.disconnect();
  await Promise.all([federation.close(), production.close()]);
});

const nested = (levels: number) =>
  '{ rooms { nodes { '.concat('neighbours { nodes { '.repeat(levels), 'id ', '} }'.repeat(levels), ' } } }');

describe('an operation above the limits', () => {
  it.each([
    ['it is too deep', nested(9)],
    ['it has too many objects', nested(3)],
    [
      'it has too many aliases',
      `{ ${Array.from({ length: 31 }, (_, i) => `a${i}: room { id }`).join(' ')} }`,
    ],
    ['it has too many fields', `{ room { ${'...F '.repeat(600)} } } fragment F on Room { id name }`],
  ])('is refused with QUERY_TOO_COMPLEX: %s', async (_name, query) => {
    const { errors, data, status } = await federation.ask(query);
    expect(errors!.map(({ extensions }) => extensions.code)).toEqual(['QUERY_TOO_COMPLEX']);
    expect(data).toBeUndefined();
    expect(status).toBe(200);
  });

  it('is refused while it is parsed if it has too many tokens', async () => {
    const { errors } = await federation.ask(`{ ${'room { id } '.repeat(1_100)} }`);
    expect(errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
  });

  it('is refused while it is parsed if it has too many comments', async () => {
    const { errors } = await federation.ask(`{ room { id } }${'\n#'.repeat(1_001)}`);
    expect(errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
    expect((await federation.ask(`{ room { id } }${'\n#'.repeat(1_000)}`)).errors).toBeUndefined();
  });

  it('is refused quickly if its fragments expand to a huge document', async () => {
    const fragments = Array.from({ length: 14 }, (_, i) => {
      const next = `{ nodes { ...F${i + 1} } }`;
      return `fragment F${i} on Room { a: neighbours ${next} b: neighbours ${next} }`;
    });
    const query = `{ room { ...F0 } } ${fragments.join(' ')} fragment F14 on Room { owner { name } }`;
    const start = performance.now();
    const { errors } = await federation.ask(query);
    expect(errors![0]!.extensions.code).toBe('QUERY_TOO_COMPLEX');
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});

describe('a document that is refused', () => {
  const LIMIT = 20;
  const refused = [
    '{ room {',
    '{ room { nothing } }',
    nested(9),
    'query A { room { id } } query B { room { id } }',
    'subscription { painted { number } }',
  ];
  const rates = rateLimiter(unreachable, {
    address: LIMIT,
    user: 1_000_000,
    key: 1_000_000,
    tenant: 1_000_000,
  });
  const charge = vi.spyOn(rates, 'charge');
  let limited: SmallFederation;
  beforeAll(async () => {
    limited = await smallFederation({ rates, trustedProxies: ['127.0.0.1'] });
  });
  afterAll(async () => {
    rates.stop();
    await limited.close();
  });
  const leftOf = ({ headers }: { headers: Headers }) =>
    Number(/"address";r=(\d+);/.exec(headers.get('ratelimit')!)![1]);

  it.each(refused)('counts once, whatever is wrong with it: %s', async (query) => {
    charge.mockClear();
    const ip = `198.51.100.${refused.indexOf(query)}`;
    const answer = await limited.ask(query, { 'x-forwarded-for': ip });
    expect(answer.errors).toHaveLength(1);
    expect(charge).toHaveBeenCalledTimes(1);
    expect(leftOf(answer)).toBeLessThan(LIMIT);
  });

  it('makes its client wait once its limit is used up', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.1' };
    const codes: string[] = [];
    for (let count = 0; count <= LIMIT && !codes.includes('RATE_LIMITED'); count += 1) {
      const { errors } = await limited.ask(`{ room { nothing${count} } }`, headers);
      codes.push(errors![0]!.extensions.code);
    }
    expect(codes[0]).toBe('BAD_USER_INPUT');
    expect(codes.at(-1)).toBe('RATE_LIMITED');
    const [error] = (await limited.ask('{ room { id } }', headers)).errors!;
    expect(error!.extensions.code).toBe('RATE_LIMITED');
  });

  it('counts beyond what is left', () => {
    const client = { ip: '203.0.113.3', caller: ANONYMOUS };
    rates.charge(client, LIMIT - 1);
    expect(rates.waitOf(client)).toBe(0);
    rates.charge(client, LIMIT);
    expect(rates.waitOf(client)).toBeGreaterThan(0);
    expect(rates.headersOf(client)['ratelimit']).toMatch(/"address";r=0;/);
  });

  it('is not counted again where an operation is served, or fails', async () => {
    charge.mockClear();
    const headers = { 'x-forwarded-for': '203.0.113.2' };
    const served = await limited.ask('{ room { id } }', headers);
    const failed = await limited.ask('{ fail(how: "forbidden") }', headers);
    expect(failed.errors).toHaveLength(1);
    expect(charge).not.toHaveBeenCalled();
    expect(leftOf(served) - leftOf(failed)).toBe(1);
  });
});

describe('the rate limit of sign-ins', () => {
  const signIn = (count: number, ip: string) =>
    federation.ask(`mutation { ${Array.from({ length: count }, (_, i) => `a${i}: signIn`).join(' ')} }`, {
      'x-forwarded-for': ip,
    });

  it('applies to each client address, and counts every sign-in of a request', async () => {
    expect((await signIn(2, '192.0.2.1')).errors).toBeUndefined();
    const limited = await signIn(2, '192.0.2.1');
    expect(limited.errors![0]!.extensions.code).toBe('RATE_LIMITED');
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(limited.data).toBeUndefined();
    expect((await signIn(2, '192.0.2.2')).errors).toBeUndefined();
  });

  it('is not used up by a signed-in caller at the same address', async () => {
    const headers = { 'x-forwarded-for': '192.0.2.4', authorization: `Bearer ${await federation.token()}` };
    const change = () => federation.ask('mutation { changePassword }', headers);
    for (let count = 0; count < PER_MINUTE; count += 1) expect((await change()).errors).toBeUndefined();
    expect((await change()).errors![0]!.extensions.code).toBe('RATE_LIMITED');
    expect((await signIn(PER_MINUTE, '192.0.2.4')).errors).toBeUndefined();
  });

  it('is separate from that of refreshes and sign-outs, which is ten times as high', async () => {
    const ask = (query: string) => federation.ask(query, { 'x-forwarded-for': '192.0.2.5' });
    for (let count = 0; count < PER_MINUTE * 5; count += 1) {
      expect((await ask('mutation { refreshSession }')).errors).toBeUndefined();
      expect((await ask('mutation { signOut }')).errors).toBeUndefined();
    }
    for (const query of ['mutation { refreshSession }', 'mutation { signOut }']) {
      const limited = await ask(query);
      expect(limited.errors![0]!.extensions.code).toBe('RATE_LIMITED');
      expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await ask('mutation { signIn }')).errors).toBeUndefined();
  });

  it('does not apply to other mutations', async () => {
    for (let count = 0; count <= PER_MINUTE; count += 1) {
      expect(
        (await federation.ask('mutation { paint }', { 'x-forwarded-for': '192.0.2.3' })).errors,
      ).toBeUndefined();
    }
  });
});

describe('production', () => {
  it('serves anonymous callers, whom subgraphs refuse without a passport', async () => {
    const query = '{ room { name owner { name } } caller }';
    const { data, errors } = await production.ask(query);
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({ room: { name: 'Room 0' }, caller: { kind: 'anonymous' } });
  });

  it('reveals nothing of the schema', async () => {
    const wrong = await production.ask('{ roo { id } }');
    expect(wrong.errors![0]!.message).not.toContain('Did you mean');
    expect((await federation.ask('{ roo { id } }')).errors![0]!.message).toContain('Did you mean');
    expect((await production.ask('{ __schema { types { name } } }')).errors![0]!.extensions.code).toBe(
      'BAD_USER_INPUT',
    );
  });

  it('has no address on its landing page and no explorer', async () => {
    const page = await (await fetch(production.gateway.url)).text();
    expect(page).not.toMatch(/127\.0\.0\.1|explorer|signIn/);
    expect((await fetch(`${production.gateway.url}/explorer/`)).status).toBe(404);
  });

  const preflight = (url: string, origin: string) =>
    fetch(url, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });

  it('allows browser requests only from its own frontends', async () => {
    const own = await preflight(production.url, 'https://app.example');
    expect(own.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(own.headers.get('access-control-allow-credentials')).toBe('true');
    expect(own.headers.get('access-control-allow-headers')).toBe('authorization,content-type');
    expect(own.headers.get('access-control-max-age')).toBe('60');
    const other = await preflight(production.url, 'https://evil.example');
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
    const development = await preflight(federation.url, 'https://any.example');
    expect(development.headers.get('access-control-allow-origin')).toBe('*');
  });
});

describe('documents that are kept', () => {
  const plansMade = async () =>
    (await queryPlans.get()).values.find(({ labels }) => labels.result === 'miss')?.value ?? 0;

  it('are planned once, and give their positions to errors each time', async () => {
    const query = 'query ($first: Int) {\n  rooms(first: $first) { nodes { id } }\n}';
    const ask = () => federation.ask(query, {}, { first: 'many' });
    const before = await plansMade();
    for (const { errors } of [await ask(), await ask()]) {
      expect(errors).toMatchObject([
        { locations: [{ line: 1, column: 8 }], extensions: { code: 'BAD_USER_INPUT' } },
      ]);
    }
    expect((await plansMade()) - before).toBe(1);
  });

  it('make room for others once all together take too much memory', async () => {
    const plansFor = async (query: string) => {
      const before = await plansMade();
      expect((await federation.ask(query)).errors).toBeUndefined();
      return (await plansMade()) - before;
    };
    const query = '{ room { id name } }';
    expect(await plansFor(query)).toBe(1);
    expect(await plansFor(query)).toBe(0);
    for (let count = 0; count < 40; count += 1) {
      expect(await plansFor(`query Q${count} { room { ${'id '.repeat(450)} } }`)).toBe(1);
    }
    expect(await plansFor(query)).toBe(1);
  });
});
