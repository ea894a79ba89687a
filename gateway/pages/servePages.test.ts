import { buildSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallFederation, type SmallFederation } from '../testing/smallFederation.ts';

let federation: SmallFederation;
beforeAll(async () => {
  federation = await smallFederation({ administratorEmail: 'ada"<b>@example.com' });
});
afterAll(() => federation.close());

const get = (path: string, accept = 'text/html') =>
  fetch(`${federation.gateway.url}${path}`, { headers: { accept } });

const addresses = (html: string): string[] =>
  [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);

describe('the landing page', () => {
  it('shows each service, and loads no external resource', async () => {
    const response = await get('/');
    const html = await response.text();
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
    for (const service of ['gateway', 'room', 'person']) expect(html).toContain(`data-service="${service}"`);
    const elsewhere = addresses(html).filter((address) => !address.startsWith('/'));
    expect(elsewhere.every((address) => address.startsWith('http://127.0.0.1:'))).toBe(true);
    expect(html).not.toMatch(/ADMINISTRATOR|<!--|"<b>@/);
  });

  it.each([false, true])(
    'links only to addresses that exist, by https only in production (production: %s)',
    async (isProduction) => {
      const { gateway, close } = isProduction
        ? await smallFederation({ isProduction })
        : { gateway: federation.gateway, close: () => Promise.resolve() };
      const html = await (await fetch(gateway.url)).text();
      for (const address of addresses(html).filter((one) => one.startsWith('/'))) {
        const { status } = await fetch(`${gateway.url}${address}`, { headers: { accept: 'text/html' } });
        expect([address, status]).toEqual([address, 200]);
      }
      expect(html.includes('/demo')).toBe(!isProduction);
      for (const path of ['/', '/graphql?query={__typename}']) {
        const { headers } = await fetch(gateway.url + path);
        expect(headers.has('strict-transport-security')).toBe(isProduction);
      }
      await close();
    },
  );

  it('says what is where, with the port of each subgraph', async () => {
    const html = await (await get('/')).text();
    const addressesInText = [...html.matchAll(/<dt>.*?>(\/[^<]*)</g)].map(([, address]) => address);
    expect(addressesInText).toEqual([
      '/graphql',
      '/graphql',
      '/graphql/stream',
      '/schema.graphql',
      '/explorer',
      '/demo',
      '/health',
      '/ready',
      '/services',
    ]);
    expect(html.match(/>127\.0\.0\.1:\d+<\/a>/g)).toHaveLength(2);
  });

  it('shows queries that are valid in the contract', async () => {
    const { readFileSync } = await import('node:fs');
    const { buildSchema, parse, validate } = await import('graphql');
    const contract = buildSchema(readFileSync(new URL('../../docs/api.graphql', import.meta.url), 'utf8'));
    const html = readFileSync(new URL('./home.html', import.meta.url), 'utf8');
    const queries = [...html.matchAll(/<textarea[^>]*>([^<]+)</g)].map(([, query]) => query!);
    expect(queries).toHaveLength(2);
    for (const query of queries) expect(validate(contract, parse(query))).toEqual([]);
  });

  it('gets the state of each service', async () => {
    expect(await (await get('/services')).json()).toEqual([
      { service: 'room', state: 'ready' },
      { service: 'person', state: 'ready' },
    ]);
  });
});

describe('the explorer', () => {
  it('is served without external files', async () => {
    const response = await get('/explorer/');
    expect(response.headers.get('content-security-policy')).toContain("connect-src 'self'");
    const html = await response.text();
    const options = await (await get('/explorer/options.js')).text();
    expect(options).toContain(`${federation.gateway.url.replace('http', 'ws')}/graphql`);
    const files = addresses(html).filter((address) => address !== '/explorer/');
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      const one = await get(`/explorer/${file}`);
      expect([file, one.status, one.headers.get('x-content-type-options')]).toEqual([file, 200, 'nosniff']);
    }
  });

  it.each(['/explorer/../package.json', '/explorer/%2e%2e/package.json', '/explorer/..%2f..%2fpackage.json'])(
    'serves no other file: %s',
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );
});

it('serves the demo without external files', async () => {
  const response = await get('/demo');
  expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
  for (const file of addresses(await response.text())) {
    expect([file, (await get(file)).status]).toEqual([file, 200]);
  }
});

it('serves Apollo Sandbox to a browser on /graphql, and GraphQL to other clients', async () => {
  const page = await get('/graphql', 'text/html,application/xhtml+xml,*/*;q=0.8');
  expect(page.headers.get('content-type')).toContain('text/html');
  const html = await page.text();
  expect(html).toContain('EmbeddedSandbox');
  expect(html).toContain('<a href="/explorer/">');
  expect(html).toMatch(/initialEndpoint,\s+initialSubscriptionEndpoint: initialEndpoint\.replace/);
  expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  const query = await get(
    `/graphql?query=${encodeURIComponent('{room{name}}')}`,
    'application/graphql-response+json',
  );
  expect([query.status, await query.json()]).toEqual([200, { data: { room: { name: expect.any(String) } } }]);
  expect(query.headers.get('x-content-type-options')).toBe('nosniff');
  expect(query.headers.get('content-security-policy')).toBeNull();
});

it('serves the explorer’s files compressed', async () => {
  const html = await (await get('/explorer/')).text();
  const [, script] = /src="([^"]+\.js)"/.exec(html)!;
  const url = new URL(script!, `${federation.gateway.url}/explorer/`);
  const sizes = await Promise.all(
    ['br', 'identity'].map(async (encoding) => {
      const response = await fetch(url, { headers: { 'accept-encoding': encoding } });
      expect(response.headers.get('content-encoding')).toBe(encoding === 'br' ? 'br' : null);
      return Number(response.headers.get('content-length'));
    }),
  );
  expect(sizes[0]).toBeLessThan(sizes[1]! / 2);
});

it('serves the contract at /schema.graphql, in production too, and answers 304 to those who have it', async () => {
  const production = await smallFederation({ isProduction: true });
  for (const { url } of [federation.gateway, production.gateway]) {
    const response = await fetch(`${url}/schema.graphql`);
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
    expect(buildSchema(await response.text()).getType('Booking')?.description).toBeTruthy();
    const known = { 'if-none-match': response.headers.get('etag')! };
    expect((await fetch(`${url}/schema.graphql`, { headers: known })).status).toBe(304);
  }
  await production.close();
});

it('answers /health and /ready in the documented form', async () => {
  const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
  const timeZoneData = { release: process.versions.tz, isOutdated: expect.any(Boolean) };
  const healthy = { status: 'ok', service: 'gateway', timestamp, timeZoneData };
  expect(await (await get('/health')).json()).toEqual(healthy);
  expect(await (await get('/ready')).json()).toEqual({
    status: 'ready',
    service: 'gateway',
    timestamp,
    checks: {},
  });
});
