/**
 * Goodput and latency of production bundles under five times their capacity, for a minute. Clients and system have cores of their own: on
 * shared ones, five times the requests take CPU time from the system, which the capacity was measured with. Latency counts from when a
 * request was sent; how late it was sent is shown apart.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { federation } from '@libs/testing/federation';
import { afterAll, expect, it } from 'vitest';
import { daysAhead, mutate, setUpTenant } from '../testing/tenantSetup.ts';
import { moveToOwnCore } from './load.ts';
import { percentilesOf, reporter, say } from './report.ts';
import { NODE_OPTIONS } from './system.ts';

const report = reporter(import.meta.filename);
/** For measuring the capacity. */
const CLIENTS = 16;
const WARM_UP_MS = 30_000;
const CAPACITY_MS = 6_000;
const QUIET_MS = 6_000;
const OVERLOAD_MS = 60_000;
/** Left out of the figures: queues fill, connections are opened. */
const SETTLE_MS = 2_000;
/** In multiples of the capacity. */
const QUIET = 0.5;
const OVERLOAD = 5;
const TICK_MS = 5;
/** Requests wait for a free one. */
const CONNECTIONS = 1_000;
const RESOURCES = 40;

const vaga = await federation({
  nodeOptions: NODE_OPTIONS,
  variables: {
    ENVIRONMENT: 'production',
    CORS_ORIGINS: 'https://fit.example',
    SIGN_INS_PER_MINUTE: '1000000',
    RATE_LIMIT_USER: '1000000000',
    RATE_LIMIT_TENANT: '1000000000',
    RATE_LIMIT_ADDRESS: '1000000000',
    LOG_LEVEL: 'silent',
  },
});
const setup = await setUpTenant(vaga, await vaga.signIn());
const { token } = setup.admin;
const resourceIds: string[] = [];
for (let number = 0; number < RESOURCES; number += 1) {
  const input = { categoryId: setup.categoryId, name: `Sala ${number}` };
  resourceIds.push((await mutate(vaga, token, 'createResource', input, 'resource { id }')).resource.id);
}

// Far enough ahead for every booking of a run.
await vaga.data(
  'mutation { updateOrganizationSettings(input: { advanceBookingDays: 730 }) { userErrors { code } } }',
  {},
  { token },
);

say(`cores of the system: ${moveToOwnCore(vaga)}`);

let slot = 0;
const shapes: Record<string, () => string> = {
  'the cheapest query': () => JSON.stringify({ query: '{ me { id } }' }),
  'a day of slots': () =>
    JSON.stringify({
      query:
        'query ($id: ID!, $from: LocalDate!) { resource(id: $id) { id availability(from: $from) { slots { startTime endTime available } } } }',
      variables: { id: setup.resourceId, from: daysAhead(4, 6).slice(0, 'YYYY-MM-DD'.length) },
    }),
  createBooking: () => {
    const [resource, at] = [slot % RESOURCES, Math.floor(slot / RESOURCES)];
    slot += 1;
    const input = {
      resourceId: resourceIds[resource],
      startTime: daysAhead(4 + Math.floor(at / 15), 6 + (at % 15)),
      endTime: daysAhead(4 + Math.floor(at / 15), 7 + (at % 15)),
    };
    const query =
      'mutation ($input: CreateBookingInput!) { createBooking(input: $input) { booking { id } userErrors { code } } }';
    return JSON.stringify({ query, variables: { input } });
  },
};

type Answer = { lateMs: number; tookMs: number; outcome: 'served' | 'refused' | 'failed' };
type Client = { socket: Socket; text: string; done: (text: string) => void };

/** A minimal HTTP client: it shares the machine with what it measures. */
const idle: Client[] = [];
const due: ((client: Client) => void)[] = [];
let connections = 0;
function open(): void {
  connections += 1;
  const client: Client = { socket: connect(vaga.ports.gateway, '127.0.0.1'), text: '', done: () => {} };
  const { socket } = client;
  // The server closes those that are idle for long.
  socket.on('close', () => {
    connections -= 1;
    const at = idle.indexOf(client);
    if (at < 0) client.done('');
    else idle.splice(at, 1);
  });
  socket
    .setNoDelay(true)
    .setEncoding('latin1')
    .on('error', () => {});
  socket.once('connect', () => free(client));
  socket.on('data', (chunk: string) => {
    client.text += chunk;
    const end = client.text.indexOf('\r\n\r\n');
    const length = /content-length: (\d+)/i.exec(client.text)?.[1];
    if (end < 0 || client.text.length < end + 4 + Number(length)) return;
    client.done(client.text);
    free(client);
  });
}
function free(client: Client): void {
  client.text = '';
  const next = due.shift();
  if (next) next(client);
  else idle.push(client);
}
afterAll(() => idle.forEach(({ socket }) => socket.destroy()));

