/** Subscriptions through the whole federation. */
import { keyring } from '@libs/auth/keys';
import { fileURLToPath } from 'node:url';
import { accessTokens } from '@libs/auth/accessToken';
import { federation } from '@libs/testing/federation';
import { epochMs } from '@libs/time/clock';
import { build } from 'esbuild';
import { createClient as createStreamClient } from 'graphql-sse';
import { createClient, type Client } from 'graphql-ws';
import { afterAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { browser, openBrowser } from '../testing/browser.ts';
import { CLIENTS, followSubscription, type ClientName } from '../testing/clients.ts';
import { daysAhead, mutate, PASSWORD, setUpTenant, type TestUser } from '../testing/tenantSetup.ts';

const ARRIVAL_MS = 10_000;
/** For clients that have lost a permission. */
const CLOSE_LIMIT_MS = 5_000;

const vaga = await federation();
const platform = await vaga.signIn();
const [ours, theirs] = await Promise.all([setUpTenant(vaga, platform), setUpTenant(vaga, platform)]);

const FULL = `subscription Live($after: String, $filter: BookingChangeFilter) {
  bookingChanged(after: $after, filter: $filter) {
    id type cursor
    booking { id notes version canCancel
      tenant { name settings { customLabels { bookingLabel } } }
      resource { name category { name } stats { bookingsCreated } }
      user { name email } client { name }
    }
  }
}`;
type Change = {
  bookingChanged: { id: string; type: string; cursor: string; booking: { id: string; notes: string } };
};

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

let hour = 0;
/** Each booking has an hour of its own. */
async function book(user: TestUser, resourceId: string, notes = 'live'): Promise<string> {
  hour += 1;
  const [day, at] = [10 + Math.floor(hour / 12), 8 + (hour % 12)];
  const input = { resourceId, startTime: daysAhead(day, at), endTime: daysAhead(day, at + 1), notes };
  return (await mutate(vaga, user.token, 'createBooking', input, 'booking { id }')).booking.id;
}

function connect(token: string, closed?: (code: number) => void): Client {
  const client = createClient({
    url: `${vaga.url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${token}` },
    on: { closed: (event) => closed?.((event as { code: number }).code) },
  });
  closing.push(() => client.dispose());
  return client;
}

function listen(token: string, variables: object = {}, query = FULL) {
  const changes: Change['bookingChanged'][] = [];
  let closedWith: number | undefined;
  const client = connect(token, (code) => (closedWith = code));
  const ended = new Promise<unknown>((resolve) => {
    client.subscribe<Change>(
      { query, variables: { ...variables } },
      {
        next: ({ data }) => void changes.push(data!.bookingChanged),
        error: resolve,
        complete: () => resolve('complete'),
      },
    );
  });
  return { changes, ended, code: () => closedWith, bookings: () => changes.map(({ booking }) => booking.id) };
}

/** Books as `user` until a change arrives. */
async function waitUntilStarted(
  listening: ReturnType<typeof listen>,
  user: TestUser,
  resourceId: string,
): Promise<void> {
  await expect
    .poll(
      async () => {
        await book(user, resourceId, 'has it started?');
        return listening.changes.length;
      },
      { timeout: ARRIVAL_MS, interval: 300 },
    )
    .toBeGreaterThan(0);
}

