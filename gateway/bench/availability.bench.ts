/** Resource.availability through the gateway beside the SQL of its busy times. */
import { federation } from '@libs/testing/federation';
import { Temporal } from 'temporal-polyfill';
import postgres from 'postgres';
import { afterAll, expect, it } from 'vitest';
import { mutate, setUpTenant } from '../testing/tenantSetup.ts';
import {
  cpuByProcess,
  cpuPerOperation,
  median,
  NODE_OPTIONS,
  PARALLEL_CLIENTS,
  pool,
  post,
  rateOf,
  say,
  spreadOf,
} from './load.ts';

const WARM_UP_MS = Number(process.env['BENCH_WARM_UP_MS'] ?? 5_000);
const ROUND_MS = Number(process.env['BENCH_ROUND_MS'] ?? 3_000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const RESOURCES = 50;
/** On every third day, one of ten resources. */
const BOOKED_DAYS = 31;

const vaga = await federation({
  variables: {
    ENVIRONMENT: 'production',
    CORS_ORIGINS: 'https://fit.example',
    LOG_LEVEL: 'silent',
    NODE_ENV: 'production',
  },
  nodeOptions: NODE_OPTIONS,
});
const setup = await setUpTenant(vaga, await vaga.signIn());
const { token } = setup.admin;
await vaga.data(
  `mutation { updateOrganizationSettings(input: {
    bookingInterval: 30, advanceBookingDays: 365, workingDays: [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY]
  }) { userErrors { code } } }`,
  {},
  { token },
);
for (let number = 1; number < RESOURCES; number += 1) {
  const resource = { categoryId: setup.categoryId, name: `Sala ${number}` };
  await mutate(vaga, token, 'createResource', resource, 'resource { id }');
}
const from = Temporal.Now.plainDateISO('America/Sao_Paulo').add({ days: 4 });
for (let day = 0; day < BOOKED_DAYS; day += 1) {
  for (const hour of [9, 14]) {
    const at = from.add({ days: day }).toString();
    const input = {
      resourceId: setup.resourceId,
      startTime: `${at}T${hour < 10 ? '0' : ''}${hour}:00`,
      endTime: `${at}T${hour + 2}:00`,
    };
    await mutate(vaga, token, 'createBooking', input, 'booking { id }');
  }
}

const target = pool(vaga);
const raw = postgres(vaga.databases.booking.url, { max: PARALLEL_CLIENTS, onnotice: () => {} });
afterAll(async () => {
  await Promise.all([target.close(), raw.end()]);
});
const { resources } = await vaga.data('{ resources(first: 100) { nodes { id } } }', {}, { token });
const ids: string[] = resources.nodes.map(({ id }: { id: string }) => id);

const SLOT = 'startTime endTime localStart localEnd available unavailableReason';
const variables = (days: number) => ({
  id: setup.resourceId,
  from: from.toString(),
  to: from.add({ days: days - 1 }).toString(),
});
const one = (selection: string) =>
  `query ($id: ID!, $from: LocalDate!, $to: LocalDate!) { resource(id: $id) { availability(from: $from, to: $to) { date ${selection} } } }`;
const shapes: Record<string, { query: string; days: number; resourceIds: string[] }> = {
  '1 day': { query: one(`slots { ${SLOT} }`), days: 1, resourceIds: [setup.resourceId] },
  '31 days': { query: one(`slots { ${SLOT} }`), days: 31, resourceIds: [setup.resourceId] },
  '31 days, availableCount': { query: one('availableCount'), days: 31, resourceIds: [setup.resourceId] },
  '50 resources, 7 days': {
    query: `query ($from: LocalDate!, $to: LocalDate!) { resources(first: 50) { nodes { id availability(from: $from, to: $to) { date slots { ${SLOT} } } } } }`,
    days: 7,
    resourceIds: ids,
  },
};

it.each(Object.keys(shapes))('availability: %s', async (name) => {
  const { query, days, resourceIds } = shapes[name]!;
  const body = JSON.stringify({ query, variables: variables(days) });
  try {
    await post(target, body, token);
  } catch (error) {
    return say(`${name}: ${(error as Error).message.slice(0, 120)}`);
  }
  const ask = () => post(target, body, token);
  const start = from.toZonedDateTime('America/Sao_Paulo').toInstant().toString();
  const end = from.add({ days }).toZonedDateTime('America/Sao_Paulo').toInstant().toString();
  const sql = async () =>
    raw.unsafe(
      `select resource_id, lower(held), upper(held) from bookings where resource_id = any($1::uuid[])
       and held && tstzrange($2::text::timestamptz, $3::text::timestamptz, '[)') order by lower(held)`,
      [resourceIds, start, end],
      { prepare: true },
    );
  await rateOf(ask, WARM_UP_MS);
  await rateOf(sql, WARM_UP_MS / 5);
  const [rates, rawRates]: [number[], number[]] = [[], []];
  let cpu = '';
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = cpuByProcess(vaga);
    const began = performance.now();
    const rate = await rateOf(ask, ROUND_MS);
    cpu = cpuPerOperation(before, cpuByProcess(vaga), (rate * (performance.now() - began)) / 1_000);
    rates.push(rate);
    rawRates.push(await rateOf(sql, ROUND_MS / 2));
  }
  say(
    `${name}: ${spreadOf(rates)}/s, its SQL ${spreadOf(rawRates)}/s, ratio ${(median(rates) / median(rawRates)).toFixed(4)}; ${cpu}`,
  );
  expect(median(rates)).toBeGreaterThan(0);
});