function exchange(body: string): Promise<{ text: string; sentMs: number }> {
  const head = `POST /graphql HTTP/1.1\r\nhost: vaga\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return new Promise((resolve) => {
    const use = (client: Client) => {
      const sentMs = performance.now();
      client.done = (text) => resolve({ text, sentMs });
      client.socket.write(head + body);
    };
    const client = idle.pop();
    if (client) return use(client);
    due.push(use);
    if (connections < CONNECTIONS) open();
  });
}

/** Neither answers nor refusals. */
const failures = new Set<string>();

async function send(body: string, dueMs: number): Promise<Answer> {
  const { text, sentMs } = await exchange(body);
  const times = { lateMs: sentMs - dueMs, tookMs: performance.now() - sentMs };
  if (text.includes('SERVICE_UNAVAILABLE') && /^retry-after: \d/im.test(text))
    return { ...times, outcome: 'refused' };
  if (text.includes('"id":"')) return { ...times, outcome: 'served' };
  failures.add(
    text
      .slice(text.indexOf('\r\n\r\n'))
      .trim()
      .replaceAll(/[\da-f]{32}/g, '…'),
  );
  return { ...times, outcome: 'failed' };
}

/** Each client sends its next request after the last answer. */
async function closedLoop(bodyOf: () => string, forMs: number): Promise<Answer[]> {
  const answers: Answer[] = [];
  const began = performance.now();
  const client = async () => {
    while (performance.now() - began < forMs) answers.push(await send(bodyOf(), performance.now()));
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return answers;
}

/** Sends requests without waiting for answers. */
async function openLoop(bodyOf: () => string, forMs: number, perSecond: number): Promise<Answer[]> {
  const sent: Promise<Answer>[] = [];
  const began = performance.now();
  for (let nowMs = 0; nowMs < forMs; nowMs = performance.now() - began) {
    while (sent.length < (nowMs / 1_000) * perSecond) {
      sent.push(send(bodyOf(), began + (sent.length / perSecond) * 1_000));
    }
    await sleep(TICK_MS);
  }
  return Promise.all(sent);
}

const of = (answers: Answer[], outcome: Answer['outcome']) =>
  answers.filter((one) => one.outcome === outcome).map(({ tookMs }) => tookMs);
function reportTimes(name: string, times: number[]): void {
  say(`${name}: ${times.length}`);
  if (times.length > 0) percentilesOf(name, times).forEach(report);
}

it.each(Object.keys(shapes))('%s', async (name) => {
  const bodyOf = shapes[name]!;
  await closedLoop(bodyOf, WARM_UP_MS);
  const capacity = of(await closedLoop(bodyOf, CAPACITY_MS), 'served').length / (CAPACITY_MS / 1_000);
  await sleep(2_000);
  const quiet = of(await openLoop(bodyOf, QUIET_MS, capacity * QUIET), 'served');
  report({ name: `capacity of ${name}`, unit: '/s', rounds: [capacity] });
  reportTimes(`${name} at ${QUIET} of it`, quiet);
  const began = performance.now();
  const sent = await openLoop(bodyOf, OVERLOAD_MS, capacity * OVERLOAD);
  const tookMs = performance.now() - began;
  const answers = sent.slice((sent.length * SETTLE_MS) / OVERLOAD_MS);
  const served = of(answers, 'served');
  const goodput = served.length / ((tookMs - SETTLE_MS) / 1_000) / capacity;
  const overloaded = `${name} at ${OVERLOAD} times`;
  report({ name: `${overloaded}, goodput`, unit: '% of the capacity', rounds: [goodput * 100] });
  reportTimes(`${overloaded}, served`, served);
  for (const outcome of ['refused', 'failed'] as const) {
    reportTimes(`${overloaded}, ${outcome}`, of(answers, outcome));
  }
  const late = answers.map(({ lateMs }) => lateMs);
  reportTimes(`${overloaded}, sent late by`, late);
  for (const failure of [...failures].slice(0, 5)) say(`  ${failure}`);
  expect(served.length).toBeGreaterThan(0);
});
