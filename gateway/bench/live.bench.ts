/**
 * The cost of a change for 2,000 subscribers, or BENCH_SUBSCRIBERS: in one shared execution, beside the same bytes from a plain graphql-ws
 * server; in 200, and unshared.
 */
import { execFileSync } from 'node:child_process';
import { createServer, request as forward } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { federation } from '@libs/testing/federation';
import { afterAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { mutate, setUpTenant } from '../testing/tenantSetup.ts';
import { median, reporter, say } from './report.ts';
import { startProgram } from './startProgram.ts';

const report = reporter(import.meta.filename);
const CLIENTS = Number(process.env['BENCH_SUBSCRIBERS'] ?? 2_000);
/** Without sharing a change is executed for each client. */
const MAX_UNSHARED = 2_000;
const FILTERS = 200;
/** The median of these counts. */
const CHANGES = 5;
const CONCURRENT_OPENS = 100;
/** No message for so long: no more are coming. */
const QUIET_MS = 2_000;
const KIB_OF_MIB = 1_024;

/** Counts the fetches of subscriptions from the user subgraph: one per execution. */
let executions = 0;
let userPort: (port: number) => void = () => {};
const target = new Promise<number>((resolve) => (userPort = resolve));
const proxy = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  if (body.includes('Bench')) executions += 1;
  const { url, method, headers } = request;
  const onward = forward({ port: await target, path: url, method, headers }, (answer) => {
    response.writeHead(answer.statusCode!, answer.headers);
    answer.pipe(response);
  });
  onward.end(body);
});
proxy.listen(0, '127.0.0.1');
await once(proxy, 'listening');
afterAll(() => void proxy.close());

const vaga = await federation({
  variables: {
    LOG_LEVEL: 'fatal',
    CONNECTIONS_PER_USER: String(2 * CLIENTS),
    USER_SERVICE_URL: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/graphql`,
  },
});
userPort(vaga.ports.user);
const setup = await setUpTenant(vaga, await vaga.signIn());

const subscription = (name: string) => `subscription ${name}($filter: BookingChangeFilter) {
  bookingChanged(filter: $filter) { cursor booking { id version notes resource { name } user { name } } }
}`;

/** `failed`: events with errors; `data`: of the last one. */
type Crowd = {
  received: () => number;
  failed: () => number;
  data: () => object;
  close: () => Promise<void>;
};
type SubscriptionRequest = { query: string; variables?: object };

/** Bare sockets, to measure the gateway rather than the clients. */
async function crowd(
  requestOf: (number: number) => SubscriptionRequest | undefined,
  port = vaga.ports.gateway,
): Promise<Crowd> {
  let received = 0;
  let failed = 0;
  let last: Buffer;
  const sockets: WebSocket[] = [];
  const open = async (number: number): Promise<void> => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws');
    sockets.push(socket);
    await once(socket, 'open');
    socket.send(
      JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${setup.admin.token}` } }),
    );
    await once(socket, 'message');
    const request = requestOf(number);
    socket.on('message', (data: Buffer) => {
      if (!data.includes('"type":"next"')) return;
      received += 1;
      last = data;
      if (data.includes('"errors":')) failed += 1;
    });
    if (request) socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: request }));
  };
  for (let first = 0; first < CLIENTS; first += CONCURRENT_OPENS) {
    await Promise.all(Array.from({ length: CONCURRENT_OPENS }, (_, index) => open(first + index)));
  }
  return {
    received: () => received,
    failed: () => failed,
    data: () => (JSON.parse(last.toString()) as { payload: { data: object } }).payload.data,
    async close() {
      await Promise.all(
        sockets.map(async (socket) => {
          socket.close();
          await once(socket, 'close');
        }),
      );
    },
  };
}

let changeNumber = 0;
/** How long after `send` something reaches the last client. */
async function lastAfter(send: () => unknown, to: Crowd): Promise<number> {
  const before = to.received();
  await send();
  const sent = performance.now();
  while (to.received() < before + CLIENTS) await sleep(1);
  return performance.now() - sent;
}

