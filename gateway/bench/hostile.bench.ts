/** Hostile documents beside ordinary requests: how long the longest refusal takes, and what it costs the others. */
import { setTimeout as sleep } from 'node:timers/promises';
import { federation } from '@libs/testing/federation';
import { Pool } from 'undici';
import { afterAll, expect, it } from 'vitest';
import { HOSTILE_DOCUMENTS } from '../testing/hostileDocuments.ts';
import { setUpTenant } from '../testing/tenantSetup.ts';
import { post } from './load.ts';
import { median, percentile, reporter, say } from './report.ts';

const report = reporter(import.meta.filename);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const WARM_UP_MS = Number(process.env['BENCH_WARM_UP_MS'] ?? 8_000);
/** Between two ordinary requests. */
const PAUSE_MS = 25;
/** Between two hostile ones. */
const HOSTILE_PAUSE_MS = 100;
const SHOWN = 5;

const vaga = await federation({
  variables: { ENVIRONMENT: 'production', CORS_ORIGINS: 'https://fit.example', LOG_LEVEL: 'silent' },
});
const setup = await setUpTenant(vaga, await vaga.signIn());
const [target, attackers] = [new Pool(vaga.url, { connections: 2 }), new Pool(vaga.url, { connections: 2 })];
afterAll(() => Promise.all([target.close(), attackers.close()]));

const LIST = JSON.stringify({ query: '{ bookings(first: 20) { nodes { id resource { name } } } }' });
const tokens = [setup.admin.token, setup.user.token, setup.manager.token];

/** Latencies of ordinary requests, one after the other, until `isOver`. */
async function ordinary(isOver: () => boolean): Promise<number[]> {
  const times: number[] = [];
  while (!isOver()) {
    const began = performance.now();
    await post(target, LIST, tokens[times.length % tokens.length]!);
    times.push(performance.now() - began);
    await sleep(PAUSE_MS);
  }
  return times;
}

/** The planner's worst that the limits allow, each planned anew: 30 aliases of bookings with their people. */
const planned = (number: number): string => {
  const person = '{ id name tenant { id name } }';
  const booking = `{ nodes { id user ${person} client ${person} resource { id name category { id name } } } }`;
  const fields = Array.from({ length: 30 }, (_, index) => `a${index}: bookings(first: 2) ${booking}`);
  return JSON.stringify({ query: `query Q${number} { ${fields.join(' ')} }` });
};

it('the most expensive plans that are allowed, beside ordinary requests', async () => {
  const took: number[] = [];
  let isOver = false;
  const others = ordinary(() => isOver);
  for (let number = 0; number < 2 * ROUNDS; number += 1) {
    const began = performance.now();
    await post(attackers, planned(number), setup.admin.token);
    took.push(performance.now() - began);
    await sleep(5 * HOSTILE_PAUSE_MS);
  }
  isOver = true;
  report({ name: 'the most expensive plan', unit: 'ms', rounds: took });
  report({ name: 'ordinary requests beside it, p99', unit: 'ms', rounds: [percentile(await others, 0.99)] });
});

it('hostile documents beside ordinary requests', async () => {
  const forMs = (ms: number) => {
    const end = performance.now() + ms;
    return () => performance.now() > end;
  };
  await ordinary(forMs(WARM_UP_MS));
  const alone = await ordinary(forMs(HOSTILE_DOCUMENTS.length * HOSTILE_PAUSE_MS * ROUNDS));
  const times = new Map<string, number[]>(HOSTILE_DOCUMENTS.map(({ name }) => [name, []]));
  let isOver = false;
  const others = ordinary(() => isOver);
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const { name, body, code } of HOSTILE_DOCUMENTS) {
      const began = performance.now();
      const answer = await post(attackers, body, setup.admin.token, '"errors":');
      // The first round warms up.
      if (round > 0) times.get(name)!.push(performance.now() - began);
      expect([name, /"code":"([A-Z_]+)"/.exec(answer)?.[1]]).toEqual([name, code]);
      await sleep(HOSTILE_PAUSE_MS);
    }
  }
  isOver = true;
  const slowest = [...times].toSorted(([, a], [, b]) => median(b) - median(a));
  for (const [name, took] of slowest.slice(0, SHOWN)) {
    report({ name, unit: 'ms', rounds: took });
  }
  report({
    name: 'all documents, the longest answer',
    unit: 'ms',
    rounds: [Math.max(...slowest.flatMap(([, took]) => took))],
  });
  const [beside, quiet] = [percentile(await others, 0.99), percentile(alone, 0.99)];
  report({
    name: 'ordinary requests, p99',
    unit: 'ms',
    rounds: [beside],
    beside: [{ name: 'alone', rounds: [quiet] }],
  });
  say(`${HOSTILE_DOCUMENTS.length} documents`);
});
