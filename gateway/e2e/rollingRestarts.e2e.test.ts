/**
 * Processes are restarted in turn under load: all of them with VAGA_SOAK=1, else those of the gateway and of bookings. There are two of
 * each, behind load balancers that watch /ready, as on Kubernetes. No request may fail, and each change must have its effects once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '@libs/db/ids';
import { PROCESSES, SUBGRAPHS, serviceUrlVariable, type ProcessName } from '@libs/runtime/subgraphs';
import { balancer, type Balancer } from '@libs/testing/balancer';
import { federation, type FederationProcess } from '@libs/testing/federation';
import { receiver } from '@subgraphs/tenant/tenant.fixtures';
import { Pool } from 'undici';
import { expect, it } from 'vitest';
import { CHANGE_COLUMNS, changesFor, resumingSubscriber } from '../testing/resumingSubscriber.ts';
import { slotsOf } from '../testing/freeSlots.ts';
import { mutate, setUpTenant } from '../testing/tenantSetup.ts';

/** Both of each are restarted, one after the other. */
const plan: { restarted: readonly ProcessName[]; rounds: number; requests: number } = process.env['VAGA_SOAK']
  ? { restarted: PROCESSES, rounds: 3, requests: 10_000 }
  : { restarted: ['booking', 'gateway'], rounds: 1, requests: 1_000 };
/** Between two requests of a client, at most. */
const PAUSE_MS = 40;
const CLIENTS = 8;
const SUBSCRIBERS = 6;
const RESOURCES = 12;
const CAUGHT_UP_MS = 60_000;

const balancers = {} as Record<ProcessName, Balancer>;
const vaga = await federation({
  replicas: PROCESSES,
  // Webhooks to localhost are for development only, which else does not wait for load balancers.
  variables: { DRAIN_SECONDS: '1.5' },
  async variablesFor({ ports }) {
    for (const name of PROCESSES) balancers[name] = await balancer([ports[name], ports[`${name}2`]]);
    return Object.fromEntries(
      SUBGRAPHS.map((name) => [serviceUrlVariable(name), `${balancers[name].url}/graphql`]),
    );
  },
});
const setup = await setUpTenant(vaga, await vaga.signIn());
const { token } = setup.admin;
const to = await receiver();

const settings = {
  advanceBookingDays: 730,
  bookingInterval: 5,
  workingHoursStart: '00:00',
  workingHoursEnd: '24:00',
  workingDays: ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'],
};
await vaga.data(
  'mutation ($input: OrganizationSettingsInput!) { updateOrganizationSettings(input: $input) { userErrors { code } } }',
  { input: settings },
  { token },
);
const resourceIds: string[] = [];
for (let number = 0; number < RESOURCES; number += 1) {
  const input = { categoryId: setup.categoryId, name: `Sala ${number}` };
  resourceIds.push((await mutate(vaga, token, 'createResource', input, 'resource { id }')).resource.id);
}
const nextSlot = slotsOf(resourceIds);

let requests = 0;
/** What the last restart was, for the failures. */
let underway = 'start';
const failures: string[] = [];
/** By booking. */
const made = new Map<string, 'CONFIRMED' | 'CANCELLED'>();

const CREATE =
  'mutation Create($input: CreateBookingInput!) { createBooking(input: $input) { booking { id status } userErrors { code } } }';
const CANCEL =
  'mutation Cancel($input: CancelBookingInput!) { cancelBooking(input: $input) { booking { id status } userErrors { code } } }';
const READ =
  'query Read($id: ID!) { booking(id: $id) { status resource { name category { name } } user { name } tenant { name } } }';
const LIST =
  'query List { bookings(first: 20) { nodes { id resource { name } client { name } } } me { id } }';
const SLOTS = `query Slots($id: ID!, $from: LocalDate!) { resource(id: $id) {
  name availability(from: $from) { slots { startTime available } } } }`;

// Assertions check the shape of the answers.
// oxlint-disable-next-line typescript/no-explicit-any
type Data = any;

