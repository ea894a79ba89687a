import { keyring } from '@libs/auth/keys';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PASSPORT_HEADER, PASSPORT_REUSE_MS, passports } from '@libs/auth/passport';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { SUBGRAPH_TIMEOUT_MS, subgraphClient } from './subgraphClient.ts';

const SECRET = 'a secret of at least thirty-two characters';
const keys = keyring(SECRET);
const passport = passports(keys, 'booking');
/** The passports that the called subgraph accepts. */
const accepted = passports(keys, 'tenant', ['booking']);
const received: string[] = [];
/** A subgraph that records the passports it receives. */
const server = createServer((request, response) => {
  received.push(String(request.headers[PASSPORT_HEADER]));
  request.resume().on('end', () => response.end('{"data":{"_entities":[null]}}'));
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise<unknown>((resolve) => server.close(resolve)));

it('shows one passport of its own until it is half spent, then another', async () => {
  const { port } = server.address() as AddressInfo;
  const client = subgraphClient(`http://127.0.0.1:${port}/graphql`, {
    name: 'booking',
    audience: 'tenant',
    passports: passport,
  });
  const sendQuery = () => client.entities('User', '{ id }', ['1']);
  const clock = vi.spyOn(performance, 'now');
  try {
    const startMs = performance.now();
    clock.mockImplementation(() => startMs);
    await sendQuery();
    // A passport of another second has another text.
    await expect
      .poll(async () => (await passport.mint(CALLER, 'tenant')) !== received[0], { timeout: 3_000 })
      .toBe(true);
    await sendQuery();
    clock.mockImplementation(() => startMs + PASSPORT_REUSE_MS + 1);
    await sendQuery();
  } finally {
    clock.mockRestore();
    await client.close();
  }
  expect(received[1]).toBe(received[0]);
  expect(received[2]).not.toBe(received[0]);
  for (const one of received) expect(await accepted.verify(one)).toEqual(CALLER);
});

const CALLER = { kind: 'service', name: 'booking' } as const;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** A subgraph that answers with `handle`, and counts its requests. */
async function subgraphWith(
  handle: (request: IncomingMessage, response: ServerResponse, count: number) => void,
) {
  let count = 0;
  const subgraph = createServer((request, response) => {
    if (request.url === '/health') return void response.end('{}');
    request.resume().on('end', () => handle(request, response, (count += 1)));
  });
  await new Promise<void>((resolve) => subgraph.listen(0, '127.0.0.1', resolve));
  const { port } = subgraph.address() as AddressInfo;
  const client = subgraphClient(`http://127.0.0.1:${port}/graphql`, {
    name: 'booking',
    audience: 'tenant',
    passports: passport,
  });
  closing.push(
    () => new Promise((resolve) => subgraph.close(resolve)),
    () => subgraph.closeAllConnections(),
    client.close,
  );
  const codeOf = (query: string) =>
    client.query<{ a: number }>(query, {}).then(
      ({ a }) => a,
      (error: { code: string }) => error.code,
    );
  return { codeOf, count: () => count };
}

it(
  'sends a query that times out only once',
  async () => {
    const { codeOf, count } = await subgraphWith(() => {});
    expect(await codeOf('{ a }')).toBe('SERVICE_UNAVAILABLE');
    expect(count()).toBe(1);
  },
  4 * SUBGRAPH_TIMEOUT_MS,
);

it('retries a query once if the connection breaks, and not if the response is an error', async () => {
  const broken = await subgraphWith((request, response, count) => {
    if (count === 1) request.socket.destroy();
    else response.end('{"data":{"a":1}}');
  });
  expect(await broken.codeOf('{ a }')).toBe(1);
  expect(broken.count()).toBe(2);
  const refusing = await subgraphWith((_request, response) => {
    response.writeHead(503);
    response.end('{"errors":[{"message":"no","extensions":{"code":"SERVICE_UNAVAILABLE"}}]}');
  });
  expect(await refusing.codeOf('{ a }')).toBe('SERVICE_UNAVAILABLE');
  expect(refusing.count()).toBe(1);
});
