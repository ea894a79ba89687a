import { connectRedis, type RedisConnection } from '@libs/cache/redis';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import { announcedEvent, EVENT_VERSION, type AnnouncedEvent } from '@libs/events/catalogue';
import { silentLog } from '@libs/telemetry/log';
import { newTraceId } from '@libs/telemetry/trace';
import { testDatabase, testRedis } from '@libs/testing/testDatabases';
import { parseLocalDate } from '@libs/time/days';
import { formatInstant } from '@libs/time/instants';
import { afterAll, describe, expect, it } from 'vitest';
import { at, bookingInput, exampleDirectory, exampleTenant, times, valueOf } from '../booking.fixtures.ts';
import { cancelBooking } from '../bookings/cancelBooking.ts';
import { cancelBookingSeries } from '../bookings/cancelBookingSeries.ts';
import { changeBookingStatus } from '../bookings/changeBookingStatus.ts';
import { createBooking } from '../bookings/createBooking.ts';
import { updateBooking } from '../bookings/updateBooking.ts';
import type { Context } from '../context.ts';
import { deleteBookingsOfTenant } from '../bookings/cascade/cascade.ts';
import { shownSlot } from '../scheduling/scheduling.fixtures.ts';
import { busyCache } from './busyCache.ts';
import { availability } from './reads.ts';

const { url, sql } = await testDatabase('booking');
const { url: redisUrl, redis: watch } = await testRedis();
const db = connect(url, { name: 'cache' });
/** Two processes that share a Redis. */
const connections = [1, 2].map(() => connectRedis(redisUrl, { name: 'cache', log: silentLog() }));
/** What Redis answers later than usual, on a busy machine, would be read from the database. */
for (const redis of connections) redis.options.commandTimeout = 5_000;
afterAll(async () => {
  for (const redis of connections) redis.disconnect();
  await db.close();
});
const ready = Promise.all(connections.map((redis) => new Promise((resolve) => redis.once('ready', resolve))));

/** In both processes, and in one without a cache. */
async function setup() {
  await ready;
  const directory = exampleDirectory();
  const tenant = exampleTenant(db, directory);
  const caller = tenant.administrator();
  const through = (redis: RedisConnection | null) => (): Context => {
    directory.busyCache = busyCache(redis, 300);
    return tenant.as(caller);
  };
  const [here, there, bare] = [through(connections[0]!), through(connections[1]!), through(null)];
  return { directory, tenant, room: tenant.resource(), here, there, bare };
}

const week = { from: parseLocalDate('2027-01-05')!, to: parseLocalDate('2027-01-12')! };
const shown = async (ctx: Context, room: string) =>
  (await availability(ctx, room, week)).flatMap(({ slots }) =>
    slots.map(shownSlot).map(({ localStart, unavailableReason: reason }) => `${localStart} ${reason}`),
  );

const keysOf = async (room: string) => (await watch.keys(`*${room}*`)).length;
const dayKey = (room: string) => `availability:resource:${room}:2027-01-06`;

