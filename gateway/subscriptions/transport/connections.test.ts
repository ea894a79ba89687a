/** Connections for subscriptions at the network level: refused, broken, silent, and behind proxies. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { smallFederation, type SmallFederation } from '../../testing/smallFederation.ts';

/** Shorter than the timeouts of connection_init and pings: a socket that closes earlier was closed for another reason. */
const SOON_MS = 2_500;
const HEADERS = 'host: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n';

let federation: SmallFederation;
const uncaught: unknown[] = [];
const onUncaught = (error: unknown) => void uncaught.push(error);
beforeEach(() => {
  uncaught.length = 0;
  process.on('uncaughtException', onUncaught);
});
afterEach(async () => {
  await federation.close();
  process.off('uncaughtException', onUncaught);
  expect(uncaught).toEqual([]);
});

async function start(changes: Parameters<typeof smallFederation>[0] = {}): Promise<void> {
  federation = await smallFederation(changes);
}

async function rawSocket(text: string): Promise<Socket> {
  const socket = connect({
    port: Number(new URL(federation.url).port),
    host: '127.0.0.1',
    allowHalfOpen: true,
  });
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}
const openConnections = () =>
  new Promise<number>((resolve) =>
    federation.gateway.app.server.getConnections((_, count) => resolve(count)),
  );

/** A client's socket; `closed` resolves to its close code. */
function client(forwardedFor?: string) {
  const socket = new WebSocket(federation.url.replace(/^http/, 'ws'), 'graphql-transport-ws', {
    headers: forwardedFor ? { 'x-forwarded-for': forwardedFor } : {},
  });
  const messages: string[] = [];
  socket.on('error', () => {});
  socket.on('message', (data: Buffer) => void messages.push(data.toString()));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  const opened = new Promise<void>((resolve) => socket.once('open', resolve));
  return {
    socket,
    messages,
    opened,
    closed,
    async init() {
      await opened;
      socket.send('{"type":"connection_init"}');
    },
    isAdmitted: () => messages.some((message) => message.includes('connection_ack')),
  };
}

describe('a refused upgrade', () => {
  it.each(['//', '///', '//[/', '/other', '*'])('to the target %s is answered with 404', async (target) => {
    await start();
    const socket = await rawSocket(`GET ${target} HTTP/1.1\r\n${HEADERS}\r\n`);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 404 /);
    socket.destroy();
  });

  it('ends its connection, even if the client keeps its half open', async () => {
    await start();
    const socket = await rawSocket(`GET /other HTTP/1.1\r\n${HEADERS}\r\n`);
    socket.resume();
    await once(socket, 'end');
    await expect.poll(openConnections).toBe(0);
    socket.destroy();
  });

  it('survives a reset by the client', async () => {
    await start({ cors: { origins: ['https://app.example'], allowsCredentials: false, maxAgeSeconds: 60 } });
    for (let count = 0; count < 40; count += 1) {
      const target = count % 2 === 0 ? '/other' : '/graphql';
      const socket = await rawSocket(
        `GET ${target} HTTP/1.1\r\norigin: https://evil.example\r\n${HEADERS}\r\n`,
      );
      if (count % 4 < 2) await once(socket.resume(), 'end');
      socket.resetAndDestroy();
    }
    await expect.poll(openConnections).toBe(0);
  });
});

