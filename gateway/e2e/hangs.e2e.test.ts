/** A process that hangs (stopped by SIGSTOP: its connections stay open, nothing is answered), seen by those who do and do not need it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { federation } from '@libs/testing/federation';
import { afterEach, expect, test } from 'vitest';
import { CALLER_CACHE_MS } from '../session/session.ts';
import { daysAhead, mutate, setUpTenant } from '../testing/tenantSetup.ts';

/** How soon the fields of a hung subgraph are given up, and how soon they are back after it goes on, in milliseconds. */
const GIVEN_UP_MS = 3_000;
const HEALED_MS = 5_000;
/** How much later that may be noticed on a busy machine, in milliseconds. */
const SLACK_MS = 1_500;

const vaga = await federation();
const setup = await setUpTenant(vaga, await vaga.signIn());
const { token } = setup.admin;

type Service = 'user' | 'resource';
const stopped = new Set<Service>();
function stop(name: Service): void {
  process.kill(vaga.pidOf(name), 'SIGSTOP');
  stopped.add(name);
}
function goOn(name: Service): void {
  process.kill(vaga.pidOf(name), 'SIGCONT');
  stopped.delete(name);
}
// A stopped process does not end by SIGTERM.
afterEach(() => stopped.forEach(goOn));

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

test('while the user subgraph hangs, who is signed in goes on, soon and without their rights being forgotten', async () => {
  await readResource();
  stop('user');
  await sleep(CALLER_CACHE_MS);
  for (let count = 0; count < 30; count += 1) {
    const { outcome, tookMs } = await readResource();
    expect(outcome).toBe('Sala 1');
    expect(tookMs).toBeLessThan(GIVEN_UP_MS);
    await sleep(150);
  }
  await expect.poll(ready, { timeout: HEALED_MS }).toEqual([200, { redis: true, user: false }]);
  goOn('user');
  await expect.poll(ready, { timeout: HEALED_MS }).toEqual([200, { redis: true }]);

  await mutate(vaga, token, 'updateUser', { id: setup.user.id, isActive: false }, 'user { id }');
  await sleep(CALLER_CACHE_MS);
  const { errors } = await vaga.ask('{ me { id } }', {}, { token: setup.user.token });
  expect(errors![0]!.extensions.code).toBe('UNAUTHENTICATED');
});

test('a subgraph that hangs costs its own fields alone, soon no time, and is back soon after it goes on', async () => {
  stop('resource');
  const first = await readResource();
  expect(first.outcome).toBe('SERVICE_UNAVAILABLE');
  expect(first.tookMs).toBeLessThan(GIVEN_UP_MS + SLACK_MS);
  const next = await readResource();
  expect(next.outcome).toBe('SERVICE_UNAVAILABLE');
  expect(next.tookMs).toBeLessThan(GIVEN_UP_MS / 2);
  expect((await vaga.data('{ me { id } }', {}, { token })).me.id).toBe(setup.admin.id);

  // Booking asks it as well: its own fields go on, and a booking is refused soon, once, and not made.
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
  expect(performance.now() - began).toBeLessThan(GIVEN_UP_MS + SLACK_MS);
  const { booking } = await vaga.data(
    'query ($id: ID!) { booking(id: $id) { id } }',
    { id: setup.bookingId },
    { token },
  );
  expect(booking.id).toBe(setup.bookingId);

  goOn('resource');
  await expect
    .poll(async () => (await readResource()).outcome, { timeout: HEALED_MS + SLACK_MS })
    .toBe('Sala 1');
  await expect
    .poll(() => mutate(vaga, token, 'createBooking', input, 'booking { id }').then(() => 'booked', String), {
      timeout: HEALED_MS + SLACK_MS,
    })
    .toBe('booked');
});
