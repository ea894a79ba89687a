/** The system with a booking database that has a standby: lists and availability come from it, and nobody notices when it hangs. */
import { federation } from '@libs/testing/federation';
import type { ReplicatedPostgres } from '@libs/testing/standby';
import { tcpProxy, type TcpProxy } from '@libs/testing/tcpProxy';
import { afterAll, expect, test } from 'vitest';
import { replicatedBookings } from '../testing/replicatedBookings.ts';
import { daysAhead, mutate, setUpTenant } from '../testing/tenantSetup.ts';

const BOOKINGS = 10;
/** With the wait for a replica that keeps silent, on a busy machine. */
const MAX_READ_MS = 2_000;
const HANGS_MS = 4_000;

let servers: ReplicatedPostgres;
let proxy: TcpProxy;
// Hooks run in reverse order: after the processes have ended.
afterAll(async () => {
  await proxy.close();
  await servers.standby.stop();
  await servers.primary.stop();
});
const vaga = await federation({
  async variablesFor() {
    servers = await replicatedBookings();
    proxy = await tcpProxy(servers.standby.url('booking'));
    return { BOOKING_DATABASE_URL: servers.primary.url('booking'), BOOKING_REPLICA_URL: proxy.url };
  },
});
const { admin, user, resourceId } = await setUpTenant(vaga, await vaga.signIn());

async function readsFromReplica(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${vaga.ports.booking}/metrics`)).text();
  const line = /^vaga_db_replica_reads_total\{.*result="replica".*\} (\d+)$/m.exec(text);
  return Number(line?.[1] ?? 0);
}

const QUERY = `query ($id: ID!, $from: LocalDate!) {
  bookings(first: 100) { totalCount nodes { id } }
  resource(id: $id) { availability(from: $from) { slots { startTime available } } }
}`;
const DAY = 20;
const from = daysAhead(DAY, 12).slice(0, 'YYYY-MM-DD'.length);
async function read() {
  const { bookings, resource } = await vaga.data(QUERY, { id: resourceId, from }, { token: admin.token });
  const free = resource.availability[0].slots.filter((slot: { available: boolean }) => slot.available);
  return {
    ids: new Set(bookings.nodes.map(({ id }: { id: string }) => id)),
    total: bookings.totalCount,
    free: new Set(free.map((slot: { startTime: string }) => Date.parse(slot.startTime))),
  };
}

/** Returns whether the replica was read after the booking. */
async function bookAndRead(hour: number): Promise<boolean> {
  const [startTime, endTime] = [daysAhead(DAY, hour), daysAhead(DAY, hour + 1)];
  const input = { resourceId, startTime, endTime };
  const { total: before } = await read();
  const { booking } = await mutate(vaga, user.token, 'createBooking', input, 'booking { id }');
  const readsBefore = await readsFromReplica();
  const { ids, total, free } = await read();
  expect(ids.has(booking.id)).toBe(true);
  expect(total).toBe(before + 1);
  expect(free.has(Date.parse(startTime))).toBe(false);
  return (await readsFromReplica()) > readsBefore;
}

/** After a replica was behind, which may happen at any time, the next second's reads go to the primary. */
const replicaIsRead = (moreThan: number) =>
  expect
    .poll(
      async () => {
        await read();
        return readsFromReplica();
      },
      { timeout: 10_000 },
    )
    .toBeGreaterThan(moreThan);

test('what one has booked, another reads from the replica', async () => {
  let answered = 0;
  for (let count = 0; count < BOOKINGS; count += 1) {
    await replicaIsRead(await readsFromReplica());
    if (await bookAndRead(8 + count)) answered += 1;
  }
  expect(answered).toBeGreaterThan(BOOKINGS / 2);
});

test('while the replica hangs, no request fails or waits for long', async () => {
  proxy.pause();
  const untilMs = performance.now() + HANGS_MS;
  const before = await readsFromReplica();
  await bookAndRead(18);
  while (performance.now() < untilMs) {
    const beganMs = performance.now();
    await read();
    expect(performance.now() - beganMs).toBeLessThan(MAX_READ_MS);
  }
  expect(await readsFromReplica()).toBe(before);
  proxy.resume();
  await replicaIsRead(before);
});