describe('every client library', () => {
  const expected = {
    tenant: { name: 'Academia', settings: { customLabels: { bookingLabel: expect.any(String) } } },
    resource: { name: 'Sala 1', category: { name: 'Salas' }, stats: { bookingsCreated: expect.any(Number) } },
    user: { name: 'Alguém', email: ours.user.email },
    client: { name: 'Alguém' },
  };

  it.each(CLIENTS)('such as %s gets a change in Node, with fields of all four subgraphs', async (name) => {
    const received: Change[] = [];
    const request = { url: vaga.url, token: ours.admin.token, query: FULL };
    closing.push(
      followSubscription(name, request, (data: Change) => received.push(data), { webSocketImpl: WebSocket }),
    );
    await expect
      .poll(
        async () => {
          await book(ours.user, ours.resourceId, name);
          return received.length;
        },
        { timeout: ARRIVAL_MS, interval: 300 },
      )
      .toBeGreaterThan(0);
    expect(received[0]!.bookingChanged).toMatchObject({ type: 'CREATED', booking: expected });
  });

  it.skipIf(!browser)('gets a change in Chromium (needs /usr/bin/chromium)', async () => {
    const bundle = await build({
      entryPoints: [fileURLToPath(new URL('../testing/clients.ts', import.meta.url))],
      bundle: true,
      write: false,
      format: 'iife',
      globalName: 'clients',
      define: { 'process.env.NODE_ENV': '"production"' },
    });
    const { context, problemsOf, close } = await openBrowser();
    closing.push(close);
    const page = await context.newPage();
    await page.route('**/clients.js', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: bundle.outputFiles[0]!.text }),
    );
    await page.goto(`${vaga.url}/`);
    await page.addScriptTag({ url: `${vaga.url}/clients.js` });
    const request = { url: vaga.url, token: ours.admin.token, query: FULL };
    await page.evaluate(
      `window.received = {}; for (const name of clients.CLIENTS)
         clients.followSubscription(name, ${JSON.stringify(request)}, () => { received[name] = true; }); undefined`,
    );
    await expect
      .poll(
        async () => {
          await book(ours.user, ours.resourceId, 'Chromium');
          return page.evaluate<ClientName[]>('Object.keys(received).toSorted()');
        },
        { timeout: ARRIVAL_MS, interval: 500 },
      )
      .toEqual(CLIENTS.toSorted());
    expect(problemsOf(vaga.url)).toEqual([]);
  });
});

describe('a cursor', () => {
  it('that is too old is refused with BAD_USER_INPUT and its own message', async () => {
    const live = listen(ours.admin.token);
    await waitUntilStarted(live, ours.user, ours.resourceId);
    const { cursor } = live.changes[0]!;
    const last = await book(ours.user, ours.resourceId);
    // The clients of the tests before listen, too: what they have not been sent yet must not be too old for them.
    await expect
      .poll(() => live.changes.map(({ booking }) => booking.id), { timeout: ARRIVAL_MS })
      .toContain(last);
    const { sql } = vaga.databases.booking;
    await sql`update outbox_relay set removed = (select max(position) from outbox)`;
    try {
      // No client runs this operation: a shared execution could replay the change.
      const query = FULL.replace('Live', 'TooOld');
      expect(await listen(ours.admin.token, { after: cursor }, query).ended).toMatchObject([
        { message: expect.stringMatching(/7/), extensions: { code: 'BAD_USER_INPUT' } },
      ]);
    } finally {
      await sql`update outbox_relay set removed = 0`;
    }
  });

  const CURSORS =
    'subscription ($after: String) { bookingChanged(after: $after) { id cursor booking { id } } }';
  const streamErrors = async (token: string, after: string) => {
    const client = createStreamClient({
      url: `${vaga.url}/graphql/stream`,
      retryAttempts: 0,
      headers: { authorization: `Bearer ${token}`, 'accept-language': 'en' },
    });
    const events = client.iterate({ query: CURSORS, variables: { after } });
    const { value } = await events.next();
    client.dispose();
    return value?.errors;
  };

  it('replays every change after it and then sends live ones, over both transports', async () => {
    const first = listen(ours.admin.token);
    await waitUntilStarted(first, ours.user, ours.resourceId);
    const { cursor } = first.changes[0]!;
    const created = [await book(ours.user, ours.resourceId), await book(ours.user, ours.resourceId)];
    const again = listen(ours.admin.token, { after: cursor });
    const stream: string[] = [];
    const client = createStreamClient({
      url: `${vaga.url}/graphql/stream`,
      headers: { authorization: `Bearer ${ours.admin.token}` },
    });
    closing.push(() => client.dispose());
    client.subscribe<Change>(
      { query: FULL, variables: { after: cursor } },
      {
        next: ({ data }) => void stream.push(data!.bookingChanged.booking.id),
        error: () => {},
        complete: () => {},
      },
    );
    await expect.poll(() => again.bookings().slice(-2), { timeout: ARRIVAL_MS }).toEqual(created);
    created.push(await book(ours.user, ours.resourceId));
    await expect.poll(() => again.bookings().slice(-3), { timeout: ARRIVAL_MS }).toEqual(created);
    await expect.poll(() => stream.slice(-3), { timeout: ARRIVAL_MS }).toEqual(created);
    expect(new Set(again.bookings()).size).toBe(again.changes.length);
    expect(again.bookings()).toEqual(first.bookings().slice(1));
  });

  it('that is forged or of another tenant is refused with BAD_USER_INPUT and its own message', async () => {
    const other = listen(theirs.admin.token);
    await waitUntilStarted(other, theirs.user, theirs.resourceId);
    for (const after of ['x'.repeat(32), '1', other.changes[0]!.cursor]) {
      const [error] = (await listen(ours.admin.token, { after }, CURSORS).ended) as never[];
      expect(error).toMatchObject({
        message: expect.stringContaining('cursor'),
        extensions: { code: 'BAD_USER_INPUT', traceId: expect.any(String) },
      });
      expect(await streamErrors(ours.admin.token, after)).toMatchObject([
        { message: expect.stringContaining('cursor'), extensions: { code: 'BAD_USER_INPUT' } },
      ]);
    }
  });
});

