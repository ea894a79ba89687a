/** Hostile peers at the gateway and at each subgraph, beside ordinary clients. */
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { federation } from '@libs/testing/federation';
import { createClient as createStreamClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import { afterAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { attack } from '../testing/hostile.ts';
import { mutate, setUpTenant } from '../testing/tenantSetup.ts';

const ARRIVAL_MS = 15_000;
/** Shorter than the timeout of the gateway. */
const SLOW_MS = 3_000;

const vaga = await federation({ variables: { CORS_ORIGINS: 'https://app.example' } });
const setup = await setUpTenant(vaga, await vaga.signIn());
const authorization = `Bearer ${setup.admin.token}`;
const QUERY = 'subscription { bookingChanged { booking { notes resource { name } } } }';
type Change = { bookingChanged: { booking: { notes: string } } };

const sockets = createClient({
  url: `${vaga.url.replace('http', 'ws')}/graphql`,
  webSocketImpl: WebSocket,
  connectionParams: { authorization },
  retryAttempts: 0,
});
const streams = createStreamClient({
  url: `${vaga.url}/graphql/stream`,
  headers: { authorization },
  retryAttempts: 0,
});
afterAll(() => {
  void sockets.dispose();
  streams.dispose();
});

/** `end` is why the subscription ended. */
function follow(client: typeof sockets | typeof streams) {
  const follower: { notes: string[]; end: unknown } = { notes: [], end: undefined };
  client.subscribe<Change>(
    { query: QUERY },
    {
      next: ({ data }) => void follower.notes.push(data!.bookingChanged.booking.notes),
      error: (reason) => (follower.end = reason),
      complete: () => (follower.end = 'complete'),
    },
  );
  return follower;
}

let changes = 0;
async function change(): Promise<string> {
  changes += 1;
  const notes = `change ${changes}`;
  await mutate(vaga, setup.admin.token, 'updateBooking', { id: setup.bookingId, notes }, 'booking { id }');
  return notes;
}

/** A mutation whose statement takes SLOW_MS, longer than an attack; returns its payload. */
async function slowRequest(): Promise<unknown> {
  const { sql } = vaga.databases.tenant;
  await sql.unsafe(`
    create function sleep_a_while() returns trigger language plpgsql as
      $$ begin perform pg_sleep(${SLOW_MS / 1_000}); return new; end $$;
    create trigger slow before update on tenants for each row execute function sleep_a_while()`);
  try {
    const input = { id: setup.tenantId, name: 'Renamed' };
    return await mutate(vaga, setup.admin.token, 'updateTenant', input, 'tenant { name }');
  } finally {
    await sql.unsafe('drop function sleep_a_while cascade');
  }
}

const names = ['gateway', ...SUBGRAPHS] as const;

it('hostile peers end no process, connection or request of others, and lose no change', async () => {
  const followers = [follow(sockets), follow(streams)];
  await expect
    .poll(
      async () => {
        await change();
        return followers.every(({ notes }) => notes.length > 0);
      },
      { timeout: ARRIVAL_MS, interval: 300 },
    )
    .toBe(true);
  const settled = await change();
  for (const { notes } of followers) {
    await expect.poll(() => notes.at(-1), { timeout: ARRIVAL_MS }).toBe(settled);
  }
  const first = followers.map(({ notes }) => notes.length);
  const pids = names.map((name) => vaga.pidOf(name));

  // An event shows the booking as it is when it is read, so each change waits until the one before has arrived.
  const received: string[] = [];
  const hasArrived = async (notes: string) => {
    received.push(notes);
    for (const follower of followers)
      await expect.poll(() => follower.notes.at(-1), { timeout: ARRIVAL_MS }).toBe(notes);
  };
  await hasArrived(await change());
  for (const name of names) {
    const attacked = attack(vaga.ports[name]);
    const [answer, notes] = await Promise.all([slowRequest(), change()]);
    await hasArrived(notes);
    expect(answer).toMatchObject({ tenant: { name: 'Renamed' } });
    expect(await attacked).toBeGreaterThan(200);
    await hasArrived(await change());
    for (const follower of followers) expect(follower.end).toBeUndefined();
  }

  expect(followers.map(({ notes }, index) => notes.slice(first[index]))).toEqual([received, received]);
  expect(names.map((name) => vaga.pidOf(name))).toEqual(pids);
  for (const pid of pids) expect(process.kill(pid, 0)).toBe(true);
  for (const name of names)
    expect((await fetch(`http://127.0.0.1:${vaga.ports[name]}/ready`)).status).toBe(200);
}, 180_000);