/** A client with one connection, which it keeps or not. It sends each request once. */
function client(keepsConnection: boolean) {
  const pool = new Pool(balancers.gateway.url, { connections: 1 });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  /** Undefined if the request failed. */
  const send = async (query: string, variables: object = {}): Promise<Data> => {
    requests += 1;
    const body = JSON.stringify({ query, variables });
    const beganMs = performance.now();
    try {
      const answer = await pool.request({
        ...{ path: '/graphql', method: 'POST', headers, body },
        reset: !keepsConnection,
      });
      const text = await answer.body.text();
      if (answer.statusCode !== 200) throw new Error(`${answer.statusCode} ${text}`);
      const { data, errors } = JSON.parse(text) as { data: Data; errors?: unknown[] };
      if (errors || /"userErrors":\[\{/.test(text)) throw new Error(text.slice(0, 500));
      return data;
    } catch (error) {
      const tookMs = Math.round(performance.now() - beganMs);
      failures.push(`${underway}, after ${tookMs} ms: ${query.slice(0, 20)}: ${String(error)}`);
      return undefined;
    }
  };
  return { send, close: () => pool.close() };
}

async function load(number: number, isOver: () => boolean): Promise<void> {
  const { send, close } = client(number % 4 !== 3);
  for (let count = number; !isOver(); count += 1) {
    const input = { ...nextSlot(), idempotencyKey: newId() };
    const created = await send(CREATE, { input });
    const id: string | undefined = created?.createBooking.booking.id;
    if (id) made.set(id, 'CONFIRMED');
    if (id && count % 3 === 0) {
      const again = await send(CREATE, { input });
      if (again && again.createBooking.booking.id !== id) failures.push(`${id} was made twice`);
    }
    await sleep(Math.random() * PAUSE_MS);
    if (id) {
      const read = await send(READ, { id });
      if (read && read.booking.status !== 'CONFIRMED') failures.push(`${id} is ${read.booking.status}`);
    }
    await send(LIST);
    await sleep(Math.random() * PAUSE_MS);
    await send(SLOTS, { id: input.resourceId, from: input.startTime.slice(0, 'YYYY-MM-DD'.length) });
    if (id && count % 2 === 0) {
      const cancelled = await send(CANCEL, { input: { id } });
      if (cancelled) made.set(id, 'CANCELLED');
    }
    await sleep(Math.random() * PAUSE_MS);
  }
  await close();
}

async function restart(name: FederationProcess): Promise<void> {
  underway = name;
  await vaga.end(name);
  await vaga.start(name);
  // The load balancer must have seen that it is ready before the other one is restarted.
  await sleep(1_000);
}

const countOf = (ids: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
};

it(
  'no request fails and no change is lost or repeated while each process is restarted',
  { timeout: 600_000 },
  async () => {
    const events = ['BOOKING_CREATED', 'BOOKING_CANCELLED'];
    await mutate(vaga, token, 'createWebhook', { url: to.url, events }, 'webhook { id }');
    const subscribers = Array.from({ length: SUBSCRIBERS }, (_, number) =>
      resumingSubscriber({
        addresses: [balancers.gateway.url],
        token,
        transport: number % 3 === 2 ? 'event stream' : 'WebSocket',
      }),
    );
    let isOver = false;
    const clients = Array.from({ length: CLIENTS }, (_, number) => load(number, () => isOver));
    await expect
      .poll(() => subscribers.every((one) => one.hasCursor()), { timeout: CAUGHT_UP_MS })
      .toBe(true);
    const beganMs = performance.now();
    for (let round = 0; round < plan.rounds; round += 1) {
      for (const name of plan.restarted) {
        await restart(name);
        await restart(`${name}2`);
      }
    }
    underway = 'end';
    while (requests < plan.requests) await sleep(100);
    isOver = true;
    await Promise.all(clients);
    const seconds = Math.round((performance.now() - beganMs) / 1_000);

    const { sql } = vaga.databases.booking;
    const rowsLeft = async () => (await sql`select id from outbox where position is null`).length;
    await expect.poll(rowsLeft, { timeout: CAUGHT_UP_MS }).toBe(0);
    const rows = await sql<{ id: string; atMs: number; type: string; booking: string }[]>`
    select ${sql.unsafe(CHANGE_COLUMNS)}, event_type as type, payload::jsonb ->> 'booking_id' as booking from outbox
    where tenant_id = ${setup.tenantId} and event_type like 'booking.%' order by position`;
    const ours = rows.filter(({ booking }) => made.has(booking));
    const ids = ours.map(({ id }) => id).toSorted();

    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThanOrEqual(plan.requests);
    // Each booking was made once, and cancelled once or not at all.
    const expected = [...made].flatMap(([id, status]) =>
      status === 'CANCELLED'
        ? [`booking.cancelled ${id}`, `booking.created ${id}`]
        : [`booking.created ${id}`],
    );
    expect(ours.map(({ type, booking }) => `${type} ${booking}`).toSorted()).toEqual(expected.toSorted());

    // Each change reached the webhook once, and the statistics.
    await expect
      .poll(() => new Set(to.received.map(({ headers }) => headers['webhook-id'])).size, {
        timeout: CAUGHT_UP_MS,
      })
      .toBe(ids.length);
    expect(to.received.map(({ headers }) => String(headers['webhook-id'])).toSorted()).toEqual(ids);
    const stats = async () => {
      let [created, cancelled] = [0, 0];
      for (const id of resourceIds) {
        const query =
          'query ($id: ID!) { resource(id: $id) { stats { bookingsCreated bookingsCancelled } } }';
        const { resource } = await vaga.data(query, { id }, { token });
        created += resource.stats.bookingsCreated;
        cancelled += resource.stats.bookingsCancelled;
      }
      return { created, cancelled };
    };
    const cancelled = [...made.values()].filter((status) => status === 'CANCELLED').length;
    await expect.poll(stats, { timeout: CAUGHT_UP_MS }).toEqual({ created: made.size, cancelled });

    // And each subscriber once.
    const last = ours.at(-1)!.id;
    await expect
      .poll(() => subscribers.every(({ received }) => received.includes(last)), { timeout: CAUGHT_UP_MS })
      .toBe(true);
    await Promise.all(subscribers.map((one) => one.stop()));
    for (const one of subscribers) {
      expect(one.problems).toEqual([]);
      const due = changesFor(one, rows).map(({ id }) => id);
      expect(one.received.toSorted()).toEqual(due.toSorted());
    }
    const codes = countOf(subscribers.flatMap(({ closeCodes }) => closeCodes.map(String)));
    const shares = PROCESSES.map(
      (name) => `${name} ${[...balancers[name].connections.values()].join(' + ')}`,
    );
    process.stdout.write(
      `${requests} requests, ${made.size} bookings, ${ids.length} changes in ${seconds} s; close codes ${JSON.stringify([...codes])}; connections: ${shares.join(', ')}\n`,
    );
  },
);
