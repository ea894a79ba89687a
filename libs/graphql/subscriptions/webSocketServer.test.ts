import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { ANONYMOUS, type Caller } from '@libs/auth/caller';
import { silentLog } from '@libs/telemetry/log';
import { newTenantId, request, userOf } from '@libs/testing/contexts';
import { systemClock } from '@libs/time/clock';
import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { RequestContext } from '../context.ts';
import { serveSubgraphSubscriptions, type SubscriptionOptions } from '../serveSubgraphSubscriptions.ts';
import { subgraphSchema } from '../startSubgraph.ts';

const TYPES = `
  type Query { hello: String }
  type Subscription { flood: String }`;
const LARGE = 'x'.repeat(100_000);
/** More messages than the sockets' own buffers hold. */
const MANY = 300;

let running = 0;
let started = 0;
const flood = (): AsyncIterableIterator<unknown> => ({
  next: async () => ({ value: { flood: LARGE } }),
  async return() {
    running -= 1;
    return { done: true, value: undefined };
  },
  [Symbol.asyncIterator]() {
    running += 1;
    started += 1;
    return this;
  },
});

let app: FastifyInstance;
async function connected(limits: Partial<SubscriptionOptions<RequestContext>>): Promise<WebSocket> {
  app = fastify();
  serveSubgraphSubscriptions(app, {
    schema: subgraphSchema([TYPES], { Subscription: { flood: { subscribe: flood } } }),
    anonymousContext: () => request(),
    callerOf: async () => ANONYMOUS,
    context: (base) => base,
    clock: systemClock,
    log: silentLog(),
    ...limits,
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await new Promise((resolve) => socket.once('open', resolve));
  socket.on('error', () => {});
  socket.send('{"type":"connection_init"}');
  await new Promise((resolve) => socket.once('message', resolve));
  return socket;
}

const subscribe = (socket: WebSocket, id: number): void =>
  socket.send(
    JSON.stringify({ type: 'subscribe', id: String(id), payload: { query: 'subscription { flood }' } }),
  );

const openConnections = () =>
  new Promise<number>((resolve) => app.server.getConnections((_, count) => resolve(count)));

afterEach(() => app.close());

it('disconnects a peer that does not read, and ends its operations', async () => {
  const socket = await connected({ maxUnreadBytes: 1_000_000 });
  socket.pause();
  for (let id = 0; id < MANY; id += 1) subscribe(socket, id);
  await expect.poll(() => started).toBeGreaterThan(0);
  await expect.poll(() => running, { timeout: 8_000 }).toBe(0);
  socket.terminate();
});

it('disconnects a peer that sends pings and does not read the answers', async () => {
  const socket = await connected({ maxUnreadBytes: 1_000_000 });
  socket.pause();
  const ping = JSON.stringify({ type: 'ping', payload: { text: 'x'.repeat(200_000) } });
  // More than the sockets' own buffers hold.
  for (let count = 0; count < 150; count += 1) socket.send(ping);
  await expect.poll(openConnections, { timeout: 8_000 }).toBe(0);
  socket.terminate();
});

it('refuses an upgrade on another path, and ends the connection even if the peer keeps its half open', async () => {
  const peer = await connected({});
  const { port } = app.server.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.write('GET // HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 404 /);
  await expect.poll(openConnections).toBe(1);
  socket.destroy();
  peer.terminate();
});

it('disconnects a peer that stops answering pings, and none that answers', async () => {
  const socket = await connected({ pingEveryMs: 500 });
  await new Promise((resolve) => setTimeout(resolve, 1_600));
  expect(socket.readyState).toBe(WebSocket.OPEN);
  socket.removeAllListeners('ping');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.pong = () => {};
  await closed;
});

it('refuses operations beyond the limit of the process with SERVICE_UNAVAILABLE', async () => {
  const socket = await connected({ maxSubscriptions: 1 });
  const refused = new Promise((resolve) => {
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as { type: string };
      if (message.type === 'error') resolve(message);
    });
  });
  subscribe(socket, 1);
  await expect.poll(() => running).toBe(1);
  subscribe(socket, 2);
  expect(await refused).toMatchObject({
    id: '2',
    payload: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }],
  });
  socket.terminate();
  await expect.poll(() => running).toBe(0);
});

it('keeps half of the operations for callers with a session', async () => {
  let caller: Caller = ANONYMOUS;
  const socket = await connected({ maxSubscriptions: 4, callerOf: async () => caller });
  const refused: unknown[] = [];
  socket.on('message', (data: Buffer) => {
    const { type, id, payload } = JSON.parse(data.toString()) as {
      type: string;
      id: string;
      payload: object;
    };
    if (type === 'error') refused.push({ id, payload });
  });
  subscribe(socket, 1);
  subscribe(socket, 2);
  await expect.poll(() => running).toBe(2);
  subscribe(socket, 3);
  await expect
    .poll(() => refused)
    .toMatchObject([{ id: '3', payload: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] }]);
  caller = userOf(newTenantId());
  subscribe(socket, 4);
  subscribe(socket, 5);
  await expect.poll(() => running).toBe(4);
  expect(refused).toHaveLength(1);
  socket.terminate();
  await expect.poll(() => running).toBe(0);
});
