import { setTimeout as sleep } from 'node:timers/promises';
import { createClient as createStreamClient } from 'graphql-sse';
import { createClient, type Client, type ClientOptions } from 'graphql-ws';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { smallFederation, type SmallFederation } from '../testing/smallFederation.ts';
import { SESSION_CHECK_MS } from './transport/sessionWatcher.ts';
import {
  CLIENT_INIT_TIMEOUT_MS,
  MAX_CLIENT_MESSAGE_BYTES,
  MAX_SUBSCRIPTIONS_PER_CONNECTION,
} from './transport/webSocketTransport.ts';

const PAINTED = 'subscription { painted { number room { name } by { name } } }';
/** How long an event may take to come, in milliseconds. */
const ARRIVAL_MS = 5_000;

type Message = {
  data?: { painted: { number: number } } | null;
  errors?: readonly { message: string; extensions: { code: string } }[];
};

let federation: SmallFederation;
const closing: (() => unknown)[] = [];
beforeEach(async () => {
  federation = await smallFederation();
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await federation.close();
});

function connect(options: Partial<ClientOptions> = {}): Client {
  const url = federation.url.replace(/^http/, 'ws');
  const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0, ...options });
  closing.push(() => client.dispose());
  return client;
}

/** A client's messages, and how its subscription ended. */
function listen(client: Client, query = PAINTED, variables: Record<string, unknown> = {}) {
  const messages: Message[] = [];
  const ended = new Promise<unknown>((resolve) => {
    client.subscribe<Message['data']>(
      { query, variables },
      {
        next: (message) => messages.push(message as Message),
        error: resolve,
        complete: () => resolve('complete'),
      },
    );
  });
  const numbers = () => messages.map(({ data }) => data!.painted.number);
  return { messages, numbers, ended };
}

const codesOf = (reasons: unknown) =>
  (reasons as { extensions: { code: string } }[]).map(({ extensions }) => extensions.code);
const subscribed = (count: number) =>
  expect.poll(() => federation.state.subscribed, { timeout: ARRIVAL_MS }).toBe(count);
const paint = () => federation.ask('mutation { paint }');

describe('an event', () => {
  it('includes the fields of other subgraphs', async () => {
    const { messages } = listen(connect());
    await subscribed(1);
    await paint();
    await expect
      .poll(() => messages, { timeout: ARRIVAL_MS })
      .toEqual([{ data: { painted: { number: 1, room: { name: 'Room 1' }, by: { name: 'Person 1' } } } }]);
  });

  it('is received and completed once for all clients with equal requests, and reaches each', async () => {
    const clients = Array.from({ length: 25 }, () => listen(connect()));
    await subscribed(1);
    await expect.poll(() => federation.gateway.app.server.listening).toBe(true);
    await sleep(200);
    const calls = federation.entityCalls.length;
    await paint();
    await expect
      .poll(() => clients.every(({ messages }) => messages.length === 1), { timeout: ARRIVAL_MS })
      .toBe(true);
    expect(federation.state.subscribed).toBe(1);
    expect(federation.entityCalls.length - calls).toBe(1);
  });

  it('is never shared between clients with other rights or other requests', async () => {
    const authorization = `Bearer ${await federation.token()}`;
    listen(connect());
    listen(connect({ connectionParams: { authorization } }));
    listen(connect(), 'subscription { painted { number } }');
    listen(connect(), 'subscription ($by: String) { painted(by: $by) { number } }', { by: 'ada' });
    await subscribed(4);
  });

  it('has null and SERVICE_UNAVAILABLE for the fields of a stopped subgraph', async () => {
    const { messages } = listen(connect());
    await subscribed(1);
    await federation.stopSubgraph('person');
    await paint();
    await expect
      .poll(() => messages[0]?.data, { timeout: ARRIVAL_MS })
      .toMatchObject({ painted: { number: 1, by: { name: null } } });
    expect(codesOf(messages[0]!.errors)).toEqual(['SERVICE_UNAVAILABLE']);
  });
});

it('a subscription misses nothing and repeats nothing while its subgraph restarts', async () => {
  const { numbers } = listen(connect());
  await subscribed(1);
  await paint();
  await expect.poll(numbers, { timeout: ARRIVAL_MS }).toEqual([1]);
  await federation.stopSubgraph('room');
  federation.state.painted += 3;
  await federation.startRooms();
  await subscribed(2);
  await paint();
  await expect.poll(numbers, { timeout: ARRIVAL_MS }).toEqual([1, 2, 3, 4, 5]);
});

