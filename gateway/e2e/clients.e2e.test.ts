/** What frontends meet first: old tokens, compressed answers, caches, and clients with their defaults. */
import { createHash } from 'node:crypto';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { request as send } from 'node:http';
import { federation } from '@libs/testing/federation';
import { ApolloClient, gql as apolloGql, HttpLink, InMemoryCache } from '@apollo/client/core';
import { generate } from '@graphql-codegen/cli';
import { cacheExchange, Client, fetchExchange, gql } from '@urql/core';
import { request } from 'graphql-request';
import { describe, expect, it } from 'vitest';
import { daysAhead, mutate, PASSWORD, setUpTenant } from '../testing/tenantSetup.ts';

const vaga = await federation({ variables: { CORS_ORIGINS: 'https://a.example,https://b.example' } });
const setup = await setUpTenant(vaga, await vaga.signIn());
const { admin, domain, tenantId, resourceId } = setup;

type Raw = { status: number; headers: NodeJS.Dict<string | string[]>; body: Buffer };

/** Without the decompression of fetch. */
const raw = (path: string, headers: Record<string, string>, body?: object): Promise<Raw> =>
  new Promise((resolve, reject) => {
    const options = {
      method: body ? 'POST' : 'GET',
      headers: { 'content-type': 'application/json', ...headers },
    };
    const request = send(vaga.url + path, options, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts) }),
      );
    });
    request.on('error', reject).end(body && JSON.stringify(body));
  });

describe('a token that has expired or is not valid', () => {
  const DEAD = 'not.a.token';

  it('does not keep its owner from signing in, refreshing the session and signing out', async () => {
    const input = { domain, email: admin.email, password: PASSWORD };
    const { session } = await mutate(vaga, DEAD, 'signIn', input, 'session { accessToken refreshToken }');
    const { refreshSession } = await vaga.data(
      'mutation ($token: String!) { refreshSession(refreshToken: $token) { session { refreshToken } userErrors { code } } }',
      { token: session.refreshToken },
      { token: DEAD },
    );
    expect(refreshSession.userErrors).toEqual([]);
    const { signOut } = await vaga.data(
      'mutation ($token: String!) { signOut(refreshToken: $token) }',
      { token: refreshSession.session.refreshToken },
      { token: DEAD },
    );
    expect(signOut).toBe(true);
  });

  it('leaves public fields, and fails only those that need a session, each at its path', async () => {
    const { data, errors } = await vaga.ask(
      `query ($domain: String!, $tenantId: ID!, $id: ID!) {
        tenantByDomain(domain: $domain) { name }
        resources(tenantId: $tenantId) { totalCount }
        me { id }
        user(id: $id) { name }
      }`,
      { domain, tenantId, id: admin.id },
      { token: DEAD },
    );
    expect(data).toMatchObject({
      tenantByDomain: { name: 'Academia' },
      resources: { totalCount: 1 },
      me: null,
    });
    const shown = errors!.map(({ path, message, extensions }) => [path![0], extensions.code, message]);
    const ended = 'The session has ended. Sign in again.';
    expect(shown.toSorted(([a], [b]) => String(a).localeCompare(String(b)))).toEqual([
      ['me', 'UNAUTHENTICATED', ended],
      ['user', 'UNAUTHENTICATED', ended],
    ]);
  });

  it('asks to sign in again where the tenant would come from the session; without a token, to name the tenant', async () => {
    const query = '{ resources { totalCount } }';
    const dead = await vaga.ask(query, {}, { token: DEAD });
    expect(dead.errors![0]!.extensions.code).toBe('UNAUTHENTICATED');
    const { errors } = await vaga.ask(query);
    expect([errors![0]!.extensions.code, errors![0]!.message]).toEqual([
      'BAD_USER_INPUT',
      'Specify tenantId, or sign in.',
    ]);
  });
});

