import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import { expect, it } from 'vitest';
import { DRAINING_SERVER, serveHealth } from './health.ts';

it('a connection that never carried a request does not delay the shutdown', async () => {
  const app = fastify({ forceCloseConnections: 'idle' });
  const drain = serveHealth(app, { service: 'test', checks: {}, clock: { now: () => 'now' }, drainMs: 0 });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  // Once the server answers a later connection, it has accepted this one.
  await (await fetch(`http://127.0.0.1:${port}/health`)).text();
  const closed = once(socket, 'close');
  // Without the fix Node waits for a minute and this test times out.
  await Promise.all([drain(), closed]);
  expect(app.server.listening).toBe(false);
});

it('a request on an open connection is served while the server closes its WebSockets', async () => {
  const app = fastify(DRAINING_SERVER);
  const drain = serveHealth(app, { service: 'test', checks: {}, clock: { now: () => 'now' }, drainMs: 0 });
  let answer: Promise<string> | undefined;
  // As the WebSocket server does: its clients have some time to close.
  app.addHook('preClose', async () => {
    answer = new Promise((resolve) => socket.once('data', (data) => resolve(String(data))));
    socket.write(request);
    await answer;
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const request = 'GET /health HTTP/1.1\r\nhost: test\r\n\r\n';
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(request);
  await once(socket, 'data');
  await drain();
  expect(await answer).toMatch(/^HTTP\/1.1 200 OK.*connection: close/is);
});
