/** createBooking through the gateway beside the raw insert of a booking and its outbox row, and the CPU until everything is consumed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '@libs/db/ids';
import { federation } from '@libs/testing/federation';
import postgres from 'postgres';
import { afterAll, expect, it } from 'vitest';
import { mutate, setUpTenant } from '../testing/tenantSetup.ts';
import {
  NODE_OPTIONS,
  PARALLEL_CLIENTS,
  cpuByProcess,
  cpuPerOperation,
  median,
  pool,
  post,
  rateOf,
  say,
  spreadOf,
} from './load.ts';

const WARM_UP_MS = Number(process.env['BENCH_WARM_UP_MS'] ?? 15_000);
const ROUND_MS = Number(process.env['BENCH_ROUND_MS'] ?? 5_000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const RESOURCES = 40;
const MINUTE_MS = 60_000;

const vaga = await federation({
  variables: {
    ENVIRONMENT: 'production',
    CORS_ORIGINS: 'https://fit.example',
    LOG_LEVEL: 'silent',
  },
  nodeOptions: NODE_OPTIONS,
});
const setup = await setUpTenant(vaga, await vaga.signIn());
const { token } = setup.admin;
// A grid of five minutes around the clock: distinct slots for every booking of a run.
const input = {
  advanceBookingDays: 730,
  bookingInterval: 5,
  workingHoursStart: '00:00',
  workingHoursEnd: '24:00',
  workingDays: ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'],
};
await vaga.data(
  'mutation ($input: OrganizationSettingsInput!) { updateOrganizationSettings(input: $input) { userErrors { code message } } }',
  { input },
  { token },
);
const resourceIds: string[] = [];
for (let number = 0; number < RESOURCES; number += 1) {
  const resource = { categoryId: setup.categoryId, name: `Sala ${number}` };
  resourceIds.push((await mutate(vaga, token, 'createResource', resource, 'resource { id }')).resource.id);
}

const target = pool(vaga);
const raw = postgres(vaga.databases.booking.url, { max: PARALLEL_CLIENTS, onnotice: () => {} });
afterAll(async () => {
  await Promise.all([target.close(), raw.end()]);
});

const QUERY =
  'mutation ($input: CreateBookingInput!) { createBooking(input: $input) { booking { id } userErrors { code message } } }';
const firstMs = Math.ceil(Date.now() / (60 * MINUTE_MS)) * 60 * MINUTE_MS + 2 * 24 * 60 * MINUTE_MS;
let slot = 0;
/** A slot that no booking has: [resource, start, end]. */
function nextSlot(): [string, string, string] {
  const start = firstMs + Math.floor(slot / RESOURCES) * 5 * MINUTE_MS;
  const resourceId = resourceIds[slot % RESOURCES]!;
  slot += 1;
  return [resourceId, new Date(start).toISOString(), new Date(start + 5 * MINUTE_MS).toISOString()];
}

async function createOne(): Promise<void> {
  const [resourceId, startTime, endTime] = nextSlot();
  const body = JSON.stringify({ query: QUERY, variables: { input: { resourceId, startTime, endTime } } });
  await post(target, body, token, '"booking":{"id"');
}

// Copies, so that the raw rows are not announced.
await raw`create table raw_bookings (like bookings including all)`;
await raw`create table raw_outbox (like outbox including all)`;
const columns = await raw<{ name: string }[]>`
  select column_name as name from information_schema.columns
  where table_name = 'bookings' and is_generated = 'NEVER' and is_identity = 'NO'`;
const copied = columns
  .map(({ name }) => name)
  .filter((name) => !['id', 'resource_id', 'start_time', 'end_time', 'arrival'].includes(name))
  .join(', ');
/** The least that a booking costs: its row and its event in one statement. */
const INSERT = `
  with template as (select * from bookings where id = $1),
  booking as (
    insert into raw_bookings (id, resource_id, start_time, end_time, ${copied})
    select $2::uuid, $3::uuid, $4::text::timestamptz, $5::text::timestamptz, ${copied} from template
  )
  insert into raw_outbox (id, stream, event_type, tenant_id, payload, occurred_at, trace_id, version)
  select $6::uuid, 'booking-events', 'booking.created', tenant_id, '{}'::jsonb, now(), '', 1 from template`;

const insertOne = (): Promise<unknown> =>
  raw.unsafe(INSERT, [setup.bookingId, newId(), ...nextSlot(), newId()], { prepare: true });

/** Waits until no event is left to consume. */
async function drained(): Promise<void> {
  for (;;) {
    const counts = await Promise.all([
      vaga.databases.booking.sql`select 1 from outbox where position is null limit 1`,
      ...(['user', 'resource', 'tenant'] as const).map(
        (name) => vaga.databases[name].sql`select 1 from inbox limit 1`,
      ),
      vaga.databases.user.sql`select 1 from notifications where status = 'PENDING' limit 1`,
    ]);
    if (counts.every((rows) => rows.length === 0)) return;
    await sleep(20);
  }
}

it('create', async () => {
  await rateOf(createOne, WARM_UP_MS);
  await drained();
  const [rates, rawRates, cpu]: [number[], number[], string[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = cpuByProcess(vaga);
    const began = performance.now();
    const rate = await rateOf(createOne, ROUND_MS);
    const seconds = (performance.now() - began) / 1_000;
    await drained();
    const drainSeconds = (performance.now() - began) / 1_000 - seconds;
    await sleep(200);
    cpu.push(
      `${cpuPerOperation(before, cpuByProcess(vaga), rate * seconds)}; drained after ${drainSeconds.toFixed(1)} s`,
    );
    rates.push(rate);
    if (round === 0) await rateOf(insertOne, ROUND_MS / 5);
    rawRates.push(await rateOf(insertOne, ROUND_MS / 2));
  }
  say(
    `createBooking ${spreadOf(rates)}/s, raw insert ${spreadOf(rawRates)}/s, ratio ${(median(rates) / median(rawRates)).toFixed(3)}`,
  );
  for (const line of cpu) say(`  CPU per booking: ${line}`);
  expect(median(rates)).toBeGreaterThan(0);
});
