import { gatewayPassports } from '@libs/testing/passports';
import type { Caller } from '@libs/auth/caller';
import { PASSPORT_HEADER } from '@libs/auth/passport';
import { silentLog } from '@libs/telemetry/log';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { RequestContext } from './context.ts';
import { startSubgraph, subgraphSchema, type Subgraph } from './startSubgraph.ts';

const SECRET = 'a secret of at least thirty-two characters';
const own = gatewayPassports(SECRET, 'thing');
const USER: Caller = {
  kind: 'platform',
  userId: '0190b2c4-0000-7000-8000-000000000001',
  sessionId: '0190b2c4-0000-7000-8000-000000000002',
};
const TYPES = `
  type Query { caller: String! }
  type Thing @key(fields: "id") { id: ID! }
  type Subscription { tick: Int! }
`;
const resolvers = {
  Query: { caller: (_: unknown, _args: unknown, { caller }: RequestContext) => caller.kind },
  Thing: { __resolveReference: (reference: object) => reference },
  Subscription: {
    tick: {
      async *subscribe() {
        yield 1;
      },
      resolve: (tick: number) => tick,
    },
  },
};

const start = (isProduction: boolean) =>
  startSubgraph<RequestContext>({
    name: 'thing',
    host: '127.0.0.1',
    port: 0,
    isProduction,
    schema: subgraphSchema([TYPES], resolvers),
    passports: own.accepted,
    callerOfClient: async () => USER,
    languageOfTenant: async () => 'en',
    context: (base) => base,
    checks: {},
    log: silentLog(),
  });

let production: Subgraph;
let development: Subgraph;
beforeAll(async () => {
  [production, development] = await Promise.all([start(true), start(false)]);
});
afterAll(() => Promise.all([production.stop(), development.stop()]));

type Answer = {
  data?: unknown;
  errors?: { message: string; extensions: { code: string; traceId: string } }[];
};
async function ask({ url }: Subgraph, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-language': 'en', ...headers },
    body,
  });
  return { status: response.status, ...((await response.json()) as Answer) };
}
const asking = (query: string, variables?: object) => JSON.stringify({ query, variables });
const REFUSED = [
  {
    message: 'Sign in to do this.',
    extensions: { code: 'UNAUTHENTICATED', traceId: expect.stringMatching(/^[\da-f]{32}$/) as string },
  },
];

describe("a subgraph's port in production", () => {
  it.each([
    ['its SDL', asking('{ _service { sdl } }')],
    ['introspection', asking('{ __schema { types { name } } }')],
    ['__typename', asking('{ __typename }')],
    [
      'entities',
      asking('query ($all: [_Any!]!) { _entities(representations: $all) { ... on Thing { id } } }', {
        all: [{ __typename: 'Thing', id: '1' }],
      }),
    ],
    ['a query', asking('{ caller }')],
    ['an unknown field', asking('{ nothing }')],
    ['a document that does not parse', asking('{')],
    ['a body that is not JSON', '{'],
  ])('refuses %s without a valid passport', async (_name, body) => {
    const forged = await gatewayPassports('another secret, of thirty-two characters', 'thing').mint(USER);
    for (const headers of [{}, { [PASSPORT_HEADER]: forged }, { authorization: 'Bearer a.b.c' }]) {
      expect(await ask(production, body, headers as Record<string, string>)).toEqual({
        status: 200,
        errors: REFUSED,
      });
    }
  });

  it('refuses with 401 for clients that read the status, and refuses GET requests too', async () => {
    const accept = 'application/graphql-response+json';
    expect(await ask(production, asking('{ caller }'), { accept })).toEqual({ status: 401, errors: REFUSED });
    const got = await fetch(`${production.url}?query={caller}`, { headers: { 'accept-language': 'en' } });
    expect(await got.json()).toEqual({ errors: REFUSED });
  });

  it('answers the gateway, also for an anonymous client', async () => {
    const passport = await own.mint({ kind: 'anonymous' });
    expect(await ask(production, asking('{ caller }'), { [PASSPORT_HEADER]: passport })).toEqual({
      status: 200,
      data: { caller: 'anonymous' },
    });
  });

  it('serves health and readiness without a passport', async () => {
    const { origin } = new URL(production.url);
    for (const path of ['/health', '/ready']) expect((await fetch(origin + path)).status).toBe(200);
  });

  /** The first answer to a subscription: an event, or the errors that refuse it. */
  function first(subgraph: Subgraph, query: string, passport?: string): Promise<unknown> {
    const client = createClient({
      url: subgraph.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });
    return new Promise((resolve) => {
      const extensions = { acceptLanguage: 'en', ...(passport ? { passport } : {}) };
      client.subscribe({ query, extensions }, { next: resolve, error: resolve, complete: () => {} });
    }).finally(() => client.dispose());
  }

  it.each(['subscription { tick }', 'subscription { nothing }', '{ caller }', '{'])(
    'refuses %s without a passport over WebSocket',
    async (query) => {
      expect(await first(production, query)).toEqual(REFUSED);
    },
  );

  it('serves subscriptions to the gateway over WebSocket', async () => {
    const passport = await own.mint({ kind: 'anonymous' });
    expect(await first(production, 'subscription { tick }', passport)).toMatchObject({ data: { tick: 1 } });
  });
});

describe("a subgraph's port in development", () => {
  it('serves its own Sandbox, with and without a client’s token', async () => {
    expect(await ask(development, asking('{ caller }'))).toMatchObject({ data: { caller: 'anonymous' } });
    expect(await ask(development, asking('{ caller }'), { authorization: 'Bearer a.b.c' })).toMatchObject({
      data: { caller: 'platform' },
    });
    expect((await ask(development, asking('{ _service { sdl } }'))).errors).toBeUndefined();
  });
});