it('keeps connections open through a crash of the booking subgraph, and sends changes made before it has resubscribed', async () => {
  const live = listen(ours.admin.token);
  await waitUntilStarted(live, ours.user, ours.resourceId);
  await vaga.end('booking', 'SIGKILL');
  await vaga.start('booking');
  const created = await book(ours.user, ours.resourceId, 'after the crash');
  await expect.poll(() => live.bookings().at(-1), { timeout: ARRIVAL_MS }).toBe(created);
  expect(new Set(live.changes.map(({ id }) => id)).size).toBe(live.changes.length);
  expect(live.code()).toBeUndefined();
});

describe('a change', () => {
  it('is sent only to managers of the tenant and to the booking’s user', async () => {
    const [admin, manager, user] = [ours.admin, ours.manager, ours.user].map(({ token }) => listen(token));
    const foreign = listen(theirs.admin.token);
    const narrowed = listen(ours.user.token, { filter: { userId: ours.manager.id } });
    await Promise.all([
      waitUntilStarted(admin!, ours.user, ours.resourceId),
      waitUntilStarted(manager!, ours.user, ours.resourceId),
      waitUntilStarted(user!, ours.user, ours.resourceId),
      waitUntilStarted(foreign, theirs.user, theirs.resourceId),
    ]);
    const hidden = await book(ours.manager, ours.resourceId);
    const seen = await book(ours.user, ours.resourceId);
    for (const one of [admin!, manager!]) {
      await expect.poll(() => one.bookings().slice(-2), { timeout: ARRIVAL_MS }).toEqual([hidden, seen]);
    }
    await expect.poll(() => user!.bookings().at(-1), { timeout: ARRIVAL_MS }).toBe(seen);
    expect(user!.bookings()).not.toContain(hidden);
    const last = await book(theirs.user, theirs.resourceId);
    await expect.poll(() => foreign.bookings().at(-1), { timeout: ARRIVAL_MS }).toBe(last);
    for (const id of [hidden, seen]) expect(foreign.bookings()).not.toContain(id);
    expect(narrowed.changes).toEqual([]);
  });

  it('is sent neither without a session nor to another tenant', async () => {
    const client = createClient({
      url: `${vaga.url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: WebSocket,
    });
    closing.push(() => client.dispose());
    const codeOf = async (one: Client, variables = {}) => {
      const reasons = await new Promise<unknown>((resolve) => {
        one.subscribe({ query: FULL, variables }, { next: resolve, error: resolve, complete: () => {} });
      });
      return (reasons as { extensions: { code: string } }[])[0]?.extensions.code;
    };
    expect(await codeOf(client)).toBe('UNAUTHENTICATED');
    const filter = { tenantId: theirs.tenantId };
    const code = await codeOf(connect(ours.admin.token), { filter });
    expect(['FORBIDDEN', 'NOT_FOUND', 'BAD_USER_INPUT']).toContain(code);
  });
});

describe('a subscriber', () => {
  const createPerson = async (more: object = {}): Promise<TestUser> => {
    const email = `${hour}-${epochMs()}-${Math.round(performance.now() * 1e6)}@${ours.domain}`;
    const input = { tenantId: ours.tenantId, name: 'Alguém', email, password: PASSWORD, ...more };
    const { user } = await mutate(vaga, platform, 'createUser', input, 'user { id }');
    const { session } = await mutate(
      vaga,
      undefined,
      'signIn',
      { domain: ours.domain, email, password: PASSWORD },
      'session { accessToken refreshToken }',
    );
    return { id: user.id, email, token: session.accessToken, refreshToken: session.refreshToken };
  };
  const update = (user: TestUser, changes: object) =>
    mutate(vaga, platform, 'updateUser', { id: user.id, ...changes }, 'user { id }');

  it.each<[string, object, (user: TestUser) => Promise<unknown>]>([
    [
      'signing out',
      {},
      ({ refreshToken }) =>
        vaga.data('mutation ($t: String!) { signOut(refreshToken: $t) }', { t: refreshToken }),
    ],
    ['being deactivated', {}, (user) => update(user, { isActive: false })],
    [
      'losing a permission',
      { permissions: { canManageBookings: true } },
      (user) => update(user, { permissions: { canManageBookings: false } }),
    ],
    ['losing the administrator role', { userType: 'ADMIN' }, (user) => update(user, { userType: 'USER' })],
  ])('is closed with 4401 within five seconds of %s', async (_name, more, revoke) => {
    const user = await createPerson(more);
    const listening = listen(user.token);
    await waitUntilStarted(listening, user, ours.resourceId);
    await revoke(user);
    await expect.poll(listening.code, { timeout: CLOSE_LIMIT_MS, interval: 50 }).toBe(4401);
  });

  it('is closed with 4401 within five seconds of the expiry of its token', async () => {
    const user = await createPerson();
    const tokens = accessTokens(keyring(vaga.secretKey), 'HS512');
    const claims = (await tokens.verify(user.token))!;
    const expiresAtSeconds = Math.floor(epochMs() / 1_000) + 3;
    const token = await tokens.sign({ ...claims, expiresAtSeconds });
    const listening = listen(token);
    await expect.poll(() => epochMs(), { timeout: 5_000 }).toBeGreaterThan(expiresAtSeconds * 1_000);
    await expect.poll(listening.code, { timeout: CLOSE_LIMIT_MS, interval: 50 }).toBe(4401);
  });

  it('is closed with 1012, so that it reconnects, when a permission is granted', async () => {
    const user = await createPerson();
    const listening = listen(user.token);
    await waitUntilStarted(listening, user, ours.resourceId);
    await update(user, { permissions: { canManageBookings: true } });
    await expect.poll(listening.code, { timeout: CLOSE_LIMIT_MS, interval: 50 }).toBe(1012);
  });
});

it('gives callers that share an execution the same answer: managers of bookings with equal permissions', async () => {
  // All fields without arguments.
  const wide = (ofTenant: string) => `query ($id: ID!) { booking(id: $id) {
    id startTime endTime localStart localEnd status notes canCancel cancellationReason version createdAt updatedAt
    tenant { id name domain plan isActive settings { timezone cancellationHours } ${ofTenant}
      users { totalCount nodes { id name email phone metadata permissions { canBook } } }
      bookings { totalCount nodes { id canCancel } } resources { totalCount nodes { id name } } }
    resource { id name attributes isActive category { id name } stats { bookingsCreated } bookings { totalCount nodes { id canCancel } } }
    user { id name email phone userType metadata isActive permissions { canBook canManageUsers } bookings { totalCount nodes { id } } }
    client { id name email phone } cancelledBy { id email }
    series { id bookings { totalCount } }
  } }`;
  const make = async (more: object) => {
    const email = `${epochMs()}-${Math.round(performance.now() * 1e6)}@${ours.domain}`;
    await mutate(
      vaga,
      platform,
      'createUser',
      { tenantId: ours.tenantId, name: 'Outro', email, password: PASSWORD, ...more },
      'user { id }',
    );
    return vaga.signIn({ domain: ours.domain, email, password: PASSWORD });
  };
  const permissions = { canManageBookings: true };
  const pairs = [
    {
      query: wide('webhooks { id url hasSecret }'),
      tokens: [await make({ userType: 'ADMIN' }), await make({ userType: 'ADMIN' })],
    },
    { query: wide(''), tokens: [await make({ permissions }), await make({ permissions })] },
  ];
  for (const { query, tokens } of pairs) {
    for (const id of [ours.bookingId, await book(ours.user, ours.resourceId)]) {
      const [one, other] = await Promise.all(
        tokens.map(async (token) => {
          const { data, errors } = await vaga.ask(query, { id }, { token });
          return { data, errors: errors?.map(({ path, extensions }) => [path, extensions.code]) };
        }),
      );
      expect(one!.errors).toBeUndefined();
      expect(one!.data.booking.user.email).toBe(ours.user.email);
      expect(one).toEqual(other);
    }
  }
});
