/** The latency of requests while a subgraph hangs (SIGSTOP), whether they need it or not. */
import { setTimeout as sleep } from 'node:timers/promises';
import { federation } from '@libs/testing/federation';
import { afterEach, expect, it } from 'vitest';
import { daysAhead, mutate, setUpTenant } from '../testing/tenantSetup.ts';

const HANG_MS = 15_000;
const PAUSE_MS = 100;
/** Longer than CALLER_CACHE_MS. */
const CACHE_EXPIRED_MS = 2_200;

const vaga = await federation({ variables: { LOG_LEVEL: 'silent' } });
const setup = await setUpTenant(vaga, await vaga.signIn());
const { token } = setup.admin;

type Service = 'user' | 'resource';
const stopped = new Set<Service>();
const stop = (name: Service) => {
  process.kill(vaga.pidOf(name), 'SIGSTOP');
  stopped.add(name);
};
const resume = (name: Service) => {
  process.kill(vaga.pidOf(name), 'SIGCONT');
  stopped.delete(name);
};
// A stopped process does not react to SIGTERM.
afterEach(() => stopped.forEach(resume));

const say = (line: string) => process.stdout.write(`${line}\n`);
const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`;

type Timed = { tookMs: number; code: string };
async function timed(ask: () => Promise<{ errors?: { extensions: { code: string } }[] }>): Promise<Timed> {
  const began = performance.now();
  const { errors } = await ask();
  return { tookMs: performance.now() - began, code: errors?.[0]?.extensions.code ?? 'ok' };
}

async function whileHanging(name: Service, ask: () => ReturnType<typeof vaga.ask>) {
  for (let warm = 0; warm < 20; warm += 1) await ask();
  await sleep(CACHE_EXPIRED_MS);
  stop(name);
  const began = performance.now();
  const all: Timed[] = [];
  while (performance.now() - began < HANG_MS) {
    all.push(await timed(ask));
    await sleep(PAUSE_MS);
  }
  const [first, ...following] = all;
  const times = following.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b);
  const codes = [...new Set(all.map(({ code }) => code))].join(', ');
  return { first: first!.tookMs, longest: times.at(-1) ?? 0, times, codes };
}

/** Milliseconds until its fields are answered again. */
async function recovery(name: Service, ask: () => ReturnType<typeof vaga.ask>): Promise<number> {
  resume(name);
  const began = performance.now();
  while ((await timed(ask)).code !== 'ok') await sleep(20);
  return performance.now() - began;
}

const report = (what: string, { first, longest, times, codes }: Awaited<ReturnType<typeof whileHanging>>) =>
  say(
    `${what}: first ${seconds(first)}, following ${times.length}: median ${seconds(times[Math.floor(times.length / 2)] ?? 0)}, longest ${seconds(longest)} (${codes})`,
  );

const readResource = () =>
  vaga.ask('query ($id: ID!) { resource(id: $id) { name } }', { id: setup.resourceId }, { token });

it('a signed-in request for a resource while the user subgraph hangs', async () => {
  const hanging = await whileHanging('user', readResource);
  report('user subgraph hangs, a resource is read', hanging);
  say(`  after it resumes: ${seconds(await recovery('user', readResource))}`);
  expect(hanging.codes).toBe('ok');
});

it('a resource while the resource subgraph hangs', async () => {
  report('resource subgraph hangs, a resource is read', await whileHanging('resource', readResource));
  say(`  after it resumes: ${seconds(await recovery('resource', readResource))}`);
});

it('a booking while the resource subgraph hangs', async () => {
  let count = 0;
  const book = async () => {
    count += 1;
    const input = {
      resourceId: setup.resourceId,
      startTime: daysAhead(6 + Math.floor(count / 16), 6 + (count % 16)),
      endTime: daysAhead(6 + Math.floor(count / 16), 7 + (count % 16)),
    };
    const query =
      'mutation ($input: CreateBookingInput!) { createBooking(input: $input) { booking { id } } }';
    return vaga.ask(query, { input }, { token });
  };
  report('resource subgraph hangs, a booking is made', await whileHanging('resource', book));
  say(`  after it resumes: ${seconds(await recovery('resource', book))}`);
  const { booking } = await mutate(
    vaga,
    token,
    'createBooking',
    { resourceId: setup.resourceId, startTime: daysAhead(28, 9), endTime: daysAhead(28, 10) },
    'booking { id }',
  );
  expect(booking.id).toBeTypeOf('string');
});
