import { gatewayPassports } from '@libs/testing/passports';
import { silentLog } from '@libs/telemetry/log';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { isDeeperThan, isDocumentDeeperThan } from './requestDepth.ts';
import { startSubgraph, subgraphSchema, type Subgraph } from './startSubgraph.ts';

const TYPES = `
  type Query { read(what: JSONObject, color: Color): Boolean }
  enum Color { GREEN BLUE }
  type Subscription { announced(what: JSONObject): Boolean! }
`;
const DEEP = 10_000;
const nested = (levels: number, inner = '') => '['.repeat(levels) + inner + ']'.repeat(levels);

const start = (isProduction: boolean) =>
  startSubgraph({
    name: 'test',
    host: '127.0.0.1',
    port: 0,
    isProduction,
    schema: subgraphSchema([TYPES], {
      Query: { read: () => true },
      Subscription: { announced: { subscribe: async function* () {}, resolve: () => true } },
    }),
    passports: gatewayPassports('a-secret-key-of-this-test-and-no-other', 'thing').accepted,
    callerOfClient: async () => ({ kind: 'anonymous' }),
    languageOfTenant: async () => 'pt-BR',
    context: (base) => base,
    checks: {},
    log: silentLog(),
  });
let subgraph: Subgraph;
let production: Subgraph;
beforeAll(async () => {
  [subgraph, production] = await Promise.all([start(false), start(true)]);
});
afterAll(() => Promise.all([subgraph.stop(), production.stop()]));

type Errors = { message: string; extensions: { code: string; traceId: string } }[];

async function ask(body: string, url = subgraph.url): Promise<{ data?: unknown; errors?: Errors }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-language': 'en' },
    body,
  });
  return (await response.json()) as { errors?: Errors };
}
const bodyOf = (query: string, variables = '{}') =>
  `{"query":${JSON.stringify(query)},"variables":${variables}}`;

function expectTooDeep(errors: Errors | undefined, message: RegExp): void {
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
  expect(errors![0]!.message).toMatch(message);
  expect(errors![0]!.extensions.traceId).toMatch(/^[\da-f]{32}$/);
}

/** The errors that refuse an operation over WebSocket. */
async function refusal(payload: string): Promise<Errors> {
  const socket = new WebSocket(subgraph.url.replace('http', 'ws'), 'graphql-transport-ws');
  const message = () =>
    new Promise<{ payload: Errors }>((resolve) =>
      socket.once('message', (data: Buffer) => resolve(JSON.parse(String(data)))),
    );
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send('{"type":"connection_init"}');
  await message();
  socket.send(`{"type":"subscribe","id":"1","payload":${payload}}`);
  const { payload: errors } = await message();
  socket.close();
  return errors;
}

describe("a subgraph's own port", () => {
  it('refuses JSON of 10,000 levels', async () => {
    const variables = `{"what":{"a":${nested(DEEP)}}}`;
    const query = 'query ($what: JSONObject) { read(what: $what) }';
    expectTooDeep((await ask(bodyOf(query, variables))).errors, /more than 64 levels/);
    const subscription = 'subscription ($what: JSONObject) { announced(what: $what) }';
    expectTooDeep(await refusal(bodyOf(subscription, variables)), /64/);
  });

  it.each([
    ['a list', `{ read(what: { a: ${nested(50_000)} }) }`],
    ['selections', `${'{ read'.repeat(DEEP)} { id } ${'}'.repeat(DEEP)}`],
    ['the type of a variable', `query ($what: ${nested(50_000, 'Int')}) { read }`],
  ])('refuses a document with %s of thousands of levels', async (_what, query) => {
    expectTooDeep((await ask(bodyOf(query))).errors, /brackets more than 100 levels/);
    expectTooDeep(await refusal(bodyOf(query)), /100/);
  });

  it('refuses a chain of 50,000 fragments', async () => {
    const count = 50_000;
    const fragments = Array.from({ length: count }, (_, i) => `fragment F${i} on Query { ...F${i + 1} }`);
    const query = `{ ...F0 } ${fragments.join(' ')} fragment F${count} on Query { read }`;
    const { errors } = await ask(bodyOf(query));
    expect(errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
    expect(errors![0]!.message).toContain('40000 tokens');
  });

  it('suggests no names of the schema in production', async () => {
    const body = bodyOf('query ($color: Color) { read(color: $color) }', '{"color":"GREN"}');
    expect((await ask(body)).errors![0]!.message).toContain('Did you mean');
    expect((await ask(body, production.url)).errors![0]!.message).not.toContain('Did you mean');
  });
});

describe('the depth', () => {
  it('of JSON counts nested objects and lists, without recursion', () => {
    const deep = JSON.parse(nested(100_000)) as unknown;
    expect(isDeeperThan(deep, 99_999)).toBe(true);
    expect(isDeeperThan(deep, 100_000)).toBe(false);
    expect([1, 'a', null, undefined].some((one) => isDeeperThan(one, 0))).toBe(false);
    expect(isDeeperThan({}, 0)).toBe(true);
    expect(isDeeperThan({ a: [1, { b: 2 }], c: 'x' }, 3)).toBe(false);
    expect(isDeeperThan({ a: [1, { b: 2 }], c: 'x' }, 2)).toBe(true);
  });

  it('of a document counts nested brackets, except in strings and comments', () => {
    expect(isDocumentDeeperThan('{ a(b: [{ c: "{{{{" }]) { d } } # ((((', 4)).toBe(false);
    expect(isDocumentDeeperThan('{ a(b: [{ c: "{{{{" }]) { d } } # ((((', 3)).toBe(true);
    expect(isDocumentDeeperThan(`{ a } ${'{ b } '.repeat(200)}`, 1)).toBe(false);
    expect(isDocumentDeeperThan(`{{{ ' {{{{`, 3)).toBe(false);
  });
});
