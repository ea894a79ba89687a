/**
 * The latency of one tenant's lists alone, and beside another tenant whose users send as fast as they can, cheap documents and heavy ones,
 * at the rate limits of production.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { federation } from '@libs/testing/federation';
import { Temporal } from 'temporal-polyfill';
import { Pool } from 'undici';
import { afterAll, it } from 'vitest';
import { createPerson, daysAhead, mutate, setUpTenant, type TenantSetup } from '../testing/tenantSetup.ts';
import { post } from './load.ts';
import type { NoisyTenant } from './noisyTenant.ts';
import { percentile, reporter, say } from './report.ts';
import { NODE_OPTIONS } from './system.ts';

const report = reporter(import.meta.filename);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const ROUND_MS = Number(process.env['BENCH_ROUND_MS'] ?? 15_000);
const WARM_UP_MS = Number(process.env['BENCH_WARM_UP_MS'] ?? 10_000);
/** Until the noisy tenant has used its burst and goes at its full rate. */
const SETTLE_MS = 4_000;
/** Between two requests of the measured tenant, so that it has no queue of its own. */
const PAUSE_MS = 25;
/** Users of each tenant: together they may send more than their tenant. */
const USERS = 16;
const NOISY_CONNECTIONS = Number(process.env['BENCH_CONNECTIONS'] ?? 64);
const BOOKINGS = 20;
const RESOURCES = 10;
const CALENDAR_DAYS = 31;

const vaga = await federation({
  variables: {
    ENVIRONMENT: 'production',
    CORS_ORIGINS: 'https://fit.example',
    LOG_LEVEL: 'silent',
    SIGN_INS_PER_MINUTE: '1000000',
    // Only to set the tenants up: everything that is measured has a session.
    RATE_LIMIT_ADDRESS: '1000000',
  },
  nodeOptions: NODE_OPTIONS,
});
const platform = await vaga.signIn();

async function tenantWithUsers(): Promise<TenantSetup & { tokens: string[] }> {
  const setup = await setUpTenant(vaga, platform);
  const { tenantId, domain } = setup;
  const tokens = [setup.admin.token];
  const more = { permissions: { canManageBookings: true } };
  while (tokens.length < USERS)
    tokens.push((await createPerson(vaga, platform, tenantId, domain, more)).token);
  for (let number = 1; number < RESOURCES; number += 1) {
    const input = { categoryId: setup.categoryId, name: `Sala ${number}` };
    await mutate(vaga, setup.admin.token, 'createResource', input, 'resource { id }');
  }
  for (let number = 0; number < BOOKINGS; number += 1) {
    const [day, hour] = [6 + Math.floor(number / 10), 6 + (number % 10)];
    const input = {
      resourceId: setup.resourceId,
      startTime: daysAhead(day, hour),
      endTime: daysAhead(day, hour + 1),
    };
    await mutate(vaga, tokens[number % USERS]!, 'createBooking', input, 'booking { id }');
  }
  return { ...setup, tokens };
}
const [quiet, noisy] = [await tenantWithUsers(), await tenantWithUsers()];

const LIST = '{ bookings(first: 20) { nodes { id startTime resource { id name } user { id name } } } }';
const SLOTS = 'slots { startTime endTime available unavailableReason }';
const from = Temporal.Now.plainDateISO().add({ days: 1 });
const range = { from: from.toString(), to: from.add({ days: CALENDAR_DAYS - 1 }).toString() };
const me = { query: '{ me { id } }' };
const list = { query: LIST };
const month = {
  query: `query ($id: ID!, $from: LocalDate!, $to: LocalDate!) { resource(id: $id) { availability(from: $from, to: $to) { date ${SLOTS} } } }`,
  variables: { id: noisy.resourceId, ...range },
};
const monthOfAll = {
  query: `query ($from: LocalDate!, $to: LocalDate!) { resources(first: ${RESOURCES}) { nodes { id availability(from: $from, to: $to) { date ${SLOTS} } } } }`,
  variables: range,
};
/** In turn, by each connection. */
const noises = {
  'lists and months': [me, list, month].map((one) => JSON.stringify(one)),
  'months of 10 resources': [me, list, month, monthOfAll].map((one) => JSON.stringify(one)),
};
type Noise = keyof typeof noises;

const noise: NoisyTenant = { url: vaga.url, tokens: noisy.tokens, connections: NOISY_CONNECTIONS };
const noiseProcess = fork(path.join(import.meta.dirname, 'noisyTenant.ts'), [JSON.stringify(noise)], {
  execArgv: ['--import', 'tsx'],
});
await once(noiseProcess, 'message');
const target = new Pool(vaga.url, { connections: 2 });
afterAll(async () => {
  await target.close();
  noiseProcess.disconnect();
  await once(noiseProcess, 'exit');
});

const body = JSON.stringify({ query: LIST });
let sent = 0;
/** Latencies in milliseconds of one request after the other; throws if one is refused. */
async function quietLists(forMs: number): Promise<number[]> {
  const times: number[] = [];
  for (const end = performance.now() + forMs; performance.now() < end;) {
    const began = performance.now();
    await post(target, body, quiet.tokens[(sent += 1) % USERS]!);
    times.push(performance.now() - began);
    await sleep(PAUSE_MS);
  }
  return times;
}

async function besideNoise(name: Noise, forMs: number): Promise<number[]> {
  noiseProcess.send(noises[name]);
  await quietLists(SETTLE_MS);
  const times = await quietLists(forMs);
  noiseProcess.send('stop');
  const [outcomes] = (await once(noiseProcess, 'message')) as [Record<string, number>];
  say(`${name}: ${JSON.stringify(outcomes)}`);
  return times;
}

it('a tenant beside another that exceeds its rate limit', async () => {
  const names = Object.keys(noises) as Noise[];
  await quietLists(WARM_UP_MS);
  for (const name of names) await besideNoise(name, WARM_UP_MS);
  const alone: number[][] = [];
  const beside = names.map((name) => ({ name, rounds: [] as number[][] }));
  while (alone.length < ROUNDS) {
    alone.push(await quietLists(ROUND_MS));
    for (const { name, rounds } of beside) rounds.push(await besideNoise(name, ROUND_MS));
  }
  for (const { name, rounds } of beside) {
    for (const percent of [50, 99]) {
      const of = (all: number[][]) => all.map((times) => percentile(times, percent / 100));
      report({
        name: `beside ${name}, p${percent}`,
        unit: 'ms',
        rounds: of(rounds),
        beside: [{ name: 'alone', rounds: of(alone) }],
      });
    }
  }
});
