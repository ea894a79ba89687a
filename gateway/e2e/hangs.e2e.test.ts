/** Requests while a subgraph hangs (SIGSTOP), whether they need it or not. */
import { setTimeout as sleep } from 'node:timers/promises';
import { federation } from '@libs/testing/federation';
import { afterEach, expect, test } from 'vitest';
import { CALLER_CACHE_MS } from '@libs/directory/callerCache';
import { daysAhead, mutate, setUpTenant } from '../testing/tenantSetup.ts';

/** When fields of a hung subgraph fail, and when they are back after it resumes. */
const GIVE_UP_LIMIT_MS = 3_000;
const RECOVERY_LIMIT_MS = 5_000;
/** The tolerance on a busy machine. */
const TOLERANCE_MS = 1_500;

const vaga = await federation();
const setup = await setUpTenant(vaga, await vaga.signIn());
const { token } = setup.admin;

type Service = 'user' | 'resource';
const stopped = new Set<Service>();
function stop(name: Service): void {
  process.kill(vaga.pidOf(name), 'SIGSTOP');
  stopped.add(name);
}
function resume(name: Service): void {
  process.kill(vaga.pidOf(name), 'SIGCONT');
  stopped.delete(name);
}
// A stopped process does not react to SIGTERM.
afterEach(() => stopped.forEach(resume));

const readResource = async () => {
  const began = performance.now();
  const query = 'query ($id: ID!) { resource(id: $id) { name } }';
  const { data, errors } = await vaga.ask(query, { id: setup.resourceId }, { token });
  const outcome = errors?.[0]?.extensions.code ?? data.resource.name;
  return { outcome, tookMs: performance.now() - began };
};
const ready = async () => {
  const answer = await fetch(`${vaga.url}/ready`);
  return [answer.status, ((await answer.json()) as { checks: object }).checks];
};

test('while the user subgraph hangs, signed-in callers are served without delay, and a deactivation still takes effect after it', async () => {
  await readResource();
  stop('user');
  await sleep(CALLER_CACHE_MS);
  for (let count = 0; count < 30; count += 1) {
    const { outcome, tookMs } = await readResource();
    expect(outcome).toBe('Sala 1');
    expect(tookMs).toBeLessThan(GIVE_UP_LIMIT_MS);
    await sleep(150);
  }
  await expect.poll(ready, { timeout: RECOVERY_LIMIT_MS }).toEqual([200, { redis: true, user: false }]);
  resume('user');
  await expect.poll(ready, { timeout: RECOVERY_LIMIT_MS }).toEqual([200, { redis: true }]);

  await mutate(vaga, token, 'updateUser', { id: setup.user.id, isActive: false }, 'user { id }');
  await sleep(CALLER_CACHE_MS);
  const { errors } = await vaga.ask('{ me { id } }', {}, { token: setup.user.token });
  expect(errors![0]!.extensions.code).toBe('UNAUTHENTICATED');
});

test('a hung subgraph fails only its own fields, soon at once, and recovers soon after it resumes', async () => {
  stop('resource');
  const first = await readResource();
  expect(first.outcome).toBe('SERVICE_UNAVAILABLE');
  expect(first.tookMs).toBeLessThan(GIVE_UP_LIMIT_MS + TOLERANCE_MS);
  const next = await readResource();
  expect(next.outcome).toBe('SERVICE_UNAVAILABLE');
  expect(next.tookMs).toBeLessThan(GIVE_UP_LIMIT_MS / 2);
  expect((await vaga.data('{ me { id } }', {}, { token })).me.id).toBe(setup.admin.id);

  // The booking subgraph depends on it.
  const input = {
    resourceId: setup.resourceId,
    startTime: daysAhead(9, 9),
    endTime: daysAhead(9, 10),
  };
  const began = performance.now();
  const { errors } = await vaga.ask(
    'mutation ($input: CreateBookingInput!) { createBooking(input: $input) { booking { id } } }',
    { input },
    { token },
  );
  expect(errors![0]!.extensions.code).toBe('SERVICE_UNAVAILABLE');
  expect(performance.now() - began).toBeLessThan(GIVE_UP_LIMIT_MS + TOLERANCE_MS);
  const { booking } = await vaga.data(
    'query ($id: ID!) { booking(id: $id) { id } }',
    { id: setup.bookingId },
    { token },
  );
  expect(booking.id).toBe(setup.bookingId);

  resume('resource');
  await expect
    .poll(async () => (await readResource()).outcome, { timeout: RECOVERY_LIMIT_MS + TOLERANCE_MS })
    .toBe('Sala 1');
  await expect
    .poll(() => mutate(vaga, token, 'createBooking', input, 'booking { id }').then(() => 'booked', String), {
      timeout: RECOVERY_LIMIT_MS + TOLERANCE_MS,
    })
    .toBe('booked');
});
