import { gatewayPassports } from '@libs/testing/passports';
import { badUserInput, unavailable } from '@libs/outcome/apiErrors';
import type { TenantId } from '@libs/auth/tenantId';
import { silentLog } from '@libs/telemetry/log';
import { newTraceId, traceparentOf } from '@libs/telemetry/trace';
import { createClient, type Client, type ExecutionResult, type SubscribePayload } from 'graphql-ws';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { RequestContext } from './context.ts';
import type { ResumableEvent } from './serveSubgraphSubscriptions.ts';
import { startSubgraph, subgraphSchema, type Subgraph } from './startSubgraph.ts';

const TENANT = '01890000-0000-7000-8000-000000000001';
const SECRET_KEY = 'a-secret-key-of-these-tests';
const passport = gatewayPassports(SECRET_KEY, 'booking');

const TYPES = `
  type Query { hello: String }
  type Tick { count: Int! caller: String! now: String! fails: Int }
  type Subscription {
    ticks(from: Int = 1, to: Int!): Tick!
    "Sends resume tokens."
    places(from: Int = 1, to: Int!): Int!
    "Sends no events."
    waits(id: ID): Int
    refuses: Int
    breaks: Int
  }`;

/** Iterators that have not been released by `return`. */
let open = 0;

/** Yields `values`, then waits, or throws `failure`. */
function eventsOf<T>(values: Iterable<T>, failure?: Error): AsyncIterableIterator<T> {
  const iterator = values[Symbol.iterator]();
  let end: (result: IteratorResult<T>) => void = () => {};
  open += 1;
  return {
    async next() {
      const result = iterator.next();
      if (!result.done) return result;
      if (failure) throw failure;
      return new Promise((resolve) => (end = resolve));
    },
    async return() {
      open -= 1;
      end({ done: true, value: undefined });
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const countFrom = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(to - from + 1, 0) }, (_, index) => from + index);

const resolvers = {
  Query: { hello: () => 'hello' },
  Tick: {
    count: (count: number) => count,
    caller: (_: number, _args: object, { caller }: RequestContext) => caller.kind,
    now: (_: number, _args: object, { now }: RequestContext) => now.toString(),
    fails: () => {
      throw new Error('the inside of it');
    },
  },
  Subscription: {
    ticks: {
      subscribe: (_: unknown, { from, to }: { from: number; to: number }) => eventsOf(countFrom(from, to)),
      resolve: (count: number) => count,
    },
    places: {
      subscribe: (
        _: unknown,
        { from, to }: { from: number; to: number },
        { resumeCursor }: RequestContext,
      ) => {
        const start = resumeCursor === undefined ? from : Number(resumeCursor) + 1;
        const events = countFrom(start, to).map((count) => ({ cursor: String(count), event: count }));
        return eventsOf<ResumableEvent<number>>([{ cursor: String(start - 1) }, ...events]);
      },
      resolve: ({ event }: ResumableEvent<number>) => event,
    },
    waits: { subscribe: () => eventsOf([]) },
    refuses: {
      subscribe: () => {
        throw badUserInput('api.badCursor');
      },
    },
    breaks: {
      subscribe: (_: unknown, _args: object, { caller }: RequestContext) =>
        eventsOf([{ breaks: 1 }], caller.kind === 'platform' ? unavailable() : new Error('the inside of it')),
    },
  },
};

const serve = (): Promise<Subgraph> =>
  startSubgraph({
    name: 'small',
    host: '127.0.0.1',
    port: 0,
    isProduction: false,
    schema: subgraphSchema([TYPES], resolvers),
    passports: passport.accepted,
    callerOfClient: async () => ({ kind: 'platform', userId: TENANT, sessionId: TENANT }),
    languageOfTenant: async () => 'en',
    context: (base) => base,
    checks: {},
    log: silentLog(),
  });

const subgraph = await serve();
const url = subgraph.url.replace('http', 'ws');
const clients: Client[] = [];

function connect(to = url, connectionParams?: Record<string, unknown>): Client {
  const client = createClient({
    url: to,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy: true,
    connectionParams,
  });
  clients.push(client);
  return client;
}

afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
  await expect.poll(() => open).toBe(0);
});
afterAll(() => subgraph.stop());

