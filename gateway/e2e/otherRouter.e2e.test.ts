/**
 * Another router before the subgraphs in production (SUBGRAPH_TRUST=token): it passes the client's Authorization on, in requests and, like Hive
 * Gateway's WebSocket transport, once for a connection. Apollo's stock gateway stands for it: Hive installs half a gigabyte.
 */
import { readFileSync } from 'node:fs';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { PASSPORT_HEADER } from '@libs/auth/passport';
import { newId } from '@libs/db/ids';
import type { SubgraphName } from '@libs/runtime/subgraphs';
import { federation } from '@libs/testing/federation';
import { gatewayPassports } from '@libs/testing/passports';
import { createClient } from 'graphql-ws';
import { afterAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { daysAhead, mutate, PASSWORD, setUpTenant } from '../testing/tenantSetup.ts';

/** How long an ended session and an ended key may still work, and what a busy machine may add. */
const SESSION_LIMIT_MS = 3_000 + 1_000;
const KEY_LIMIT_MS = 2_000 + 1_000;

const vaga = await federation({
  variables: { ENVIRONMENT: 'production', SUBGRAPH_TRUST: 'token', CORS_ORIGINS: 'https://fit.example' },
});
const ours = await setUpTenant(vaga, await vaga.signIn());
const newKey = async (...scopes: string[]): Promise<{ apiKey: { id: string }; secret: string }> =>
  mutate(vaga, ours.admin.token, 'createApiKey', { name: 'Servidor', scopes }, 'apiKey { id } secret');

type RouterContext = { authorization?: string };
const gateway = new ApolloGateway({
  supergraphSdl: readFileSync(new URL('../supergraph.graphql', import.meta.url), 'utf8'),
  buildService: ({ name }) =>
    new RemoteGraphQLDataSource<RouterContext>({
      url: `http://127.0.0.1:${vaga.ports[name as SubgraphName]}/graphql`,
      willSendRequest({ request, context }) {
        if (context.authorization) request.http!.headers.set('authorization', context.authorization);
        request.http!.headers.set('accept-language', 'en');
      },
    }),
});
const router = new ApolloServer<RouterContext>({ gateway });
afterAll(() => router.stop());

async function ask(query: string, token?: string, variables: Record<string, unknown> = {}) {
  const contextValue = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const { body } = await router.executeOperation({ query, variables }, { contextValue });
  if (body.kind !== 'single') throw new Error('one answer was expected');
  // Assertions check the shape.
  // oxlint-disable-next-line typescript/no-explicit-any
  return body.singleResult as { data?: any; errors?: { extensions: { code: string } }[] };
}
const codeOf = async (query: string, token?: string): Promise<string> =>
  (await ask(query, token)).errors?.[0]?.extensions.code ?? 'ok';
const BOOKINGS =
  '{ bookings(first: 3) { totalCount nodes { id resource { name } user { name email } tenant { name } } } }';

it('answers queries as Vaga’s own gateway does, for users, keys and the public', async () => {
  const { secret } = await newKey('BOOKINGS_READ', 'USERS_READ');
  for (const token of [ours.user.token, ours.admin.token, secret]) {
    const { data } = await ask(BOOKINGS, token);
    expect(data.bookings.totalCount).toBeGreaterThan(0);
    expect(JSON.parse(JSON.stringify(data))).toEqual(await vaga.data(BOOKINGS, {}, { token }));
  }
  expect((await ask('{ me { id } }', ours.user.token)).data.me.id).toBe(ours.user.id);
  const brand = `{ tenantByDomain(domain: "${ours.domain}") { name } resources(tenantId: "${ours.tenantId}") { totalCount } }`;
  expect((await ask(brand)).data).toMatchObject({
    tenantByDomain: { name: 'Academia' },
    resources: { totalCount: 1 },
  });
  expect(await codeOf(BOOKINGS)).toBe('UNAUTHENTICATED');
  for (const forged of [secret.slice(0, -1), `${ours.user.token}x`, 'a.b.c'])
    expect(await codeOf(BOOKINGS, forged)).toBe('UNAUTHENTICATED');
});

it('carries out mutations as the caller', async () => {
  const { secret } = await newKey('BOOKINGS_READ', 'BOOKINGS_WRITE');
  const query = `mutation ($input: CreateBookingInput!) {
    createBooking(input: $input) { booking { id source user { name } } userErrors { code } } }`;
  const input = {
    ...{ resourceId: ours.resourceId, userId: ours.user.id },
    ...{ startTime: daysAhead(9, 9), endTime: daysAhead(9, 10) },
  };
  const { data } = await ask(query, secret, { input });
  expect(data.createBooking).toMatchObject({
    userErrors: [],
    booking: { source: 'API_KEY', user: { name: 'Alguém' } },
  });
  const forbidden = `mutation { deleteTenant(id: "${ours.tenantId}") { deletedId } }`;
  expect(await codeOf(forbidden, secret)).toBe('FORBIDDEN');
});

it('gets nothing from a passport that is not valid, even with a valid token', async () => {
  const send = async (headers: Record<string, string>) => {
    const response = await fetch(`http://127.0.0.1:${vaga.ports.booking}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ours.user.token}`, ...headers },
      body: JSON.stringify({ query: '{ bookings { totalCount } }' }),
    });
    return response.text();
  };
  const forged = await gatewayPassports('another key', 'booking').mint({ kind: 'anonymous' });
  expect(await send({ [PASSPORT_HEADER]: forged })).toContain('UNAUTHENTICATED');
  expect(await send({})).toContain('totalCount');
});

