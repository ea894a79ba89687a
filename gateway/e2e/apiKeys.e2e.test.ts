/** API keys through every door: requests, subscriptions and their end; and credentials that nobody issued. */
import { inspect } from 'node:util';
import { keyring } from '@libs/auth/keys';
import { request } from 'node:http';
import { passports } from '@libs/auth/passport';
import { newId } from '@libs/db/ids';
import { sharedFederation } from '@libs/testing/federation';
import { formatInstant } from '@libs/time/instants';
import { createClient as createStreamClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { forgedKeys, forgedTokens } from '../testing/forgedCredentials.ts';
import { daysAhead, mutate, setUpTenant, type TenantSetup } from '../testing/tenantSetup.ts';

const vaga = await sharedFederation();
const platform = await vaga.signIn();
const [ours, theirs] = [await setUpTenant(vaga, platform), await setUpTenant(vaga, platform)];

/** The contract's limit, and what the machine may add to it when it is busy. */
const END_LIMIT_MS = 2_000 + 1_000;

type Key = { id: string; secret: string };
async function newKey(scopes: string[], { admin }: TenantSetup = ours, more: object = {}): Promise<Key> {
  const input = { name: 'Servidor', scopes, ...more };
  const { apiKey, secret } = await mutate(vaga, admin.token, 'createApiKey', input, 'apiKey { id } secret');
  return { id: apiKey.id, secret };
}
const codeOf = async (query: string, token: string): Promise<string> =>
  (await vaga.ask(query, {}, { token })).errors?.[0]?.extensions.code ?? 'ok';
const BOOKINGS = '{ bookings { totalCount } }';

const create = (token: string, input: object, more = '') =>
  vaga.data(
    `mutation ($input: CreateBookingInput!) {
       createBooking(input: $input) { booking { id source user { id } ${more} } userErrors { code field } }
     }`,
    { input: { resourceId: ours.resourceId, ...input } },
    { token },
  ) as Promise<{ createBooking: { booking: Record<string, unknown>; userErrors: unknown[] } }>;
const time = (day: number, hour: number) => ({
  startTime: daysAhead(day, hour),
  endTime: daysAhead(day, hour + 1),
});

describe('a key with BOOKINGS_READ and BOOKINGS_WRITE', () => {
  it('books in the name of a user, whom it must name, without being one', async () => {
    const { secret } = await newKey(['BOOKINGS_READ', 'BOOKINGS_WRITE']);
    expect(await vaga.data('{ me { id } }', {}, { token: secret })).toEqual({ me: null });
    const refused = await create(secret, time(8, 9));
    expect(refused.createBooking).toEqual({
      booking: null,
      userErrors: [{ code: 'INVALID', field: ['input', 'userId'] }],
    });
    const idempotencyKey = newId();
    const input = { userId: ours.user.id, idempotencyKey, ...time(8, 9) };
    const { booking } = (await create(secret, input)).createBooking;
    expect(booking).toMatchObject({ source: 'API_KEY', user: { id: ours.user.id } });
    expect((await create(secret, input)).createBooking.booking['id']).toBe(booking['id']);
    const { bookings } = await vaga.data(
      '{ bookings(filter: { source: [API_KEY] }) { nodes { id } } }',
      {},
      { token: secret },
    );
    expect(bookings.nodes).toEqual([{ id: booking['id'] }]);
  });

  it('overrides rules only with BOOKINGS_OVERRIDE', async () => {
    const override = { rules: ['OUTSIDE_WORKING_HOURS'], reason: 'Telefone' };
    const input = { userId: ours.user.id, override, ...time(8, 4) };
    const { secret } = await newKey(['BOOKINGS_WRITE']);
    const { errors } = await vaga.ask(
      'mutation ($input: CreateBookingInput!) { createBooking(input: $input) { booking { id } } }',
      { input: { resourceId: ours.resourceId, ...input } },
      { token: secret },
    );
    expect(errors![0]!.extensions.code).toBe('FORBIDDEN');
    const may = await newKey(['BOOKINGS_READ', 'BOOKINGS_WRITE', 'BOOKINGS_OVERRIDE']);
    const { booking } = (await create(may.secret, input, 'override { reason by { id } }')).createBooking;
    expect(booking).toMatchObject({ override: { reason: 'Telefone', by: null } });
  });

  it('sees names of users, and their contact data with USERS_READ only', async () => {
    const query = `{ booking(id: "${ours.bookingId}") { user { name email } } }`;
    const [without, withIt] = [
      await newKey(['BOOKINGS_READ']),
      await newKey(['BOOKINGS_READ', 'USERS_READ']),
    ];
    const read = (token: string) => vaga.data(query, {}, { token });
    expect((await read(without.secret)).booking.user).toEqual({ name: 'Alguém', email: null });
    expect((await read(withIt.secret)).booking.user).toEqual({ name: 'Alguém', email: ours.user.email });
  });
});

it('a key with SETTINGS_WRITE sends a webhook again', async () => {
  const { secret } = await newKey(['SETTINGS_WRITE']);
  await mutate(
    vaga,
    ours.admin.token,
    'updateBooking',
    { id: ours.bookingId, notes: newId() },
    'booking { id }',
  );
  const query = `{ tenant(id: "${ours.tenantId}") { webhooks { deliveries(first: 1) { nodes { id } } } } }`;
  const lastId = async (): Promise<string | undefined> => {
    const { tenant } = await vaga.data(query, {}, { token: secret });
    return tenant.webhooks[0].deliveries.nodes[0]?.id;
  };
  await expect.poll(lastId, { timeout: 10_000 }).toBeTypeOf('string');
  const { redeliverWebhook } = await vaga.data(
    'mutation ($id: ID!) { redeliverWebhook(deliveryId: $id) { delivery { id } userErrors { code } } }',
    { id: await lastId() },
    { token: secret },
  );
  expect(redeliverWebhook).toMatchObject({ userErrors: [], delivery: { id: expect.any(String) as string } });
});

it('an administrator sees the keys, when they were last used, and no secret', async () => {
  const { id, secret } = await newKey(['BOOKINGS_READ']);
  await vaga.data(BOOKINGS, {}, { token: secret });
  const query = `{ tenant(id: "${ours.tenantId}") {
    apiKeys { id name prefix scopes isActive createdBy { id } createdAt expiresAt lastUsedAt } } }`;
  const find = async () => {
    const { tenant } = await vaga.data(query, {}, { token: ours.admin.token });
    return tenant.apiKeys.find((one: { id: string }) => one.id === id);
  };
  await expect.poll(async () => (await find()).lastUsedAt).toMatch(/:00\.000Z$/);
  const shown = await find();
  expect(shown).toMatchObject({
    prefix: secret.slice(0, 13),
    createdBy: { id: ours.admin.id },
    isActive: true,
  });
  expect(JSON.stringify(shown)).not.toContain(secret.slice(14));
});

const CHANGES = 'subscription { bookingChanged { type booking { id } } }';
/** `ending`: why the gateway has ended it. */
type Live = { ids: string[]; ending: () => string | undefined; stop: () => void };
/** Follows changes with the key. */
function follow(door: 'WebSocket' | 'SSE', secret: string): Live {
  const ids: string[] = [];
  let ending: string | undefined;
  const authorization = `Bearer ${secret}`;
  const client =
    door === 'WebSocket'
      ? createSocketClient({
          url: `${vaga.url.replace('http', 'ws')}/graphql`,
          webSocketImpl: WebSocket,
          connectionParams: { authorization },
          retryAttempts: 0,
        })
      : createStreamClient({
          url: `${vaga.url}/graphql/stream`,
          headers: { authorization },
          retryAttempts: 0,
        });
  client.subscribe<{ bookingChanged: { booking: { id: string } } }>(
    { query: CHANGES },
    {
      next: ({ data, errors }) => {
        if (data) ids.push(data.bookingChanged.booking.id);
        if (errors?.length) ending = inspect(errors);
      },
      error: (reason) => (ending ??= inspect(reason)),
      complete: () => (ending ??= 'complete'),
    },
  );
  return { ids, ending: () => ending, stop: () => void client.dispose() };
}

async function waitUntilFollowing({ admin, bookingId }: TenantSetup, all: Live[]): Promise<void> {
  await expect
    .poll(
      async () => {
        await mutate(vaga, admin.token, 'updateBooking', { id: bookingId, notes: newId() }, 'booking { id }');
        return all.map(({ ids, ending }) => ending() ?? ids.includes(bookingId));
      },
      { timeout: 20_000, interval: 200 },
    )
    .toEqual(all.map(() => true));
}

describe('a key that ends', () => {
  const endings: [string, (key: Key, of: TenantSetup) => Promise<unknown>, object?][] = [
    [
      'by being deactivated',
      ({ id }, { admin }) =>
        mutate(vaga, admin.token, 'updateApiKey', { id, isActive: false }, 'apiKey { id }'),
    ],
    [
      'by being deleted',
      ({ id }, { admin }) =>
        vaga.data(
          'mutation ($id: ID!) { deleteApiKey(id: $id) { deletedId } }',
          { id },
          { token: admin.token },
        ),
    ],
    [
      'with its tenant',
      (_, { tenantId }) =>
        mutate(vaga, platform, 'updateTenant', { id: tenantId, isActive: false }, 'tenant { id }'),
    ],
  ];
  it.each(endings)('%s is refused within 2 seconds, and its subscriptions end', async (_name, end) => {
    const tenant = await setUpTenant(vaga, platform);
    const key = await newKey(['BOOKINGS_READ'], tenant);
    const live = [follow('WebSocket', key.secret), follow('SSE', key.secret)];
    await waitUntilFollowing(tenant, live);
    expect(await codeOf(BOOKINGS, key.secret)).toBe('ok');
    await end(key, tenant);
    const options = { timeout: END_LIMIT_MS, interval: 50 };
    await Promise.all([
      expect.poll(() => codeOf(BOOKINGS, key.secret), options).toBe('UNAUTHENTICATED'),
      ...live.map(({ ending }) => expect.poll(ending, options).toBeDefined()),
    ]);
    for (const { stop } of live) stop();
  });

  it('by its expiry is refused within 2 seconds, and its subscriptions end', async () => {
    const expiresAt = Temporal.Now.instant().add({ seconds: 6 });
    const key = await newKey(['BOOKINGS_READ'], ours, { expiresAt: formatInstant(expiresAt) });
    const live = [follow('WebSocket', key.secret), follow('SSE', key.secret)];
    await waitUntilFollowing(ours, live);
    const untilMs = expiresAt.epochMilliseconds - Temporal.Now.instant().epochMilliseconds;
    const options = { timeout: untilMs + END_LIMIT_MS, interval: 50 };
    await Promise.all([
      expect.poll(() => codeOf(BOOKINGS, key.secret), options).toBe('UNAUTHENTICATED'),
      ...live.map(({ ending }) => expect.poll(ending, options).toBeDefined()),
    ]);
    for (const { stop } of live) stop();
  });
});

describe('what nobody issued is refused', async () => {
  const [key, other] = [await newKey(['BOOKINGS_READ']), await newKey(['BOOKINGS_READ'], theirs)];
  const passport = await passports(keyring(vaga.secretKey), 'gateway').mint(
    { kind: 'service', name: 'gateway' },
    'booking',
  );
  const forgeries = [
    ...forgedKeys(key.secret, other.secret),
    ...forgedTokens(ours.user.token, theirs.user.token, passport),
  ];
  const doors = { gateway: `${vaga.url}/graphql`, booking: `http://127.0.0.1:${vaga.ports.booking}/graphql` };

  const ask = async (url: string, authorization: string): Promise<string> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({ query: BOOKINGS }),
    });
    const { errors } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
    return errors?.[0]?.extensions.code ?? 'ok';
  };

  it('in more than a hundred forms', () => {
    expect(new Set(forgeries.map(([, authorization]) => authorization)).size).toBeGreaterThan(100);
  });

  it.each(Object.entries(doors))('by the %s, which accepts what was issued', async (_door, url) => {
    for (const issued of [key.secret, ours.user.token]) expect(await ask(url, `Bearer ${issued}`)).toBe('ok');
    for (const [name, authorization] of forgeries) {
      expect([name, await ask(url, authorization)]).toEqual([name, 'UNAUTHENTICATED']);
    }
  });

  it('also as the first of two headers, while a second is ignored', async () => {
    const send = (authorization: string[]) =>
      new Promise<string>((resolve, reject) => {
        const headers = { 'content-type': 'application/json' };
        const sent = request(doors.gateway, { method: 'POST', headers }, (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString()));
          response.on('end', () => resolve(text));
        });
        sent.setHeader('authorization', authorization);
        sent.on('error', reject);
        sent.end(JSON.stringify({ query: BOOKINGS }));
      });
    const [right, wrong] = [`Bearer ${key.secret}`, `Bearer ${key.secret.slice(0, -1)}`];
    expect(await send([wrong, right])).toContain('UNAUTHENTICATED');
    expect(await send([right, wrong])).toContain('totalCount');
  });
});
