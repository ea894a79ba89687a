/** Live changes through the whole federation: to every kind of client, to who may see them, for as long as they may. */
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

/** How long a change may take to come, in milliseconds. */
const ARRIVAL_MS = 10_000;
/** Within what time a client that may no longer see is closed: five seconds, and what this machine takes. */
const CLOSED_WITHIN_MS = 5_000;

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
/** A new booking of the user's, on a day and hour of its own. */
async function book(who: TestUser, resourceId: string, notes = 'live'): Promise<string> {
  hour += 1;
  const [day, at] = [10 + Math.floor(hour / 12), 8 + (hour % 12)];
  const input = { resourceId, startTime: daysAhead(day, at), endTime: daysAhead(day, at + 1), notes };
  return (await mutate(vaga, who.token, 'createBooking', input, 'booking { id }')).booking.id;
}

function socketsOf(token: string, closed?: (code: number) => void): Client {
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

/** What a client is told, and how it ended. */
function listen(token: string, variables: object = {}, query = FULL) {
  const changes: Change['bookingChanged'][] = [];
  let closedWith: number | undefined;
  const client = socketsOf(token, (code) => (closedWith = code));
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

/** Waits until a subscription has surely begun: books until it tells of one; for who may see what `who` books. */
async function begun(listening: ReturnType<typeof listen>, who: TestUser, resourceId: string): Promise<void> {
  await expect
    .poll(
      async () => {
        await book(who, resourceId, 'is it there?');
        return listening.changes.length;
      },
      { timeout: ARRIVAL_MS, interval: 300 },
    )
    .toBeGreaterThan(0);
}

describe('every client', () => {
  const expected = {
    tenant: { name: 'Academia', settings: { customLabels: { bookingLabel: expect.any(String) } } },
    resource: { name: 'Sala 1', category: { name: 'Salas' }, stats: { bookingsCreated: expect.any(Number) } },
    user: { name: 'Alguém', email: ours.user.email },
    client: { name: 'Alguém' },
  };

  it.each(CLIENTS)('%s is told a change in Node, with fields of all four subgraphs', async (name) => {
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

  it.skipIf(!browser)('is told a change in Chromium (needs /usr/bin/chromium)', async () => {
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
      `window.told = {}; for (const name of clients.CLIENTS)
         clients.followSubscription(name, ${JSON.stringify(request)}, () => { told[name] = true; }); undefined`,
    );
    await expect
      .poll(
        async () => {
          await book(ours.user, ours.resourceId, 'Chromium');
          return page.evaluate<ClientName[]>('Object.keys(told).toSorted()');
        },
        { timeout: ARRIVAL_MS, interval: 500 },
      )
      .toEqual(CLIENTS.toSorted());
    expect(problemsOf(vaga.url)).toEqual([]);
  });
});

describe('a cursor', () => {
  it('that is too old is refused with its own message', async () => {
    const live = listen(ours.admin.token);
    await begun(live, ours.user, ours.resourceId);
    const { cursor } = live.changes[0]!;
    await book(ours.user, ours.resourceId);
    await expect.poll(() => live.changes.length, { timeout: ARRIVAL_MS }).toBeGreaterThan(1);
    const { sql } = vaga.databases.booking;
    await sql`update outbox_relay set removed = (select max(position) from outbox)`;
    try {
      // Asked in a way that nobody else does: who is live remembers the change, and could tell it.
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

  it('brings every change since, then live ones, over both transports', async () => {
    const first = listen(ours.admin.token);
    await begun(first, ours.user, ours.resourceId);
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

  it('that is forged, or of another tenant, is refused with its own message', async () => {
    const other = listen(theirs.admin.token);
    await begun(other, theirs.user, theirs.resourceId);
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

it('goes on without a word where the booking subgraph was away, and tells what changed before it was back', async () => {
  const live = listen(ours.admin.token);
  await begun(live, ours.user, ours.resourceId);
  await vaga.end('booking', 'SIGKILL');
  await vaga.start('booking');
  const created = await book(ours.user, ours.resourceId, 'before anybody was told');
  await expect.poll(() => live.bookings().at(-1), { timeout: ARRIVAL_MS }).toBe(created);
  expect(new Set(live.changes.map(({ id }) => id)).size).toBe(live.changes.length);
  expect(live.code()).toBeUndefined();
});

describe('a change', () => {
  it('is told to who may see it: managers of the tenant, and whose it is', async () => {
    const [admin, manager, user] = [ours.admin, ours.manager, ours.user].map(({ token }) => listen(token));
    const foreign = listen(theirs.admin.token);
    const narrowed = listen(ours.user.token, { filter: { userId: ours.manager.id } });
    await Promise.all([
      begun(admin!, ours.user, ours.resourceId),
      begun(manager!, ours.user, ours.resourceId),
      begun(user!, ours.user, ours.resourceId),
      begun(foreign, theirs.user, theirs.resourceId),
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

  it('says nothing without a session, and nothing of another tenant by its id', async () => {
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
    const code = await codeOf(socketsOf(ours.admin.token), { filter });
    expect(['FORBIDDEN', 'NOT_FOUND', 'BAD_USER_INPUT']).toContain(code);
  });
});

describe('a client is closed with 4401 within five seconds of', () => {
  const person = async (more: object = {}): Promise<TestUser> => {
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
  const update = (who: TestUser, changes: object) =>
    mutate(vaga, platform, 'updateUser', { id: who.id, ...changes }, 'user { id }');

  it.each<[string, object, (who: TestUser) => Promise<unknown>]>([
    [
      'signing out',
      {},
      ({ refreshToken }) =>
        vaga.data('mutation ($t: String!) { signOut(refreshToken: $t) }', { t: refreshToken }),
    ],
    ['being deactivated', {}, (who) => update(who, { isActive: false })],
    [
      'losing a permission',
      { permissions: { canManageBookings: true } },
      (who) => update(who, { permissions: { canManageBookings: false } }),
    ],
    ['being no administrator any more', { userType: 'ADMIN' }, (who) => update(who, { userType: 'USER' })],
  ])('%s', async (_name, more, lose) => {
    const who = await person(more);
    const listening = listen(who.token);
    await begun(listening, who, ours.resourceId);
    await lose(who);
    await expect.poll(listening.code, { timeout: CLOSED_WITHIN_MS, interval: 50 }).toBe(4401);
  });

  it("its token's expiry", async () => {
    const who = await person();
    const tokens = accessTokens(vaga.secretKey, 'HS512');
    const claims = (await tokens.verify(who.token))!;
    const expiresAtSeconds = Math.floor(epochMs() / 1_000) + 3;
    const token = await tokens.sign({ ...claims, expiresAtSeconds });
    const listening = listen(token);
    await expect.poll(() => epochMs(), { timeout: 5_000 }).toBeGreaterThan(expiresAtSeconds * 1_000);
    await expect.poll(listening.code, { timeout: CLOSED_WITHIN_MS, interval: 50 }).toBe(4401);
  });

  it('nothing at all, where a permission was given: it is told to come again', async () => {
    const who = await person();
    const listening = listen(who.token);
    await begun(listening, who, ours.resourceId);
    await update(who, { permissions: { canManageBookings: true } });
    await expect.poll(listening.code, { timeout: CLOSED_WITHIN_MS, interval: 50 }).toBe(1012);
  });
});

it('answers alike to all who share: whoever manages bookings, with equal permissions', async () => {
  // All that can be selected below a change without arguments, as deep as lists of lists allow.
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