it('a started subscription survives transient failures of its subgraph; a new one gets the error', async () => {
  federation.state.trouble = 1;
  expect(codesOf(await listen(connect()).ended)).toEqual(['SERVICE_UNAVAILABLE']);
  const { numbers } = listen(connect());
  await subscribed(2);
  await paint();
  await expect.poll(numbers, { timeout: ARRIVAL_MS }).toEqual([1]);
  await federation.stopSubgraph('room');
  federation.state.trouble = 2;
  federation.state.painted += 1;
  await federation.startRooms();
  await expect.poll(numbers, { timeout: ARRIVAL_MS }).toEqual([1, 2]);
  expect(federation.state.trouble).toBe(0);
});

describe('an operation', () => {
  it('that starts at a cursor gives each client all events since', async () => {
    const query = 'subscription ($after: Int) { painted(after: $after) { number } }';
    await paint();
    await paint();
    const first = listen(connect(), query, { after: 0 });
    await expect.poll(first.numbers, { timeout: ARRIVAL_MS }).toEqual([1, 2]);
    const second = listen(connect(), query, { after: 0 });
    await expect.poll(second.numbers, { timeout: ARRIVAL_MS }).toEqual([1, 2]);
  });

  it('beyond the limit of a connection is refused with RATE_LIMITED, and the others continue', async () => {
    const client = connect();
    const first = listen(client);
    for (let count = 1; count < MAX_SUBSCRIPTIONS_PER_CONNECTION; count += 1) listen(client);
    expect(codesOf(await listen(client).ended)).toEqual(['RATE_LIMITED']);
    await subscribed(1);
    await paint();
    await expect.poll(first.numbers, { timeout: ARRIVAL_MS }).toEqual([1]);
  });

  it.each([
    ['of an unknown field', 'subscription { nothing }', {}, 'BAD_USER_INPUT'],
    ['that does not parse', 'subscription {', {}, 'BAD_USER_INPUT'],
    ['that is a query', '{ room { id } }', {}, 'BAD_USER_INPUT'],
    [
      'with a variable of another type',
      'subscription ($by: String) { painted(by: $by) { number } }',
      { by: 1 },
      'BAD_USER_INPUT',
    ],
    [
      'with too many fields',
      `subscription { painted { ${Array.from({ length: 31 }, (_, i) => `a${i}: number`).join(' ')} } }`,
      {},
      'QUERY_TOO_COMPLEX',
    ],
  ])('%s is refused with a code', async (_name, query, variables, code) => {
    expect(codesOf(await listen(connect(), query, variables).ended)).toEqual([code]);
    expect(federation.state.subscribed).toBe(0);
  });
});

describe('a connection', () => {
  const closeCode = (options: Partial<ClientOptions>): Promise<number> =>
    new Promise((resolve) => {
      const client = connect({
        ...options,
        lazy: false,
        onNonLazyError: () => {},
        on: { closed: (event) => resolve((event as { code: number }).code) },
      });
      void listen(client).ended;
    });

  it('with an invalid token is closed with 4401', async () => {
    expect(await closeCode({ connectionParams: { authorization: 'Bearer abc' } })).toBe(4401);
  });

  it('is closed with 4401 soon after its session has ended', async () => {
    const closed = closeCode({ connectionParams: { authorization: `Bearer ${await federation.token()}` } });
    await subscribed(1);
    federation.state.caller = null;
    const start = performance.now();
    expect(await closed).toBe(4401);
    expect(performance.now() - start).toBeLessThan(SESSION_CHECK_MS + 3_000);
  });

  it('is closed with 1001 when the gateway stops', async () => {
    const closed = closeCode({});
    await subscribed(1);
    await federation.stopGateway();
    expect(await closed).toBe(1001);
  });

  const raw = (headers: Record<string, string> = {}, path = '') =>
    new WebSocket(`${federation.url.replace(/^http/, 'ws')}${path}`, 'graphql-transport-ws', { headers });
  const closed = (socket: WebSocket) =>
    new Promise<number | string>((resolve) => {
      socket.on('close', resolve);
      socket.on('error', (error) => resolve(error.message));
    });

  it('without connection_init is closed with 4408', async () => {
    const start = performance.now();
    expect(await closed(raw())).toBe(4408);
    expect(performance.now() - start).toBeLessThan(CLIENT_INIT_TIMEOUT_MS + 2_000);
  });

  it('that sends an oversized message is closed with 1009', async () => {
    const socket = raw();
    socket.on('open', () => socket.send('x'.repeat(MAX_CLIENT_MESSAGE_BYTES + 1)));
    expect(await closed(socket)).toBe(1009);
  });

  it('on another path is refused with 404', async () => {
    expect(await closed(raw({}, '/other'))).toContain('404');
  });
});

