import { once } from 'node:events';
import { Agent, request as send } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fastify } from 'fastify';
import { afterEach, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { refusingServer } from './refusingServer.ts';

const STALL_MS = 300;
/** More than the sockets' own buffers hold. */
const LARGE = 'x'.repeat(20_000_000);

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function start(cors = { origins: ['https://a.example'], allowsCredentials: true, maxAgeSeconds: 1 }) {
  const state = { isFull: true };
  const app = fastify({
    keepAliveTimeout: 20 * STALL_MS,
    serverFactory: refusingServer({
      path: '/graphql',
      isFull: () => state.isFull,
      cors,
      stallTimeoutMs: STALL_MS,
    }),
  });
  app.post('/graphql', () => 'served');
  app.get('/graphql', () => 'served');
  app.get('/large', () => LARGE);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  closing.push(
    () => agent.destroy(),
    () => app.close(),
  );
  const { port } = app.server.address() as { port: number };
  const ask = (method: 'GET' | 'POST', headers: Record<string, string> = {}) =>
    new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string; port: number }>(
      (resolve, reject) => {
        const request = send({
          port,
          path: '/graphql',
          method,
          agent,
          headers: { 'content-type': 'application/json', ...headers },
        });
        request.on('error', reject).on('response', (response) => {
          let text = '';
          const localPort = request.socket!.localPort!;
          response.on('data', (part: Buffer) => (text += part.toString()));
          response.on('end', () =>
            resolve({ status: response.statusCode!, headers: response.headers, text, port: localPort }),
          );
        });
        request.end(
          method === 'POST' ? JSON.stringify({ query: '{ a }', more: 'x'.repeat(50_000) }) : undefined,
        );
      },
    );
  const openConnections = () =>
    new Promise<number>((resolve) => app.server.getConnections((_, count) => resolve(count)));
  return { app, port, state, ask, openConnections };
}

it('refuses a request with 503 and Retry-After, in its language, and keeps the connection for the next', async () => {
  const { state, ask } = await start();
  const refused = await ask('POST', { 'accept-language': 'pt-BR' });
  expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  const { errors } = JSON.parse(refused.text) as {
    errors: { message: string; extensions: { code: string } }[];
  };
  expect(errors[0]!.extensions.code).toBe('SERVICE_UNAVAILABLE');
  expect(errors[0]!.message).toBe('Serviço temporariamente indisponível.');
  state.isFull = false;
  expect(await ask('POST')).toMatchObject({ status: 200, text: 'served', port: refused.port });
});

it('lets a page of an allowed origin read the refusal, and no other', async () => {
  const { ask } = await start();
  expect((await ask('POST', { origin: 'https://a.example' })).headers).toMatchObject({
    'access-control-allow-origin': 'https://a.example',
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'retry-after',
    vary: 'Origin',
  });
  expect((await ask('POST', { origin: 'https://b.example' })).headers).not.toHaveProperty(
    'access-control-allow-origin',
  );
});

it('leaves other methods to the routes', async () => {
  const { ask } = await start();
  expect(await ask('GET')).toMatchObject({ status: 200, text: 'served' });
});

it('closes the connection of a client that does not read its answer', async () => {
  const { port, openConnections } = await start();
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  socket.pause();
  socket.write('GET /large HTTP/1.1\r\nhost: x\r\n\r\n');
  await expect.poll(openConnections).toBe(1);
  await expect.poll(openConnections, { timeout: 8_000 }).toBe(0);
  socket.destroy();
});

it('keeps a connection between its requests, and one that has become a WebSocket', async () => {
  const { app, port, ask, openConnections } = await start();
  const webSockets = new WebSocketServer({ noServer: true });
  app.server.on('upgrade', (request, socket, head) =>
    webSockets.handleUpgrade(request, socket, head, () => {}),
  );
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  await once(socket, 'open');
  const { port: localPort } = await ask('GET');
  await sleep(4 * STALL_MS);
  expect(await openConnections()).toBe(2);
  expect(await ask('GET')).toMatchObject({ text: 'served', port: localPort });
  expect(socket.readyState).toBe(WebSocket.OPEN);
  socket.terminate();
});