describe('an answer', () => {
  const from = daysAhead(2, 0).slice(0, 10);
  const to = daysAhead(32, 0).slice(0, 10);
  const query = `query ($id: ID!, $from: LocalDate!, $to: LocalDate!) {
    resource(id: $id) { availability(from: $from, to: $to) { date slots { startTime endTime localStart localEnd available } } }
  }`;
  const body = { query, variables: { id: resourceId, from, to } };

  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const)(
    'is compressed with %s for clients that accept it, to a tenth',
    async (encoding, decompress) => {
      const plain = await raw('/graphql', {}, body);
      expect(plain.headers['content-encoding']).toBeUndefined();
      const packed = await raw('/graphql', { 'accept-encoding': encoding }, body);
      expect(packed.headers['content-encoding']).toBe(encoding);
      expect(decompress(packed.body).toString()).toBe(plain.body.toString());
      expect(packed.body.length).toBeLessThan(plain.body.length / 10);
    },
  );

  it('of a few bytes is not compressed', async () => {
    const { headers } = await raw('/graphql', { 'accept-encoding': 'br, gzip' }, { query: '{ me { id } }' });
    expect(headers['content-encoding']).toBeUndefined();
  });

  const get = (text: string, headers: Record<string, string> = {}) =>
    raw(`/graphql?query=${encodeURIComponent(text)}`, headers);
  const brand = `{ tenantByDomain(domain: "${domain}") { name settings { timezone } } }`;

  it('that is public may be cached, and costs no body while it is the same', async () => {
    const first = await get(brand);
    expect(first.headers['cache-control']).toBe('public, max-age=30');
    const known = { 'if-none-match': first.headers['etag'] as string };
    const again = await get(brand, known);
    expect([again.status, again.body.length]).toEqual([304, 0]);
    await vaga.databases.tenant.sql`update tenants set name = 'Academia Nova' where id = ${tenantId}`;
    await expect.poll(async () => (await get(brand, known)).status).toBe(200);
    await vaga.databases.tenant.sql`update tenants set name = 'Academia' where id = ${tenantId}`;
  });

  it('that is public may be cached under the hash of its query', async () => {
    const persistedQuery = { version: 1, sha256Hash: createHash('sha256').update(brand).digest('hex') };
    const path = `/graphql?extensions=${encodeURIComponent(JSON.stringify({ persistedQuery }))}`;
    expect(JSON.parse((await raw(path, {})).body.toString()).errors[0].extensions.code).toBe(
      'PERSISTED_QUERY_NOT_FOUND',
    );
    await raw('/graphql', {}, { query: brand, extensions: { persistedQuery } });
    const { headers, body: answer } = await raw(path, {});
    expect([headers['cache-control'], answer.toString()]).toEqual([
      'public, max-age=30',
      (await get(brand)).body.toString(),
    ]);
  });

  it.each([
    [
      'depends on the time',
      `{ resource(id: "${resourceId}") { availability(from: "${from}") { date } } }`,
      {},
    ],
    ['belongs to a caller', brand, { authorization: `Bearer ${admin.token}` }],
    ['has errors', '{ users { totalCount } }', {}],
    ['came with a dead token', brand, { authorization: 'Bearer dead' }],
  ])('that %s is not cached', async (_what, text, headers) => {
    expect((await get(text, headers)).headers['cache-control'] ?? 'none').not.toContain('public');
  });
});

it('urql works as it comes, and sends its queries by GET', async () => {
  const methods: string[] = [];
  const client = new Client({
    url: `${vaga.url}/graphql`,
    exchanges: [cacheExchange, fetchExchange],
    fetch: async (url, options) => {
      methods.push(options?.method ?? 'GET');
      return fetch(url, options);
    },
  });
  const { data, error } = await client.query(
    gql`
      query ($domain: String!) {
        tenantByDomain(domain: $domain) {
          name
        }
      }
    `,
    { domain },
  );
  expect([data, error, methods]).toEqual([
    { tenantByDomain: { __typename: 'Tenant', name: 'Academia' } },
    undefined,
    ['GET'],
  ]);
});

it('Apollo Client and graphql-request work as they come', async () => {
  const link = new HttpLink({ uri: `${vaga.url}/graphql` });
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const { data } = await client.query({
    query: apolloGql`query ($domain: String!) { tenantByDomain(domain: $domain) { id name } }`,
    variables: { domain },
  });
  expect(data).toMatchObject({ tenantByDomain: { id: tenantId, name: 'Academia' } });
  client.stop();
  expect(
    await request(
      `${vaga.url}/graphql`,
      'query ($domain: String!) { tenantByDomain(domain: $domain) { name } }',
      { domain },
    ),
  ).toEqual({ tenantByDomain: { name: 'Academia' } });
});

it('the client preset of GraphQL Code Generator takes /schema.graphql', async () => {
  const schema = (await raw('/schema.graphql', {})).body.toString();
  const documents =
    'query Latest { bookings(last: 5, orderBy: { field: CREATED_AT }) { nodes { id status } } }';
  const files: { filename: string; content: string }[] = await generate(
    { schema, documents, generates: { 'gql/': { preset: 'client' } }, silent: true },
    false,
  );
  expect(files.map(({ content }) => content).join('')).toContain(
    'LatestQuery = { bookings: { nodes: Array<{ id: string, status: BookingStatus }> } }',
  );
});

it('a subscription by multipart HTTP is refused with what is supported', async () => {
  const query = 'subscription { bookingChanged { cursor } }';
  const { body, status } = await raw(
    '/graphql',
    { accept: 'multipart/mixed;subscriptionSpec=1.0, application/json', 'accept-language': 'en' },
    { query },
  );
  expect([status, JSON.parse(body.toString()).errors[0].message]).toEqual([
    200,
    'Subscriptions are served over WebSocket at this address, or over SSE at /graphql/stream.',
  ]);
});
