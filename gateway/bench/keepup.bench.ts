/** Whether events are consumed as fast as bookings are made, at a steady rate that does not wait for answers. */
import { setTimeout as sleep } from 'node:timers/promises';
import { streamStatus } from '@libs/events/operate/eventStatus';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { Redis } from 'ioredis';
import { Pool } from 'undici';
import { afterAll, expect, it } from 'vitest';
import { post } from './load.ts';
import { percentilesOf, reporter, say } from './report.ts';
import { benchSystem, CREATE_BOOKING, drained } from './system.ts';
import { slotsOf } from '../testing/freeSlots.ts';

const report = reporter(import.meta.filename);
const BOOKINGS_PER_SECOND = Number(process.env['BENCH_KEEPUP_PER_SECOND'] ?? 300);
const KEEPUP_MS = Number(process.env['BENCH_KEEPUP_MS'] ?? 60_000);
const WARM_UP_SHARE = 0.25;
const TICK_MS = 5;
const CONNECTIONS = 256;
const RESOURCES = 40;
const STREAM = 'booking-events';
const SETTLE_MS = 1_000;

const { vaga, token, resourceIds } = await benchSystem({ resources: RESOURCES });
const { databases } = vaga;
const nextSlot = slotsOf(resourceIds);
const target = new Pool(vaga.url, { connections: CONNECTIONS });
const redis = new Redis(vaga.redisUrl, { protocol: 2 });
afterAll(async () => {
  await target.close();
  redis.disconnect();
});

async function create(): Promise<boolean> {
  const body = JSON.stringify({ query: CREATE_BOOKING, variables: { input: nextSlot() } });
  return post(target, body, token, '"booking":{"id"').then(
    () => true,
    () => false,
  );
}

/** Sends at the steady rate. Resolves once all is answered. */
async function openLoop(forMs: number): Promise<{ made: number; failed: number }> {
  const sent: Promise<boolean>[] = [];
  const began = performance.now();
  for (let nowMs = 0; nowMs < forMs; nowMs = performance.now() - began) {
    while (sent.length < (nowMs / 1_000) * BOOKINGS_PER_SECOND) sent.push(create());
    await sleep(TICK_MS);
  }
  const answers = await Promise.all(sent);
  const made = answers.filter(Boolean).length;
  return { made, failed: answers.length - made };
}

type Lags = Record<string, number>;

/** Events of bookings that each consumer group has not consumed: in the outbox, in the stream, or in the group's inbox. */
async function lags(): Promise<Lags> {
  const [unpublished] = await databases.booking.sql<{ count: number }[]>`
    select count(*)::int as count from outbox
    where position is null or position > (select published from outbox_relay)`;
  const { groups } = (await streamStatus(redis)).find(({ stream }) => stream === STREAM)!;
  const lags: Lags = {};
  for (const { name, lag, pending } of groups) {
    // The group of the audit trail is the only one whose name does not begin with its subgraph's.
    const subgraph = SUBGRAPHS.find((one) => name.startsWith(one)) ?? 'tenant';
    const [inbox] = await databases[subgraph].sql<{ count: number }[]>`
      select count(*)::int as count from inbox where stream = ${STREAM} and consumer_group = ${name}`;
    lags[name] = unpublished!.count + (lag ?? 0) + pending + inbox!.count;
  }
  return lags;
}

/** From the event, which is just before its commit, to the transaction of its effect, by consumer group; in milliseconds. */
async function effectTimes(since: number): Promise<Map<string, number[]>> {
  const events = await databases.booking.sql<{ id: string; ms: number }[]>`
    select id, extract(epoch from occurred_at)::float8 * 1000 as ms from outbox
    where occurred_at >= to_timestamp(${since / 1_000}::float8)`;
  const occurredMs = new Map(events.map(({ id, ms }) => [id, ms]));
  const times = new Map<string, number[]>();
  for (const name of SUBGRAPHS) {
    const effects = await databases[name].sql<{ group: string; id: string; ms: number }[]>`
      select consumer_group as group, event_id as id, extract(epoch from consumed_at)::float8 * 1000 as ms
      from consumed_events`;
    for (const { group, id, ms } of effects) {
      const occurred = occurredMs.get(id);
      if (occurred === undefined) continue;
      if (!times.has(group)) times.set(group, []);
      times.get(group)!.push(ms - occurred);
    }
  }
  return times;
}

it('keepup', async () => {
  await openLoop(KEEPUP_MS * WARM_UP_SHARE);
  await drained(vaga);
  const began = Date.now();
  const { made, failed } = await openLoop(KEEPUP_MS);
  const seconds = (Date.now() - began) / 1_000;
  const atEnd = await lags();
  await sleep(SETTLE_MS);
  const later = await lags();
  const name = `${BOOKINGS_PER_SECOND} createBooking a second`;
  report({ name: `${name}: made`, unit: '/s', rounds: [made / seconds] });
  report({ name: `${name}: refused`, unit: '', rounds: [failed] });
  for (const [group, lag] of Object.entries(atEnd)) {
    report({ name: `lag of ${group} at the end`, unit: 'events', rounds: [lag] });
    report({ name: `lag of ${group} ${SETTLE_MS / 1_000} s after`, unit: 'events', rounds: [later[group]!] });
  }
  await drained(vaga);
  for (const [group, times] of await effectTimes(began)) {
    percentilesOf(`event to effect of ${group}`, times).forEach(report);
    say(`${times.length} effects`);
    expect(times).toHaveLength(made);
  }
});
