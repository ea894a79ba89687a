import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { smallFederation, type SmallFederation } from './testing/smallFederation.ts';

let federation: SmallFederation;
let production: SmallFederation;
beforeAll(async () => {
  [federation, production] = await Promise.all([smallFederation(), smallFederation({ isProduction: true })]);
});
afterAll(() => Promise.all([federation.close(), production.close()]));

/** Too deep for JSON.stringify. */
const DEEP = 10_000;
const nested = (levels: number, inner = '') => '['.repeat(levels) + inner + ']'.repeat(levels);
const READ = 'query ($what: JSONObject) { read(what: $what) }';
const PAINTED = 'subscription ($after: Int) { painted(after: $after) { number } }';

type Answer = {
  data?: unknown;
  errors?: { message: string; extensions: { code: string; traceId: string } }[];
};

const send = async (path: string, body: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${federation.gateway.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return (await response.json()) as Answer;
};

const post = (query: string, variables = '{}') =>
  send('/graphql', `{"query":${JSON.stringify(query)},"variables":${variables}}`, {
    'accept-language': 'en',
  });

function expectTooDeep({ errors }: Answer, message: RegExp): void {
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
  expect(errors![0]!.message).toMatch(message);
  expect(errors![0]!.extensions.traceId).toMatch(/^[\da-f]{32}$/);
}

describe('JSON that is 10,000 levels deep is refused with BAD_USER_INPUT', () => {
  it('in variables, even if the operation does not use them', async () => {
    for (const query of [READ, '{ room { id } }']) {
      const answer = await post(query, `{"what":{"a":${nested(DEEP)}}}`);
      expectTooDeep(answer, /JSON of the request .* more than 64 levels/);
    }
  });

  it('in extensions', async () => {
    expectTooDeep(
      await send('/graphql', `{"query":"{ room { id } }","extensions":{"a":${nested(DEEP)}}}`),
      /64/,
    );
  });

  it('in the URL of a GET request', async () => {
    const search = new URLSearchParams({ query: READ, variables: `{"what":{"a":${nested(2_000)}}}` });
    const response = await fetch(`${federation.url}?${search.toString()}`, {
      headers: { 'apollo-require-preflight': 'true', 'accept-language': 'pt-BR' },
    });
    expectTooDeep((await response.json()) as Answer, /mais de 64 níveis/);
  });

  it('in a subscription over server-sent events', async () => {
    const body = `{"query":${JSON.stringify(PAINTED)},"variables":{"after":${nested(DEEP)}}}`;
    expectTooDeep(await send('/graphql/stream', body), /64/);
  });

  it('in a subscription over WebSocket', async () => {
    const socket = new WebSocket(federation.url.replace('http', 'ws'), 'graphql-transport-ws');
    const message = () =>
      new Promise<{ type: string; payload: NonNullable<Answer['errors']> }>((resolve) =>
        socket.once('message', (data: Buffer) => resolve(JSON.parse(String(data)))),
      );
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send('{"type":"connection_init"}');
    await message();
    const payload = `{"query":${JSON.stringify(PAINTED)},"variables":{"after":${nested(DEEP)}}}`;
    socket.send(`{"type":"subscribe","id":"1","payload":${payload}}`);
    const { type, payload: errors } = await message();
    expect(type).toBe('error');
    expectTooDeep({ errors }, /64/);
    socket.close();
  });

  it('unless it is as deep as the contract allows', async () => {
    expect(await post(READ, `{"what":{"a":${nested(15)}}}`)).toEqual({ data: { read: true } });
    const { errors } = await post(READ, `{"what":{"a":${nested(16)}}}`);
    expect(errors![0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    expect(errors![0]!.message).toContain('16 levels');
  });
});

describe('a document with thousands of nested levels is refused with BAD_USER_INPUT and without a stack overflow', () => {
  it.each([
    ['in a list', `{ read(what: { a: ${nested(50_000)} }) }`],
    ['in selections', `${'{ room'.repeat(5_000)} { id } ${'}'.repeat(5_000)}`],
    ['in the type of a variable', `query ($what: ${nested(50_000, 'Int')}) { room { id } }`],
    ['in objects', `{ read(what: ${'{a:'.repeat(10_000)}1${'}'.repeat(10_000)}) }`],
  ])('%s', async (_what, query) => {
    expectTooDeep(await post(query), /nests brackets more than 100 levels/);
    const client = createClient({
      url: federation.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });
    // WebSocket messages must be smaller.
    const shorter = query.replaceAll('['.repeat(20_000), '[').replaceAll(']'.repeat(20_000), ']');
    const end = client.iterate({ query: shorter }).next();
    await expect(end).rejects.toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    await client.dispose();
  });

  it('unless the brackets are in a string', async () => {
    const text = '[{('.repeat(100);
    expect(await post(`{ read(what: { a: "${text}" }) }`)).toEqual({ data: { read: true } });
  });
});

describe('production', () => {
  it.each([
    ['an enum value in a variable', 'query ($color: Color) { read(color: $color) }', { color: 'GREN' }],
    ['an input field in a variable', 'query ($f: RoomFilter) { read(filter: $f) }', { f: { colr: 'BLUE' } }],
    ['an enum value', '{ read(color: GREN) }', {}],
    ['an argument', '{ read(colr: GREEN) }', {}],
    ['a type', '{ room { ... on Rom { id } } }', {}],
  ])('suggests no names of the schema for %s', async (_what, query, variables) => {
    const messageOf = async ({ ask }: SmallFederation) =>
      (await ask(query, {}, variables)).errors![0]!.message;
    expect(await messageOf(federation)).toContain('Did you mean');
    expect(await messageOf(production)).not.toContain('Did you mean');
  });

  it('suggests no names of the schema to subscribers', async () => {
    const client = createClient({ url: production.url.replace('http', 'ws'), webSocketImpl: WebSocket });
    const end = client.iterate({ query: 'subscription { painte { number } }' }).next();
    await expect(end).rejects.toMatchObject([{ message: expect.not.stringContaining('Did you mean') }]);
    await client.dispose();
  });
});
