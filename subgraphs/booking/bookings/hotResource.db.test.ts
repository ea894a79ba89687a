import { gatewayPassports } from '@libs/testing/passports';
import { PASSPORT_HEADER } from '@libs/auth/passport';
import type { Caller } from '@libs/auth/caller';
import { acquireLocks, LOCK_KEYS } from '@libs/db/advisoryLocks';
import { connect, POOL_SIZE } from '@libs/db/connect';
import { startSubgraph } from '@libs/graphql/startSubgraph';
import { silentLog, type Log } from '@libs/telemetry/log';
import { testDatabase, testRedis } from '@libs/testing/testDatabases';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { instance, SECRET_KEY } from '../changes/changes.fixtures.ts';
import { contextOf } from '../context.ts';
import {
  at,
  bookingInput,
  codesOf,
  exampleDirectory,
  exampleTenant,
  times,
  valueOf,
  nothingLive,
} from '../booking.fixtures.ts';
import { schema } from '../schema.ts';
import { createBooking } from './createBooking.ts';
import { updateBooking } from './updateBooking.ts';

const { url, sql } = await testDatabase('booking');
const { url: redisUrl } = await testRedis();
const db = connect(url, { name: 'hot' });
const directory = exampleDirectory();
const passport = gatewayPassports(SECRET_KEY, 'booking');
const log = silentLog();
const logged: { level: string; message: string }[] = [];
for (const level of ['error', 'warn', 'info'] as const) {
  vi.spyOn(log, level).mockImplementation(((_: object, message: string) => {
    logged.push({ level, message });
  }) as never);
}
Object.assign(log, { child: (): Log => log });
const changes = instance({ databaseUrl: url, redisUrl });
const subgraph = await startSubgraph({
  name: 'booking',
  host: '127.0.0.1',
  port: 0,
  isProduction: false,
  schema: schema(changes, nothingLive),
  passports: passport.accepted,
  callerOfClient: async () => ({ kind: 'anonymous' }),
  languageOfTenant: async () => 'pt-BR',
  context: (base) => contextOf({ ...base, now: NOW }, { db, sources: directory, ...directory }),
  checks: {},
  log,
});
afterAll(async () => {
  await subgraph.stop();
  await changes.stop();
  await db.close();
});
const { now: NOW } = exampleTenant(db, directory);

/** More than there are connections. */
const CROWD = 100;

function setup() {
  const tenant = exampleTenant(db, directory);
  const caller = tenant.user();
  return { tenant, caller, room: tenant.resource(), ctx: () => tenant.as(caller) };
}

/** Holds an advisory lock until the result is called. */
async function takeLock(kind: 'RESOURCE' | 'MOVE', id: string) {
  const connection = await sql.reserve();
  await connection`begin`;
  await acquireLocks({ sql: connection }, LOCK_KEYS.booking(kind, id));
  return async () => {
    await connection`rollback`;
    connection.release();
  };
}
const waitingForLocks = async (): Promise<number> =>
  Number(
    (
      await sql`
        select count(*) as n from pg_locks join pg_stat_activity using (pid)
        where not granted and locktype = 'advisory' and application_name = 'hot'`
    )[0]!['n'],
  );
const writtenOf = async (tenantId: string) => {
  const [row] = await sql`
    select (select count(*)::int from bookings where tenant_id = ${tenantId}) as bookings,
           (select count(*)::int from outbox where tenant_id = ${tenantId}) as events,
           (select count(*)::int from idempotency_keys where tenant_id = ${tenantId}) as keys`;
  return row;
};
async function ask(caller: Caller, language: string, query: string, variables: object) {
  const response = await fetch(subgraph.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'accept-language': language,
      [PASSPORT_HEADER]: await passport.mint(caller),
    },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as { errors?: { message: string; extensions: { code: string } }[] };
}

