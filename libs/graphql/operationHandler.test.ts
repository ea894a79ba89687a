import { ApolloServer } from '@apollo/server';
import { PASSPORT_HEADER } from '@libs/auth/passport';
import { silentLog } from '@libs/telemetry/log';
import { gatewayPassports } from '@libs/testing/passports';
import { fastify } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RequestContext } from './context.ts';
import { CONTENT_TYPES, leaveResult, operationHandler } from './operationHandler.ts';
import { startSubgraph, subgraphSchema, type Subgraph } from './startSubgraph.ts';

const passports = gatewayPassports('a secret of at least thirty-two characters', 'thing');
const TYPES = `
  type Query { double(number: Int!): Int!  fail: String }
  type Mutation { increment: Int! }
  type Thing @key(fields: "id") { id: ID! }
`;
let count = 0;
const resolvers = {
  Query: {
    double: (_: unknown, { number }: { number: number }) => number * 2,
    fail: () => {
      throw new Error('a bug');
    },
  },
  Mutation: { increment: () => (count += 1) },
  Thing: { __resolveReference: (reference: object) => reference },
};

let subgraph: Subgraph;
let passport: string;
beforeAll(async () => {
  passport = await passports.mint({ kind: 'anonymous' });
  subgraph = await startSubgraph<RequestContext>({
    name: 'thing',
    host: '127.0.0.1',
    port: 0,
    isProduction: true,
    schema: subgraphSchema([TYPES], resolvers),
    passports: passports.accepted,
    callerOfClient: async () => ({ kind: 'anonymous' }),
    languageOfTenant: async () => 'en',
    context: (base) => base,
    checks: {},
    log: silentLog(),
  });
});
afterAll(() => subgraph.stop());

async function ask(body: unknown, { accept = 'application/json', search = '' } = {}) {
  const response = await fetch(subgraph.url + search, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'accept-language': 'en',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      [PASSPORT_HEADER]: passport,
      accept,
    },
    body: JSON.stringify(body),
  });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    text: await response.text(),
  };
}
/** A query in the URL has no effect on a POST, but keeps it from being a usual request. */
const throughHttpLayer = (body: unknown, accept?: string) =>
  ask(body, { search: '?a=1', ...(accept ? { accept } : {}) });

const BODIES: [name: string, body: unknown][] = [
  ['a query', { query: '{ double(number: 2) }' }],
  ['variables', { query: 'query ($n: Int!) { double(number: $n) }', variables: { n: 3 } }],
  ['nulls', { query: '{ double(number: 2) }', variables: null, operationName: null, extensions: null }],
  ['a chosen operation', { query: 'query A { a: fail } query B { double(number: 1) }', operationName: 'B' }],
  ['an unknown operation', { query: 'query A { fail }', operationName: 'B' }],
  ['an error', { query: '{ fail double(number: 2) }' }],
  ['a document that does not parse', { query: '{ double' }],
  ['a document that is not valid', { query: '{ triple }' }],
  [
    'a variable of the wrong type',
    { query: 'query ($n: Int!) { double(number: $n) }', variables: { n: 'x' } },
  ],
  ['an unknown persisted query', { extensions: { persistedQuery: { version: 1, sha256Hash: 'a' } } }],
  [
    'a hash of another query',
    { query: '{ fail }', extensions: { persistedQuery: { version: 1, sha256Hash: 'a' } } },
  ],
  ['an empty document', { query: '' }],
  ['no document', {}],
  ['a document that is no text', { query: 1 }],
  ['variables as text', { query: '{ fail }', variables: '{}' }],
  ['variables as a list', { query: '{ fail }', variables: [] }],
  ['extensions as text', { query: '{ fail }', extensions: '{}' }],
  ['a name that is no text', { query: '{ fail }', operationName: 1 }],
  ['a batch', [{ query: '{ fail }' }]],
];

it.each(BODIES)('answers a request with %s as Apollo’s HTTP layer does', async (_name, body) => {
  expect(await ask(body)).toEqual(await throughHttpLayer(body));
});

it.each(
  [...CONTENT_TYPES.keys()]
    .filter((accept) => accept !== undefined)
    .concat('text/html', 'image/png, */*;q=0.1'),
)('answers in the type that Apollo chooses for %s', async (accept) => {
  for (const query of ['{ double(number: 2) }', '{ double']) {
    const answer = await ask({ query }, { accept });
    expect(answer).toEqual(await throughHttpLayer({ query }, accept));
    expect(answer.status).toBe(accept === 'text/html' ? 406 : query.includes('}') ? 200 : 400);
  }
});

it('runs a mutation once', async () => {
  const before = count;
  expect((await ask({ query: 'mutation { increment }' })).text).toBe(`{"data":{"increment":${before + 1}}}`);
  expect(count).toBe(before + 1);
});

it('answers with status 500 where Apollo fails, as its HTTP layer does', async () => {
  const apollo = new ApolloServer({
    typeDefs: 'type Query { a: Int }',
    stringifyResult: leaveResult,
    logger: silentLog(),
    plugins: [
      {
        requestDidStart() {
          throw new Error('a bug');
        },
      },
    ],
  });
  await apollo.start();
  const answer = operationHandler(apollo);
  const app = fastify();
  app.post('/graphql', (request, reply) => answer(request, reply, {}));
  const [direct, layered] = await Promise.all(
    ['/graphql', '/graphql?a=1'].map((url) => app.inject({ method: 'POST', url, body: { query: '{ a }' } })),
  );
  expect([direct!.statusCode, direct!.body]).toEqual([500, layered!.body]);
  expect(layered!.statusCode).toBe(500);
  expect(direct!.body).not.toContain('a bug');
  await Promise.all([app.close(), apollo.stop()]);
});