describe('the cache of availability', () => {
  it('answers a repeated query from the entry of each day', async () => {
    const { room, here, there, bare } = await setup();
    const recurrence = { frequency: 'DAILY', endDate: at('2027-01-12T23:00') } as const;
    const daily = bookingInput(room, { ...times('10:00', '11:00', '2027-01-05'), recurrence });
    valueOf(await createBooking(here(), daily));
    const first = await shown(here(), room);
    await expect.poll(() => keysOf(room)).toBe(9);
    // Without a new version: only the cache still has these bookings.
    await sql`delete from bookings where resource_id = ${room}`;
    expect(await shown(here(), room)).toEqual(first);
    expect(await shown(there(), room)).toEqual(first);
    expect(await shown(bare(), room)).not.toEqual(first);
    expect(await watch.ttl(dayKey(room))).toBeGreaterThan(290);
    expect(await watch.ttl(dayKey(room))).toBeLessThanOrEqual(300);
  });

  it('shows every change immediately in each process', async () => {
    const { tenant, room, here, there, bare } = await setup();
    const same = async () => {
      const now = await shown(bare(), room);
      expect(await shown(here(), room)).toEqual(now);
      expect(await shown(there(), room)).toEqual(now);
      return now;
    };
    const recurrence = { frequency: 'DAILY', endDate: at('2027-01-10T23:00') } as const;
    const states = [await same()];
    const { bookings, series } = valueOf(await createBooking(here(), bookingInput(room, { recurrence })));
    states.push(await same());
    const { id } = bookings[0]!;
    valueOf(await updateBooking(there(), { id, ...times('14:00', '15:00') }));
    states.push(await same());
    valueOf(await updateBooking(here(), { id, resourceId: tenant.resource() }));
    states.push(await same());
    valueOf(await cancelBooking(there(), { id: bookings[1]!.id }));
    states.push(await same());
    valueOf(await changeBookingStatus(here(), { id: bookings[2]!.id, status: 'REJECTED' }));
    states.push(await same());
    valueOf(await cancelBookingSeries(there(), { seriesId: series!.id }));
    states.push(await same());
    expect(new Set(states.map((state) => state.join())).size).toBe(states.length - 1);
  });

  it(
    'never shows a slot as free that was booked before the query, under constant reads',
    { timeout: 60_000 },
    async () => {
      const { room, here, there } = await setup();
      let isOver = false;
      const readers = [here, there, here, there].map(async (ctx) => {
        while (!isOver) await shown(ctx(), room);
      });
      for (let index = 0; index < 24; index += 1) {
        const date = `2027-01-${String(6 + (index % 6)).padStart(2, '0')}`;
        const hour = `${String(8 + Math.floor(index / 6)).padStart(2, '0')}:00`;
        const end = `${String(9 + Math.floor(index / 6)).padStart(2, '0')}:00`;
        const [writer, reader] = index % 2 ? [here, there] : [there, here];
        valueOf(await createBooking(writer(), bookingInput(room, times(hour, end, date))));
        expect(await shown(reader(), room)).toContain(`${date}T${hour}:00-03:00 CONFLICT`);
      }
      isOver = true;
      await Promise.all(readers);
    },
  );

  it('shows nothing of a deleted tenant, whose entries expire, and keeps those of the others', async () => {
    const [deleted, kept] = [await setup(), await setup()];
    for (const { room, here } of [deleted, kept]) {
      valueOf(await createBooking(here(), bookingInput(room)));
      await shown(here(), room);
      await expect.poll(() => keysOf(room)).toBe(9);
    }
    const id = deleted.tenant.id;
    const metadata = {
      event_id: newId(),
      tenant_id: id,
      occurred_at: formatInstant(deleted.tenant.now),
      trace_id: newTraceId(),
      version: EVENT_VERSION,
    };
    const event = announcedEvent(
      'tenant.deleted',
      { tenant_id: id },
      metadata,
    ) as AnnouncedEvent<'tenant.deleted'>;
    const { now } = deleted.tenant;
    const before = await shown(deleted.here(), deleted.room);
    const others = await shown(kept.here(), kept.room);
    await inTransaction(db, (tx) =>
      deleteBookingsOfTenant({ tx, event, now, traceId: newTraceId(), log: silentLog() }),
    );
    // A request that read the tenant earlier gets Postgres' answer, not the cached one.
    const after = await shown(deleted.bare(), deleted.room);
    expect(after).not.toEqual(before);
    expect(await shown(deleted.here(), deleted.room)).toEqual(after);
    deleted.directory.tenants.delete(id);
    expect(await shown(deleted.here(), deleted.room)).toEqual([]);
    for (const key of await watch.keys(`*${deleted.room}*`)) {
      expect(await watch.ttl(key)).toBeGreaterThan(0);
      expect(await watch.ttl(key)).toBeLessThanOrEqual(300);
    }
    expect(await keysOf(kept.room)).toBe(9);
    expect(await shown(kept.there(), kept.room)).toEqual(others);
  });

  it('is exact after a fail-over that lost commits, whatever Redis has kept', async () => {
    const { room, here, there, bare } = await setup();
    valueOf(await createBooking(here(), bookingInput(room, times('08:00', '09:00'))));
    const [replicated] = await sql`select version from resource_versions where resource_id = ${room}`;
    const { bookings } = valueOf(await createBooking(here(), bookingInput(room, times('10:00', '11:00'))));
    await shown(here(), room);
    await expect.poll(() => keysOf(room)).toBe(9);
    // The promoted server lacks the last commit, and makes another one.
    await sql`delete from bookings where id = ${bookings[0]!.id}`;
    await sql`update resource_versions set version = ${replicated!['version']} where resource_id = ${room}`;
    valueOf(await createBooking(there(), bookingInput(room, times('15:00', '16:00'))));
    const now = await shown(bare(), room);
    expect(now).toContain('2027-01-06T15:00:00-03:00 CONFLICT');
    expect(now).toContain('2027-01-06T10:00:00-03:00 null');
    expect(await shown(here(), room)).toEqual(now);
    expect(await shown(there(), room)).toEqual(now);
  });

  it('is exact without Redis', async () => {
    const dead = connectRedis('redis://127.0.0.1:1', { name: 'dead', log: silentLog() });
    const directory = exampleDirectory(dead);
    const tenant = exampleTenant(db, directory);
    const room = tenant.resource();
    const ctx = () => tenant.as(tenant.administrator());
    await shown(ctx(), room);
    valueOf(await createBooking(ctx(), bookingInput(room)));
    expect(await shown(ctx(), room)).toContain('2027-01-06T10:00:00-03:00 CONFLICT');
    dead.disconnect();
  });
});
