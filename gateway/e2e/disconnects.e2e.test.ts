/**
 * Subscribers are disconnected repeatedly while bookings change and Redis, gateways and booking subgraphs fail; each resumes at its
 * cursor.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { rm } from 'node:fs/promises';
import { federation } from '@libs/testing/federation';
import { testFolder } from '@libs/testing/folders';
import { startRedis } from '@scripts/dev/servers/redisServer';
import { afterAll, expect, it } from 'vitest';
import {
  CHANGE_COLUMNS,
  changesFor,
  resumingSubscriber,
  type ResumingSubscriber,
} from '../testing/resumingSubscriber.ts';
import { daysAhead, mutate, setUpTenant } from '../testing/tenantSetup.ts';

/** `cuts` are spread over `seconds`; `pauseMs` is the longest pause of a writer. */
const plan = process.env['VAGA_SOAK']
  ? { subscribers: 20, cuts: 200, seconds: 120, pauseMs: 150, redisOutagesMs: [5_000, 500] }
  : { subscribers: 20, cuts: 200, seconds: 14, pauseMs: 60, redisOutagesMs: [1_500] };
const WRITERS = 6;
const BOOKINGS_PER_WRITER = 4;
const CAUGHT_UP_MS = 30_000;

const dataDir = await testFolder();
let redis = await startRedis({ dataDir, appendOnly: false });
afterAll(() => redis.stop());
const vaga = await federation({
  redisUrl: redis.url,
  replicas: ['booking', 'gateway'],
  // Outages are intended.
  variables: { LOG_LEVEL: 'fatal' },
});
const addresses = [vaga.ports.gateway, vaga.ports.gateway2].map((port) => `http://127.0.0.1:${port}`);
const setup = await setUpTenant(vaga, await vaga.signIn());

let booked = 0;
async function book(): Promise<string> {
  booked += 1;
  const [day, hour] = [8 + Math.floor(booked / 14), 7 + (booked % 14)];
  const input = {
    resourceId: setup.resourceId,
    startTime: daysAhead(day, hour),
    endTime: daysAhead(day, hour + 1),
  };
  return (await mutate(vaga, setup.admin.token, 'createBooking', input, 'booking { id }')).booking.id;
}

/** Uses both gateways in turn, and ignores one that is down. */
async function writer(number: number, ids: readonly string[], isOver: () => boolean): Promise<void> {
  for (let round = number; !isOver(); round += 1) {
    const query = `mutation ($input: UpdateBookingInput!) { updateBooking(input: $input) { userErrors { code } } }`;
    const input = { id: ids[round % ids.length], notes: `change ${round}` };
    await fetch(`${addresses[round % addresses.length]}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${setup.admin.token}` },
      body: JSON.stringify({ query, variables: { input } }),
    }).catch(() => {});
    await sleep(Math.random() * plan.pauseMs);
  }
}

async function disconnectAll(subscribers: ResumingSubscriber[]): Promise<void> {
  const pauseMs = (plan.seconds * 1_000) / plan.cuts;
  for (let cut = 0; cut < plan.cuts; cut += 1) {
    subscribers[cut % subscribers.length]!.cutNow();
    await sleep(pauseMs * Math.random() * 2);
  }
}

async function failAndRecover(): Promise<void> {
  for (const outageMs of plan.redisOutagesMs) {
    const { port } = redis;
    await redis.kill();
    await rm(dataDir, { recursive: true, force: true });
    await sleep(outageMs);
    redis = await startRedis({ dataDir, port, appendOnly: false });
  }
  // Both at the same time.
  await Promise.all([vaga.end('booking2', 'SIGKILL'), vaga.end('gateway')]);
  await Promise.all([vaga.start('booking2'), vaga.start('gateway')]);
  await vaga.end('booking');
  await vaga.start('booking');
}

it(`sends every change in order to each of ${plan.subscribers} subscribers that are disconnected ${plan.cuts} times`, async () => {
  const subscribers = Array.from({ length: plan.subscribers }, (_, number) =>
    resumingSubscriber({
      // Alternates between the gateways.
      addresses: number % 2 ? addresses : addresses.toReversed(),
      token: number % 4 === 3 ? setup.manager.token : setup.admin.token,
      transport: number % 5 === 4 ? 'event stream' : 'WebSocket',
    }),
  );
  await expect
    .poll(
      async () => {
        await book();
        return subscribers.every((one) => one.hasCursor());
      },
      { timeout: CAUGHT_UP_MS, interval: 500 },
    )
    .toBe(true);
  let isOver = false;
  const owned: string[][] = [];
  for (let number = 0; number < WRITERS; number += 1) {
    owned.push([]);
    for (let at = 0; at < BOOKINGS_PER_WRITER; at += 1) owned[number]!.push(await book());
  }
  const writers = owned.map((ids, number) => writer(number, ids, () => isOver));
  await Promise.all([disconnectAll(subscribers), failAndRecover()]);
  isOver = true;
  await Promise.all(writers);

  // The outbox has all changes, in commit order.
  const { sql } = vaga.databases.booking;
  const rowsLeft = async () => (await sql`select id from outbox where position is null`).length;
  await expect.poll(rowsLeft, { timeout: CAUGHT_UP_MS }).toBe(0);
  const rows = await sql<{ id: string; atMs: number; booking: string }[]>`
    select ${sql.unsafe(CHANGE_COLUMNS)}, payload::jsonb ->> 'booking_id' as booking from outbox
    where tenant_id = ${setup.tenantId} and event_type like 'booking.%' order by position`;
  const bookingOf = new Map(rows.map(({ id, booking }) => [id, booking]));
  const last = rows.at(-1)!.id;
  await expect
    .poll(() => subscribers.filter(({ received }) => !received.includes(last)).length, {
      timeout: CAUGHT_UP_MS,
    })
    .toBe(0);
  await Promise.all(subscribers.map((one) => one.stop()));

  let repeated = 0;
  const faults = { missed: 0, outOfOrder: 0, unknown: 0 };
  for (const one of subscribers) {
    const { received } = one;
    const first = new Set(received);
    repeated += received.length - first.size;
    const expected = changesFor(one, rows).map(({ id }) => id);
    faults.missed += expected.filter((id) => !first.has(id)).length;
    faults.unknown += received.filter((id) => !bookingOf.has(id)).length;
    const orderOf = (ids: Iterable<string>) => {
      const byBooking = new Map<string, string[]>();
      for (const id of ids) {
        const booking = bookingOf.get(id)!;
        byBooking.set(booking, [...(byBooking.get(booking) ?? []), id]);
      }
      return byBooking;
    };
    const inOrder = orderOf(expected);
    for (const [booking, ids] of orderOf(first)) {
      if (ids.join() !== inOrder.get(booking)?.join()) faults.outOfOrder += 1;
    }
  }
  const cuts = subscribers.reduce((sum, one) => sum + one.cuts(), 0);
  process.stdout.write(`${rows.length} changes, ${cuts} cuts, ${repeated} repeated\n`);
  expect(faults).toEqual({ missed: 0, outOfOrder: 0, unknown: 0 });
  expect(subscribers.flatMap(({ problems }) => problems)).toEqual([]);
  expect(cuts).toBe(plan.cuts);
  expect(rows.length).toBeGreaterThan(WRITERS * BOOKINGS_PER_WRITER * 3);
}, 300_000);