/** The first `count` results; rejects with the errors of an `error` message, or with a close event. */
async function take(client: Client, payload: SubscribePayload, count: number): Promise<ExecutionResult[]> {
  const results: ExecutionResult[] = [];
  for await (const result of client.iterate(payload)) {
    results.push(result as ExecutionResult);
    if (results.length === count) break;
  }
  return results;
}

const errorsOf = (client: Client, payload: SubscribePayload): Promise<unknown> =>
  take(client, payload, 10).then(
    (results) => Promise.reject(new Error(`received ${JSON.stringify(results)}`)),
    (errors: unknown) => errors,
  );

describe('an operation', () => {
  it('receives every event, each executed at its own time', async () => {
    const results = await take(connect(), { query: 'subscription { ticks(to: 3) { count now } }' }, 3);
    const ticks = results.map(({ data }) => data?.['ticks'] as { count: number; now: string });
    expect(ticks.map(({ count }) => count)).toEqual([1, 2, 3]);
    expect(results.every((result) => !('extensions' in result))).toBe(true);
  });

  it('has the caller of its own passport, even on a shared connection', async () => {
    const client = connect();
    const query = 'subscription { ticks(to: 1) { caller } }';
    const service = await passport.mint({ kind: 'service', name: 'x' });
    const platform = await passport.mint({ kind: 'platform', userId: TENANT, sessionId: TENANT });
    const requested = [service, platform, undefined, 'forged'].map((one) =>
      take(client, { query, extensions: { passport: one } }, 1),
    );
    const callers = (await Promise.all(requested)).map(([first]) => first?.data?.['ticks']);
    expect(callers).toEqual(['service', 'platform', 'anonymous', 'anonymous'].map((caller) => ({ caller })));
  });

  it("has the caller of its connection's access token in development", async () => {
    const client = connect(url, { authorization: 'Bearer token' });
    const [first] = await take(client, { query: 'subscription { ticks(to: 1) { caller } }' }, 1);
    expect(first?.data).toEqual({ ticks: { caller: 'platform' } });
  });

  it('ends as soon as its client completes it, without waiting for an event', async () => {
    const client = connect();
    const complete = client.subscribe(
      { query: 'subscription { waits }' },
      { next: () => {}, error: () => {}, complete: () => {} },
    );
    await expect.poll(() => open).toBe(1);
    complete();
    await expect.poll(() => open).toBe(0);
  });

  it('ends with its connection', async () => {
    const client = connect();
    client.subscribe(
      { query: 'subscription { waits }' },
      { next: () => {}, error: () => {}, complete: () => {} },
    );
    await expect.poll(() => open).toBe(1);
    client.terminate();
    await expect.poll(() => open).toBe(0);
  });
});

describe('resume tokens', () => {
  const query = 'subscription { places(to: 3) }';
  const tokens = (results: ExecutionResult[]) => results.map(({ extensions }) => extensions?.['resume']);

  it('come before the first event and with each event if requested', async () => {
    const results = await take(connect(), { query, extensions: { resumable: true } }, 4);
    expect(results[0]).toEqual({ extensions: { resume: '0' } });
    expect(tokens(results)).toEqual(['0', '1', '2', '3']);
    expect(results.slice(1).map(({ data }) => data)).toEqual([1, 2, 3].map((places) => ({ places })));
  });

  it('resume the operation after the event that they came with', async () => {
    const results = await take(connect(), { query, extensions: { resumable: true, resume: '2' } }, 2);
    expect(tokens(results)).toEqual(['2', '3']);
  });

  it('are not sent unless requested', async () => {
    const results = await take(connect(), { query }, 3);
    expect(results).toEqual([1, 2, 3].map((places) => ({ data: { places } })));
  });
});

