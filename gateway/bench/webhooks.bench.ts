/** Webhook deliveries to many receivers beside the same requests by undici alone. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { afterAll, expect, it } from 'vitest';
import { mutate } from '../testing/tenantSetup.ts';
import { post, ROUNDS } from './load.ts';
import { reporter } from './report.ts';
import { benchSystem, CREATE_BOOKING, slotsOf } from './system.ts';

const report = reporter(import.meta.filename);
const RECEIVERS = 50;
const EVENTS = 100;
const DELIVERIES = RECEIVERS * EVENTS;
/** As many at once as a process of the tenant subgraph sends. */
const PARALLEL_REQUESTS = 128;
const CLIENTS = 8;

// Production refuses receivers on the loopback interface.
const { vaga, token, target, resourceIds } = await benchSystem({
  resources: 10,
  variables: { ENVIRONMENT: 'development' },
});
const nextSlot = slotsOf(resourceIds);

type Received = { url: string; headers: IncomingHttpHeaders; body: string; atMs: number };
let received: Received[] = [];
let onLast = () => {};

async function startReceiver(): Promise<string> {
  let url = '';
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      response.writeHead(204).end();
      const body = Buffer.concat(parts).toString();
      received.push({ url, headers: request.headers, body, atMs: performance.now() });
      if (received.length === DELIVERIES) onLast();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(() => void server.close());
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return url;
}

/** Deliveries a second between the first and the last that is received while `send` runs. */
async function rateOf(send: () => Promise<unknown>): Promise<number> {
  received = [];
  const last = new Promise<void>((resolve) => (onLast = resolve));
  await send();
  await last;
  return (received.length / (received.at(-1)!.atMs - received[0]!.atMs)) * 1_000;
}

/** Bookings whose events wait while the tenant subgraph is down. */
async function ofBookings(): Promise<void> {
  await vaga.end('tenant');
  const slots = Array.from({ length: EVENTS }, nextSlot);
  const book = async () => {
    for (let input = slots.pop(); input; input = slots.pop()) {
      const body = JSON.stringify({ query: CREATE_BOOKING, variables: { input } });
      await post(target, body, token, '"booking":{"id"');
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, book));
  await vaga.start('tenant');
}

async function ofUndici(requests: readonly Received[]): Promise<void> {
  const pools = new Map(requests.map(({ url }) => [url, new Pool(url)]));
  const waiting = [...requests];
  const send = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const { host: _, connection: _connection, 'content-length': _length, ...headers } = next.headers;
      const pool = pools.get(next.url)!;
      const answer = await pool.request({ path: '/', method: 'POST', headers, body: next.body });
      await answer.body.dump();
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_REQUESTS }, send));
  await Promise.all([...pools.values()].map((pool) => pool.close()));
}

it('webhooks', async () => {
  for (let number = 0; number < RECEIVERS; number += 1) {
    const input = {
      url: await startReceiver(),
      events: ['BOOKING_CREATED'],
      secret: 'a secret to sign with',
    };
    await mutate(vaga, token, 'createWebhook', input, 'webhook { id }');
  }
  const [ours, undici]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    ours.push(await rateOf(ofBookings));
    const requests = received;
    expect(new Set(requests.map(({ url, headers }) => `${url} ${String(headers['webhook-id'])}`)).size).toBe(
      DELIVERIES,
    );
    undici.push(await rateOf(() => ofUndici(requests)));
  }
  report({
    name: 'deliveries',
    unit: '/s',
    rounds: ours,
    beside: [{ name: 'undici alone', rounds: undici }],
  });
});