it('refuses connections of pages from other origins in production', async () => {
  const cors = { origins: ['https://app.example'], allowsCredentials: false, maxAgeSeconds: 60 };
  const production = await smallFederation({ cors });
  closing.push(production.close);
  const opened = (origin: string) =>
    new Promise<boolean>((resolve) => {
      const socket = new WebSocket(production.url.replace(/^http/, 'ws'), 'graphql-transport-ws', { origin });
      socket.on('open', () => {
        socket.close();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
  expect(await opened('https://app.example')).toBe(true);
  expect(await opened('https://evil.example')).toBe(false);
});

describe('server-sent events', () => {
  const stream = () => {
    const client = createStreamClient({ url: `${federation.url}/stream`, retryAttempts: 0 });
    closing.push(() => client.dispose());
    return client;
  };

  it('have the same answers as WebSockets, and share executions with them', async () => {
    const messages: unknown[] = [];
    stream().subscribe(
      { query: PAINTED },
      { next: (message) => void messages.push(message), error: () => {}, complete: () => {} },
    );
    const socket = listen(connect());
    await subscribed(1);
    await sleep(200);
    await paint();
    await expect
      .poll(() => messages, { timeout: ARRIVAL_MS })
      .toEqual([{ data: { painted: { number: 1, room: { name: 'Room 1' }, by: { name: 'Person 1' } } } }]);
    await expect.poll(socket.numbers, { timeout: ARRIVAL_MS }).toEqual([1]);
    expect(federation.state.subscribed).toBe(1);
  });

  it('end with UNAUTHENTICATED when the session ends', async () => {
    const headers = { authorization: `Bearer ${await federation.token()}` };
    const client = createStreamClient({ url: `${federation.url}/stream`, retryAttempts: 0, headers });
    closing.push(() => client.dispose());
    const events = client.iterate({ query: PAINTED });
    const first = events.next();
    await subscribed(1);
    federation.state.caller = null;
    const { value } = await first;
    expect(codesOf((value as Message).errors)).toEqual(['UNAUTHENTICATED']);
    expect((await events.next()).done).toBe(true);
  });

  it('break off without completing when the gateway stops, so that the client reconnects', async () => {
    const events = stream().iterate({ query: PAINTED });
    const first = events.next();
    await subscribed(1);
    const stopped = federation.stopGateway();
    await expect(first).rejects.toThrow();
    await stopped;
  });

  it('that are not read are disconnected, without an error in the log', async () => {
    await federation.close();
    const lines: { level: number; msg: string }[] = [];
    const write = (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]);
    federation = await smallFederation({ log: pino({ level: 'warn' }, { write }) });
    const many = Array.from({ length: 25 }, (_, index) => `${'a'.repeat(60)}${index}: number`);
    const query = `subscription { painted { ${many.join(' ')} } }`;
    // A second client that reads: an execution would wait for its only client.
    const reader = listen(connect(), query);
    const response = await fetch(`${federation.url}/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query }),
    });
    await subscribed(1);
    const isDisconnected = () =>
      lines.some(({ msg }) => msg === 'a client was disconnected: it does not read its stream');
    for (let round = 0; round < 400 && !isDisconnected(); round += 1) {
      federation.state.painted += 100;
      await paint();
    }
    await expect.poll(isDisconnected, { timeout: ARRIVAL_MS }).toBe(true);
    await expect(response.text()).rejects.toThrow('terminated');
    expect(reader.numbers().length).toBeGreaterThan(0);
    expect(lines.filter(({ level }) => level >= 50)).toEqual([]);
  });

  it('answer a refused operation with 400 and its errors', async () => {
    const response = await fetch(`${federation.url}/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: 'subscription { nothing }' }),
    });
    expect(response.status).toBe(400);
    expect(codesOf(((await response.json()) as Message).errors)).toEqual(['BAD_USER_INPUT']);
  });
});
