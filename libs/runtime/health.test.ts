import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import { expect, it } from 'vitest';
import { serveHealth } from './health.ts';

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