describe('errors', () => {
  const traceId = newTraceId();
  const extensions = { traceparent: traceparentOf(traceId), acceptLanguage: 'en' };
  const coded = (code: string, message: unknown = expect.any(String)) => [
    expect.objectContaining({ message, extensions: { code, traceId } }),
  ];

  it.each([
    ['a document that does not parse', 'subscription {', 'BAD_USER_INPUT'],
    ['an unknown field', 'subscription { nothing }', 'BAD_USER_INPUT'],
    ['a query', '{ hello }', 'BAD_USER_INPUT'],
    ['an argument that checkInput refuses', 'subscription { waits(id: "1") }', 'BAD_USER_INPUT'],
    ['a missing variable', 'subscription ($to: Int!) { ticks(to: $to) { count } }', 'BAD_USER_INPUT'],
    ["a field's own ApiError", 'subscription { refuses }', 'BAD_USER_INPUT'],
  ])('refuse %s with a code and a trace id', async (_what, query, code) => {
    expect(await errorsOf(connect(), { query, extensions })).toEqual(coded(code));
  });

  it("are in the caller's language", async () => {
    const requested = {
      query: 'subscription { refuses }',
      extensions: { ...extensions, acceptLanguage: 'pt-BR' },
    };
    expect(await errorsOf(connect(), requested)).toEqual(
      coded('BAD_USER_INPUT', 'O cursor não pertence a esta lista.'),
    );
  });

  it("are in the language of the caller's tenant without another, also those of fields", async () => {
    const ofTenant = await passport.mint({
      kind: 'apiKey',
      apiKeyId: TENANT,
      tenantId: TENANT as TenantId,
      scopes: [],
    });
    const own = { traceparent: extensions.traceparent, passport: ofTenant };
    const refused = await errorsOf(connect(), { query: 'subscription { refuses }', extensions: own });
    expect(refused).toEqual(coded('BAD_USER_INPUT', 'The cursor does not belong to this list.'));
    const failing = { query: 'subscription { ticks(to: 1) { fails } }', extensions: own };
    const [first] = await take(connect(), failing, 1);
    expect(first?.errors).toEqual(coded('INTERNAL_SERVER_ERROR', 'Internal error.'));
  });

  it('end a running operation after its events, and mask a bug', async () => {
    const payload = { query: 'subscription { breaks }', extensions };
    expect(await errorsOf(connect(), payload)).toEqual(coded('INTERNAL_SERVER_ERROR', 'Internal error.'));
    const platform = {
      ...payload,
      extensions: {
        ...extensions,
        passport: await passport.mint({ kind: 'platform', userId: TENANT, sessionId: TENANT }),
      },
    };
    expect(await errorsOf(connect(), platform)).toEqual(coded('SERVICE_UNAVAILABLE'));
  });

  it('of a field come with the event, and mask a bug', async () => {
    const [first] = await take(
      connect(),
      { query: 'subscription { ticks(to: 1) { count fails } }', extensions },
      1,
    );
    expect(first?.data).toEqual({ ticks: { count: 1, fails: null } });
    expect(first?.errors).toEqual(coded('INTERNAL_SERVER_ERROR', 'Internal error.'));
  });
});

describe('a connection', () => {
  const closeOf = (socket: WebSocket): Promise<number> =>
    new Promise((resolve) => socket.once('close', (code) => resolve(code)));

  it.each([
    ['an oversized message', (socket: WebSocket) => socket.send('x'.repeat(300_000)), 1009],
    ['a malformed message', (socket: WebSocket) => socket.send('hello'), 4400],
    [
      'an operation before connection_init',
      (socket: WebSocket) =>
        socket.send('{"type":"subscribe","id":"1","payload":{"query":"subscription { waits }"}}'),
      4401,
    ],
  ])('is closed for %s', async (_what, send, code) => {
    const socket = new WebSocket(url, 'graphql-transport-ws');
    socket.once('open', () => send(socket));
    expect(await closeOf(socket)).toBe(code);
  });

  it('is served on /graphql only', async () => {
    const socket = new WebSocket(url.replace('/graphql', '/other'), 'graphql-transport-ws');
    await expect(new Promise((_, reject) => socket.once('error', reject))).rejects.toThrow('404');
  });
});

it('a subgraph that stops closes its connections with 1001, and waits for no peer', async () => {
  const other = await serve();
  const client = connect(other.url.replace('http', 'ws'));
  const closed = new Promise<number>((resolve) =>
    client.on('closed', (event) => resolve((event as { code: number }).code)),
  );
  client.subscribe(
    { query: 'subscription { waits }' },
    { next: () => {}, error: () => {}, complete: () => {} },
  );
  await expect.poll(() => open).toBe(1);
  const silent = new WebSocket(other.url.replace('http', 'ws'), 'graphql-transport-ws');
  await new Promise((resolve) => silent.once('open', resolve));
  const startedMs = performance.now();
  silent.pause();
  await other.stop();
  expect(await closed).toBe(1001);
  expect(performance.now() - startedMs).toBeLessThan(5_000);
  silent.terminate();
});
