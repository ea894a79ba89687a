/** The latency of requests while a subgraph hangs (SIGSTOP), whether they need it or not. */
import { setTimeout as sleep } from 'node:timers/promises';
import { federation } from '@libs/testing/federation';
import { afterEach, expect, it } from 'vitest';
import { daysAhead, mutate, setUpTenant } from '../testing/tenantSetup.ts';
import { reporter, say } from './report.ts';

const report = reporter(import.meta.filename);
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
  const times = following.map(({ tookMs }) => tookMs);
  const codes = [...new Set(all.map(({ code }) => code))].join(', ');
  return { first: first!.tookMs, times, codes };
}

/** Milliseconds until its fields are answered again. */
async function recovery(name: Service, ask: () => ReturnType<typeof vaga.ask>): Promise<number> {
  resume(name);
  const began = performance.now();
  while ((await timed(ask)).code !== 'ok') await sleep(20);
  return performance.now() - began;
}

/** Reports requests while the service hung, and resumes it. */
async function reportOutage(
  what: string,
  { first, times, codes }: Awaited<ReturnType<typeof whileHanging>>,
  recoveryMs: () => Promise<number>,
): Promise<void> {
  report({ name: `${what}: first request`, unit: 'ms', rounds: [first] });
  report({ name: `${what}: following requests`, unit: 'ms', rounds: times });
  report({ name: `${what}: after it resumes`, unit: 'ms', rounds: [await recoveryMs()] });
  say(codes);
}

const readResource = () =>
  vaga.ask('query ($id: ID!) { resource(id: $id) { name } }', { id: setup.resourceId }, { token });

it('a signed-in request for a resource while the user subgraph hangs', async () => {
  const hanging = await whileHanging('user', readResource);
  await reportOutage('user subgraph hangs, a resource is read', hanging, () =>
    recovery('user', readResource),
  );
  expect(hanging.codes).toBe('ok');
});

it('a resource while the resource subgraph hangs', async () => {
  const hanging = await whileHanging('resource', readResource);
  await reportOutage('resource subgraph hangs, a resource is read', hanging, () =>
    recovery('resource', readResource),
  );
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
  const hanging = await whileHanging('resource', book);
  await reportOutage('resource subgraph hangs, a booking is made', hanging, () => recovery('resource', book));
  const { booking } = await mutate(
    vaga,
    token,
    'createBooking',
    { resourceId: setup.resourceId, startTime: daysAhead(28, 9), endTime: daysAhead(28, 10) },
    'booking { id }',
  );
  expect(booking.id).toBeTypeOf('string');
});