async function change(): Promise<void> {
  changeNumber += 1;
  await mutate(
    vaga,
    setup.admin.token,
    'updateBooking',
    { id: setup.bookingId, notes: `change ${changeNumber}` },
    'booking { id }',
  );
}

const residentKiB = () =>
  Number(execFileSync('ps', ['-o', 'rss=', '-p', String(vaga.pidOf('gateway'))], { encoding: 'utf8' }));

/** Waits until each client gets a change exactly once. */
async function settle(to: Crowd): Promise<void> {
  for (let received = -1; received !== CLIENTS;) {
    const before = to.received();
    changeNumber += 1;
    const input = { id: setup.bookingId, notes: `is every client subscribed? ${changeNumber}` };
    await mutate(vaga, setup.admin.token, 'updateBooking', input, 'booking { id }');
    for (let last = -1; last !== to.received();) {
      last = to.received();
      await sleep(QUIET_MS);
    }
    received = to.received() - before;
  }
}

/** The same bytes, sent by a plain graphql-ws server. */
async function echoed(data: object): Promise<number[]> {
  const echo = await startProgram('echo.ts', {}, 1);
  const to = await crowd(() => ({ query: 'subscription { echo }' }), Number(new URL(echo.url).port));
  // Subscribed once all of them have got something.
  await sleep(QUIET_MS);
  await lastAfter(() => echo.send(data), to);
  const times: number[] = [];
  for (let count = 0; count < CHANGES; count += 1) times.push(await lastAfter(() => echo.send(data), to));
  await to.close();
  return times;
}

async function measured(
  name: string,
  requestOf: (number: number) => SubscriptionRequest,
  { withEcho = false } = {},
) {
  const to = await crowd(requestOf);
  await settle(to);
  const failedBefore = to.failed();
  executions = 0;
  const times: number[] = [];
  for (let count = 0; count < CHANGES; count += 1) times.push(await lastAfter(change, to));
  const each = executions / CHANGES;
  const failures = to.failed() - failedBefore;
  const data = to.data();
  await to.close();
  const echoes = withEcho ? [{ name: 'graphql-ws alone', rounds: await echoed(data) }] : [];
  report({
    name: `${name}, last of ${CLIENTS} clients after the answer`,
    unit: 'ms',
    rounds: times,
    beside: echoes,
  });
  report({ name: `${name}, executions of a change`, unit: '', rounds: [each] });
  say(`${failures} answers incomplete`);
  return { executions: each, ms: median(times), failures };
}

it(`sends a change to ${CLIENTS} clients`, async () => {
  const empty = residentKiB();
  const idle = await crowd(() => undefined);
  const connected = residentKiB();
  await idle.close();
  const subscribed = await crowd(() => ({ query: subscription('BenchIdle') }));
  await settle(subscribed);
  const full = residentKiB();
  await subscribed.close();
  report({ name: 'memory of the gateway alone', unit: 'MiB', rounds: [empty / KIB_OF_MIB] });
  report({ name: 'memory of a connection', unit: 'KiB', rounds: [(connected - empty) / CLIENTS] });
  report({ name: 'memory of an idle subscriber', unit: 'KiB', rounds: [(full - empty) / CLIENTS] });

  const shared = await measured('one operation, shared', () => ({ query: subscription('Bench') }), {
    withEcho: true,
  });
  // Equivalent but unequal filters.
  const filters = await measured(`${FILTERS} filters`, (number) => ({
    query: subscription('Bench'),
    variables: { filter: { types: Array.from({ length: 1 + (number % FILTERS) }, () => 'UPDATED') } },
  }));
  const times = (one: { ms: number }) => (one.ms / Math.max(shared.ms, 1)).toFixed(1);
  say(`against shared: ${times(filters)} times as long with ${FILTERS} filters`);
  if (CLIENTS <= MAX_UNSHARED) {
    // Different operation names are never shared.
    const alone = await measured('sharing off', (number) => ({ query: subscription(`Bench${number}`) }));
    say(`against shared: ${times(alone)} times as long without sharing`);
  }
  expect(shared.executions).toBe(1);
  expect(shared.failures).toBe(0);
  expect(filters.executions).toBe(FILTERS);
});
