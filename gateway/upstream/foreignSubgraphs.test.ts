/** What a foreign subgraph learns of a request. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ANONYMOUS } from '@libs/auth/caller';
import { silentLog } from '@libs/telemetry/log';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { GatewayContext } from '../context.ts';
import { connectUpstream } from '../subscriptions/upstream.ts';
import { subgraphSource } from './dataSource.ts';
import { serviceStates } from './serviceStates.ts';

const TRACE_ID = 'a'.repeat(32);
const context: GatewayContext = {
  caller: ANONYMOUS,
  passport: async (audience) => `the.secret.passport.of.${audience}`,
  refusal: undefined,
  language: 'en',
  traceId: TRACE_ID,
  ip: '203.0.113.7',
  userAgent: 'Frontend/1.0',
  isSubscription: true,
  shares: 3,
  log: silentLog(),
  pause: async () => {},
};

/** Everything that reached the server, by request or message. */
const received: string[] = [];
let url: string;
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += String(chunk)));
  request.on('end', () => {
    received.push(JSON.stringify([request.url, request.headers, body]));
    response.setHeader('content-type', 'application/json').end('{"data":{"a":1}}');
  });
});
const sockets = new WebSocketServer({ server });
sockets.on('connection', (socket, { headers }) => {
  received.push(JSON.stringify(headers));
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as { type: string; id?: string };
    received.push(JSON.stringify(message));
    if (message.type === 'connection_init') socket.send('{"type":"connection_ack"}');
    if (message.type !== 'subscribe') return;
    socket.send(JSON.stringify({ id: message.id, type: 'next', payload: { data: { a: 1 } } }));
    socket.send(JSON.stringify({ id: message.id, type: 'complete' }));
  });
});
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/graphql?key=1`;
});
afterAll(() => {
  for (const socket of sockets.clients) socket.terminate();
  server.close();
});

/** What the server receives for a query, an entity fetch, a mutation and a subscription. */
async function everythingReceived(isForeign: boolean): Promise<string> {
  received.length = 0;
  const source = subgraphSource('reviews', { url, isForeign });
  const upstream = connectUpstream({ reviews: { url, isForeign } });
  for (const query of [
    '{ a }',
    'query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename } }',
    'mutation { a }',
  ]) {
    const variables = query.includes('_entities') ? { representations: [{ __typename: 'A', id: '1' }] } : {};
    type Options = Parameters<typeof source.process>[0];
    await source.process({ request: { query, variables }, context } as unknown as Options);
  }
  const primary = {
    service: 'reviews',
    query: 'subscription { a }',
    operationName: undefined,
    variables: {},
  };
  const events: unknown[] = [];
  for await (const messages of upstream.listen(primary, async () => context, new AbortController().signal))
    events.push(...messages);
  expect(events).toEqual([{ cursor: undefined, result: { data: { a: 1 } } }]);
  await upstream.close();
  await source.close();
  expect(received.length).toBeGreaterThanOrEqual(3 + 3);
  return received.join('\n');
}

it('gets the trace and the language, but neither the passport nor anything else about the caller', async () => {
  const text = await everythingReceived(true);
  expect(text).toContain(TRACE_ID);
  expect(text).toContain('"accept-language":"en"');
  expect(text).toContain('"acceptLanguage":"en"');
  expect(text).toContain('/api/graphql?key=1');
  expect(text).not.toMatch(/passport|x-vaga|authorization|203\.0\.113\.7|Frontend/i);
});

it('unlike Vaga’s own', async () => {
  const text = await everythingReceived(false);
  expect(text).toContain('"x-vaga-passport":"the.secret.passport.of.reviews"');
  expect(text).toContain('"user-agent":"Frontend/1.0"');
  expect(text).toContain('"passport":"the.secret.passport.of.reviews"');
});

it('is ready if it answers a query; it needs no /ready', async () => {
  received.length = 0;
  const closed = 'http://127.0.0.1:9/graphql';
  const states = serviceStates({
    reviews: { url, isForeign: true },
    loyalty: { url: closed, isForeign: true },
  });
  expect(await states()).toEqual([
    { service: 'reviews', state: 'ready' },
    { service: 'loyalty', state: 'unreachable' },
  ]);
  expect(received.join()).toContain('/api/graphql?key=1');
});
