/** Requests while a subgraph hangs (SIGSTOP) or its database does (a proxy keeps silent), whether they need it or not. */
import { setTimeout as sleep } from 'node:timers/promises';
import { federation } from '@libs/testing/federation';
import { tcpProxy, type TcpProxy } from '@libs/testing/tcpProxy';
import { afterAll, afterEach, expect, test } from 'vitest';
import { CALLER_CACHE_MS } from '@libs/directory/callerCache';
import { daysAhead, mutate, setUpTenant } from '../testing/tenantSetup.ts';

/** When fields of a hung subgraph fail, and when they are back after it resumes. */
const GIVE_UP_LIMIT_MS = 3_000;
const RECOVERY_LIMIT_MS = 5_000;
/** The tolerance on a busy machine. */
const TOLERANCE_MS = 1_500;

let database: TcpProxy | undefined;
afterAll(() => database?.close());
const vaga = await federation({
  async variablesFor({ databases }) {
    database = await tcpProxy(databases.resource.url);
    return { RESOURCE_DATABASE_URL: database.url };
  },
});
const setup = await setUpTenant(vaga, await vaga.signIn());
const { token } = setup.admin;

const RESOURCE_DATABASE = 'the database of the resource subgraph';
type Service = 'user' | 'resource' | typeof RESOURCE_DATABASE;
const stopped = new Set<Service>();
function stop(name: Service): void {
  if (name === RESOURCE_DATABASE) database!.pause();
  else process.kill(vaga.pidOf(name), 'SIGSTOP');
  stopped.add(name);
}
function resume(name: Service): void {
  if (name === RESOURCE_DATABASE) database!.resume();
  else process.kill(vaga.pidOf(name), 'SIGCONT');
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

test.each<[Service, number]>([
  ['resource', 9],
  [RESOURCE_DATABASE, 10],
])(
  'a hang of %s fails only its own fields, soon at once, and they are back soon after it',
  async (service, days) => {
    stop(service);
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
      startTime: daysAhead(days, 9),
      endTime: daysAhead(days, 10),
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

    resume(service);
    await expect
      .poll(async () => (await readResource()).outcome, { timeout: RECOVERY_LIMIT_MS + TOLERANCE_MS })
      .toBe('Sala 1');
    await expect
      .poll(
        () => mutate(vaga, token, 'createBooking', input, 'booking { id }').then(() => 'booked', String),
        {
          timeout: RECOVERY_LIMIT_MS + TOLERANCE_MS,
        },
      )
      .toBe('booked');
  },
);