describe('a resource whose lock is taken', () => {
  it('leaves connections to other resources, however many bookings and moves wait for it', async () => {
    const [hot, other] = [setup(), setup()];
    const moved = valueOf(await createBooking(hot.ctx(), bookingInput(hot.tenant.resource()))).bookings[0]!;
    const release = await takeLock('RESOURCE', hot.room);
    const crowd = Array.from({ length: CROWD }, (_, n) =>
      n % 2
        ? createBooking(hot.ctx(), bookingInput(hot.room))
        : updateBooking(hot.ctx(), { id: moved.id, resourceId: hot.room }),
    );
    const settled = Promise.allSettled(crowd);
    await expect.poll(waitingForLocks).toBeGreaterThan(0);
    const [booking] = valueOf(await createBooking(other.ctx(), bookingInput(other.room))).bookings;
    valueOf(await updateBooking(other.ctx(), { id: booking!.id, ...times('12:00', '13:00') }));
    // Otherwise the others would have waited for the server's lock timeout.
    expect(await waitingForLocks()).toBeLessThan(POOL_SIZE / 2);
    await release();
    await settled;
  });

  it('is SERVICE_UNAVAILABLE, in the caller’s language and logged as busy, and leaves nothing half written', async () => {
    const { tenant, caller, room, ctx } = setup();
    const release = await takeLock('RESOURCE', room);
    logged.length = 0;
    const query =
      'mutation ($input: CreateBookingInput!) { createBooking(input: $input) { booking { id } } }';
    const recurrence = { frequency: 'DAILY', endDate: '2027-01-08T12:00' };
    const input = {
      resourceId: room,
      startTime: '2027-01-06T10:00',
      endTime: '2027-01-06T11:00',
      idempotencyKey: 'k1',
      recurrence,
    };
    const answers = await Promise.all(
      ['pt-BR', 'en'].map((language) => ask(caller, language, query, { input })),
    );
    expect(answers.flatMap(({ errors }) => errors)).toMatchObject([
      {
        message: 'Muitas requisições para o mesmo item neste momento. Tente novamente em alguns instantes.',
        extensions: { code: 'SERVICE_UNAVAILABLE' },
      },
      {
        message: 'Too many requests for the same item right now. Try again in a moment.',
        extensions: { code: 'SERVICE_UNAVAILABLE' },
      },
    ]);
    expect(logged.filter(({ message }) => message !== 'request')).toEqual([
      { level: 'info', message: 'busy' },
      { level: 'info', message: 'busy' },
    ]);
    expect(await writtenOf(tenant.id)).toEqual({ bookings: 0, events: 0, keys: 0 });

    await release();
    const again = { ...bookingInput(room), idempotencyKey: 'k1' };
    const weekly = { ...again, recurrence: { frequency: 'DAILY', endDate: at('2027-01-08T12:00') } as const };
    expect(valueOf(await createBooking(ctx(), weekly)).bookings).toHaveLength(3);
    expect(await writtenOf(tenant.id)).toEqual({ bookings: 3, events: 3, keys: 1 });
  });

  it('leaves a booking as it was when its move times out, also when another transaction is moving it', async () => {
    const { tenant, room, ctx } = setup();
    const [booking] = valueOf(await createBooking(ctx(), bookingInput(tenant.resource()))).bookings;
    for (const take of [() => takeLock('RESOURCE', room), () => takeLock('MOVE', booking!.id)]) {
      const release = await take();
      await expect(updateBooking(ctx(), { id: booking!.id, resourceId: room })).rejects.toMatchObject({
        code: '55P03',
      });
      await release();
    }
    const [row] = await sql`select resource_id, version from bookings where id = ${booking!.id}`;
    expect(row).toEqual({ resource_id: booking!.resourceId, version: 1 });
    expect(await writtenOf(tenant.id)).toMatchObject({ events: 1 });
  });
});

it(`of ${CROWD} concurrent requests for one slot one gets it, and all others CONFLICT`, async () => {
  const { tenant, room, ctx } = setup();
  const outcomes = await Promise.all(
    Array.from({ length: CROWD }, () => createBooking(ctx(), bookingInput(room))),
  );
  expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
  expect(outcomes.flatMap(codesOf)).toEqual(Array.from({ length: CROWD - 1 }, () => 'CONFLICT'));
  expect(await writtenOf(tenant.id)).toMatchObject({ bookings: 1, events: 1 });
});

it(`${CROWD} concurrent requests for different slots of one resource all succeed once its lock is free`, async () => {
  const { tenant, room, ctx } = setup();
  const release = await takeLock('RESOURCE', room);
  const days = Array.from({ length: CROWD }, (_, n) =>
    NOW.add({ hours: 24 * (n + 1) })
      .toString()
      .slice(0, 10),
  );
  const all = Promise.all(
    days.map((day) => createBooking(ctx(), bookingInput(room, times('10:00', '11:00', day)))),
  );
  await expect.poll(waitingForLocks).toBeGreaterThan(0);
  await release();
  expect((await all).flatMap(codesOf)).toEqual([]);
  expect(await writtenOf(tenant.id)).toMatchObject({ bookings: CROWD, events: CROWD });
});