describe('a request that offers another protocol than WebSocket', () => {
  const OFFER = 'connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAEAAEAA';
  const statusesOf = (text: string) =>
    [...text.matchAll(/HTTP\/1\.1 (\d+) [A-Z]/g)].map(([, status]) => status);

  it('is served as if it did not, its body too, however often', async () => {
    await start();
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => void warnings.push(warning);
    process.on('warning', onWarning);
    const socket = await rawSocket('');
    let received = '';
    socket.on('data', (data) => (received += String(data)));
    const body = JSON.stringify({ query: '{ room { name } }', more: 'x'.repeat(100_000) });
    for (let count = 1; count <= 12; count += 1) {
      socket.write(
        `POST /graphql HTTP/1.1\r\nhost: x\r\n${OFFER}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
      );
      socket.write(body.slice(0, 50_000));
      await new Promise((resolve) => setTimeout(resolve, 10));
      socket.write(body.slice(50_000));
      await expect.poll(() => statusesOf(received).length).toBe(count);
    }
    socket.write(`GET /health HTTP/1.1\r\nhost: x\r\n${OFFER}\r\n\r\n`);
    await expect.poll(() => statusesOf(received).length).toBe(13);
    expect(new Set(statusesOf(received))).toEqual(new Set(['200']));
    expect(received.match(/"name":"Room 0"/g)).toHaveLength(12);
    expect(received).toContain('"status":"ok"');
    expect(warnings).toEqual([]);
    process.off('warning', onWarning);
    socket.destroy();
  });
});

describe('a client', () => {
  it('that reuses the id of an operation is closed with 4409, however long the id', async () => {
    await start();
    const { socket, init, isAdmitted, closed } = client();
    await init();
    await expect.poll(isAdmitted).toBe(true);
    const payload = { query: 'subscription { painted { number } }' };
    const message = JSON.stringify({ type: 'subscribe', id: 'i'.repeat(1_000), payload });
    socket.send(message);
    socket.send(message);
    expect(await closed).toBe(4409);
  });

  it('that sends pings and never reads is disconnected', async () => {
    await start();
    const { socket, init, isAdmitted } = client();
    await init();
    await expect.poll(isAdmitted).toBe(true);
    socket.pause();
    const ping = JSON.stringify({ type: 'ping', payload: { text: 'x'.repeat(60_000) } });
    // More than the sockets' own buffers hold.
    for (let count = 0; count < 500; count += 1) socket.send(ping);
    await expect.poll(openConnections, { timeout: 8_000 }).toBe(0);
    socket.terminate();
  });
});

describe('silent clients', () => {
  it('are limited for each network: the oldest is disconnected, an initialized one is not', async () => {
    await start({ maxUninitializedPerNetwork: 3 });
    const speaker = client();
    await speaker.init();
    await expect.poll(speaker.isAdmitted).toBe(true);
    const silent = [];
    for (let count = 0; count < 5; count += 1) {
      const one = client();
      await one.opened;
      silent.push(one);
    }
    const late = new Promise((resolve) => setTimeout(resolve, SOON_MS, 'open'));
    const ends = await Promise.all(silent.map(({ closed }) => Promise.race([closed, late])));
    expect(ends).toEqual([1006, 1006, 'open', 'open', 'open']);
    expect(speaker.socket.readyState).toBe(WebSocket.OPEN);
    for (const { socket } of [speaker, ...silent]) socket.terminate();
  });

  it('of different networks behind a trusted proxy do not count together', async () => {
    await start({ maxUninitializedPerNetwork: 1, trustedProxies: ['127.0.0.1'] });
    const silent = [];
    for (const address of ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2']) {
      const one = client(address);
      await one.opened;
      silent.push(one);
    }
    const late = new Promise((resolve) => setTimeout(resolve, SOON_MS, 'open'));
    const ends = await Promise.all(silent.map(({ closed }) => Promise.race([closed, late])));
    // The last two are in the same /64.
    expect(ends).toEqual(['open', 'open', 1006, 'open']);
    for (const { socket } of silent) socket.terminate();
  });
});

describe('a connection without a session counts for its network', () => {
  const stream = (forwardedFor: string) =>
    fetch(`${federation.url}/stream`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        'x-forwarded-for': forwardedFor,
      },
      body: JSON.stringify({ query: 'subscription { painted { number } }' }),
    });

  it('as given by a trusted proxy', async () => {
    await start({ maxConnectionsPerUser: 1, trustedProxies: ['127.0.0.0/8'] });
    const [first, other, same] = [client('192.0.2.1'), client('192.0.2.2'), client('10.9.9.9, 192.0.2.1')];
    await first.init();
    await expect.poll(first.isAdmitted).toBe(true);
    await other.init();
    await expect.poll(other.isAdmitted).toBe(true);
    await same.init();
    expect(await same.closed).toBe(4429);
    expect((await stream('192.0.2.2')).status).toBe(429);
    const third = await stream('192.0.2.3');
    expect(third.status).toBe(200);
    await third.body!.cancel();
    for (const { socket } of [first, other]) socket.terminate();
  });

  it('and not as given by any other peer', async () => {
    await start({ maxConnectionsPerUser: 1 });
    const [first, other] = [client('192.0.2.1'), client('192.0.2.2')];
    await first.init();
    await expect.poll(first.isAdmitted).toBe(true);
    await other.init();
    expect(await other.closed).toBe(4429);
    first.socket.terminate();
  });
});