function follow(token: string) {
  const ids: string[] = [];
  const codes: string[] = [];
  const client = createClient({
    url: `ws://127.0.0.1:${vaga.ports.booking}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
  client.subscribe<{ bookingChanged: { booking: { id: string } } }>(
    { query: 'subscription { bookingChanged { type booking { id } } }' },
    {
      next: ({ data }) => ids.push(data!.bookingChanged.booking.id),
      error: (errors) =>
        codes.push((errors as { extensions: { code: string } }[])[0]?.extensions?.code ?? String(errors)),
      complete: () => {},
    },
  );
  return { ids, codes, stop: () => void client.dispose() };
}

it('follows changes, until the session or the key ends', async () => {
  const key = await newKey('BOOKINGS_READ');
  const email = `${newId()}@${ours.domain}`;
  const person = { name: 'Ana', email, password: PASSWORD, userType: 'ADMIN' };
  await mutate(vaga, ours.admin.token, 'createUser', person, 'user { id }');
  const { session } = await mutate(
    vaga,
    undefined,
    'signIn',
    { domain: ours.domain, email, password: PASSWORD },
    'session { accessToken refreshToken }',
  );
  const lives = {
    key: follow(key.secret),
    session: follow(session.accessToken),
    user: follow(ours.user.token),
  };
  const anonymous = follow('a.b.c');
  await expect.poll(() => anonymous.codes, { timeout: 5_000 }).toEqual(['UNAUTHENTICATED']);
  const note = { id: ours.bookingId, notes: newId() };
  await expect
    .poll(
      async () => {
        await mutate(vaga, ours.admin.token, 'updateBooking', { ...note, notes: newId() }, 'booking { id }');
        return Object.values(lives).every(({ ids }) => ids.includes(ours.bookingId));
      },
      { timeout: 20_000, interval: 200 },
    )
    .toBe(true);

  const ofKey = { timeout: KEY_LIMIT_MS, interval: 50 };
  const end = { id: key.apiKey.id, isActive: false };
  await mutate(vaga, ours.admin.token, 'updateApiKey', end, 'apiKey { id }');
  await Promise.all([
    expect.poll(() => lives.key.codes, ofKey).toEqual(['UNAUTHENTICATED']),
    expect.poll(() => codeOf(BOOKINGS, key.secret), ofKey).toBe('UNAUTHENTICATED'),
  ]);
  await vaga.data('mutation ($t: String!) { signOut(refreshToken: $t) }', { t: session.refreshToken });
  const ofSession = { timeout: SESSION_LIMIT_MS, interval: 50 };
  await Promise.all([
    expect.poll(() => lives.session.codes, ofSession).toEqual(['UNAUTHENTICATED']),
    expect.poll(() => codeOf(BOOKINGS, session.accessToken), ofSession).toBe('UNAUTHENTICATED'),
  ]);
  expect(lives.user.codes).toEqual([]);
  for (const { stop } of [...Object.values(lives), anonymous]) stop();
});
