import type { Caller } from '@libs/auth/caller';
import { connectRedis } from '@libs/cache/redis';
import { connect } from '@libs/db/connect';
import { changeChannelOf } from '@libs/events/relay/publish';
import { relayOnce } from '@libs/events/relay/relay';
import { ApiError } from '@libs/outcome/apiErrors';
import { silentLog } from '@libs/telemetry/log';
import { testDatabase, testRedis } from '@libs/testing/testDatabases';
import { Temporal } from 'temporal-polyfill';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  bookingInput,
  exampleDirectory,
  exampleTenant,
  platformCaller,
  times,
  valueOf,
  type ExampleTenant,
} from '../booking.fixtures.ts';
import { cancelBooking } from '../bookings/cancelBooking.ts';
import { changeBookingStatus } from '../bookings/changeBookingStatus.ts';
import { createBooking } from '../bookings/createBooking.ts';
import { updateBooking } from '../bookings/updateBooking.ts';
import { createClosures } from '../closures/createClosures.ts';
import { createHold } from '../holds/createHold.ts';
import { releaseHold } from '../holds/releaseHold.ts';
import { instance, subscriber, type Subscriber } from './changes.fixtures.ts';
import { CHANGES_PER_READ, checkpointOfChange, type Change } from './readChanges.ts';
import { MAX_BUFFERED_CHANGES } from './changeBuffer.ts';

const { url } = await testDatabase('booking');
const { url: redisUrl } = await testRedis();
const log = silentLog();
const db = connect(url, { name: 'test' });
const redis = connectRedis(redisUrl, { name: 'test', log });
const changes = instance({ databaseUrl: url, redisUrl });
const directory = exampleDirectory();
const subscribers: Subscriber[] = [];

afterEach(async () => {
  for (const one of subscribers.splice(0)) await one.end();
});
afterAll(async () => {
  await changes.stop();
  redis.disconnect();
  await db.close();
});

const relay = () => relayOnce({ db, redis });

async function subscribe(
  ...[ctx, requested]: [Parameters<typeof subscriber>[0], Parameters<typeof subscriber>[2]?]
) {
  const one = await subscriber(ctx, changes, requested);
  subscribers.push(one);
  return one;
}

function setup() {
  const tenant = exampleTenant(db, directory);
  const [boss, ana, bia] = [tenant.administrator(), tenant.user(), tenant.user()];
  return { tenant, boss, ana, bia, sala: tenant.resource(), quadra: tenant.resource() };
}

async function book(
  tenant: ExampleTenant,
  by: Caller,
  room: string,
  parts: Parameters<typeof bookingInput>[1] = {},
) {
  return valueOf(await createBooking(tenant.as(by), bookingInput(room, parts))).bookings[0]!;
}

/** Announces each of the tenant's changes `times` more and relays them: faster than making changes. */
async function repeatChanges(tenant: ExampleTenant, times: number): Promise<void> {
  await db.sql`
    insert into outbox (id, stream, event_type, tenant_id, payload, occurred_at, trace_id, version)
    select gen_random_uuid(), stream, event_type, tenant_id, payload, occurred_at, trace_id, version
    from outbox, generate_series(1, ${times}) where tenant_id = ${tenant.id}`;
  await relay();
}

/** The tenant's event ids, in order. */
const eventsOf = async (tenant: ExampleTenant): Promise<string[]> =>
  (await db.sql`select id from outbox where tenant_id = ${tenant.id} order by position`).map(
    (row) => row['id'] as string,
  );

const idsOf = (received: Change[]) => received.map(({ id }) => id);
const refusalOf = (requested: Promise<unknown>) =>
  requested.then(
    () => 'not refused',
    (error: unknown) => (error instanceof ApiError ? `${error.code} ${error.key}` : error),
  );

it('delivers changes after malformed messages on the change channel', async () => {
  const { tenant, boss, sala } = setup();
  const one = await subscribe(tenant.as(boss));
  for (const message of ['null', '7', '{}', '[null]', 'no JSON']) {
    await expect.poll(() => redis.publish(changeChannelOf('booking-events'), message)).toBeGreaterThan(0);
  }
  await book(tenant, boss, sala);
  await relay();
  expect(await one.take(1)).toHaveLength(1);
});

describe('a subscription', () => {
  it('delivers every kind of change, with its event id and the booking in its current state', async () => {
    const { tenant, boss, sala } = setup();
    const one = await subscribe(tenant.as(boss));
    const { id } = await book(tenant, boss, sala);
    valueOf(await updateBooking(tenant.as(boss), { id, notes: 'tapete' }));
    valueOf(await changeBookingStatus(tenant.as(boss), { id, status: 'CONFIRMED' }));
    valueOf(await cancelBooking(tenant.as(boss), { id }));
    await relay();
    const received = await one.take(4);
    expect(received.map(({ type }) => type)).toEqual(['CREATED', 'UPDATED', 'STATUS_CHANGED', 'CANCELLED']);
    expect(idsOf(received)).toEqual(await eventsOf(tenant));
    expect(received.map(({ booking }) => [booking.id, booking.version, booking.status])).toEqual(
      received.map(() => [id, 4, 'CANCELLED']),
    );
    expect(received.every(({ occurredAt }) => occurredAt.equals(tenant.now))).toBe(true);
  });

  it('goes on after events that are no changes of bookings, such as those of holds and closures', async () => {
    const { tenant, boss, sala, quadra } = setup();
    const one = await subscribe(tenant.as(boss));
    const start = one.cursor();
    const first = await book(tenant, boss, sala);
    const { id } = valueOf(await createHold(tenant.as(boss), bookingInput(quadra)));
    valueOf(await releaseHold(tenant.as(boss), id));
    const day = Temporal.PlainDate.from('2027-12-25');
    const closures = [{ name: 'Natal', from: day, to: day }];
    valueOf(await createClosures(tenant.as(boss), { closures }));
    await relay();
    expect((await one.take(1))[0]?.booking.id).toBe(first.id);
    const second = await book(tenant, boss, quadra);
    await relay();
    expect((await one.take(1))[0]?.booking.id).toBe(second.id);
    const again = await subscribe(tenant.as(boss), { after: start });
    expect((await again.take(2)).map(({ booking }) => booking.id)).toEqual([first.id, second.id]);
  });

  it('without a cursor delivers changes committed from now on, even if earlier ones have no position yet', async () => {
    const { tenant, boss, sala, quadra } = setup();
    await book(tenant, boss, sala);
    const one = await subscribe(tenant.as(boss));
    const later = await book(tenant, boss, quadra);
    await relay();
    expect((await one.take(1))[0]?.booking.id).toBe(later.id);
  });

  it('with a cursor delivers all later changes in pages, then live ones, without gaps or repeats', async () => {
    const { tenant, boss, sala } = setup();
    const first = await subscribe(tenant.as(boss));
    const start = first.cursor();
    const { id } = await book(tenant, boss, sala);
    const many = 2 * CHANGES_PER_READ + 1;
    await repeatChanges(tenant, many - 1);
    const one = await subscribe(tenant.as(boss), { after: start });
    const replayed = await one.take(many);
    for (const notes of ['a', 'b', 'c']) valueOf(await updateBooking(tenant.as(boss), { id, notes }));
    await relay();
    expect(idsOf([...replayed, ...(await one.take(3))])).toEqual(await eventsOf(tenant));
    const half = await subscribe(tenant.as(boss), {
      after: changes.cursors.encode(tenant.id, checkpointOfChange(replayed[many - 3]!)),
    });
    expect(idsOf(await half.take(5))).toEqual((await eventsOf(tenant)).slice(-5));
  });

  it('resumes from the cursor that precedes the first change, instead of `after`', async () => {
    const { tenant, boss, sala } = setup();
    const one = await subscribe(tenant.as(boss));
    await one.end();
    const { id } = await book(tenant, boss, sala);
    await relay();
    const again = await subscribe({ ...tenant.as(boss), resumeCursor: one.cursor() }, { after: 'ignored' });
    expect((await again.take(1))[0]?.booking.id).toBe(id);
  });

  it('omits changes of bookings that were deleted with their tenant', async () => {
    const { tenant, boss, sala } = setup();
    const one = await subscribe(tenant.as(boss));
    const start = one.cursor();
    await book(tenant, boss, sala);
    await relay();
    await db.sql`delete from bookings where tenant_id = ${tenant.id}`;
    const { id } = await book(tenant, boss, sala);
    await relay();
    const again = await subscribe(tenant.as(boss), { after: start });
    expect((await again.take(1))[0]?.booking.id).toBe(id);
  });
});

describe('visibility', () => {
  it('covers the bookings that a user made or that are for them; for managers of bookings, all', async () => {
    const { tenant, boss, ana, bia, sala, quadra } = setup();
    const clerk = tenant.user({ canManageBookings: true });
    const [anas, bias, bosss, clerks] = await Promise.all(
      [ana, bia, boss, clerk].map((caller) => subscribe(tenant.as(caller))),
    );
    const created = [
      await book(tenant, ana, sala),
      await book(tenant, bia, sala, times('11:00', '12:00')),
      await book(tenant, ana, quadra, { clientId: bia.userId }),
    ].map(({ id }) => id);
    await relay();
    const received = async (one: Subscriber | undefined, count: number) =>
      (await one!.take(count)).map(({ booking }) => booking.id);
    expect(await received(anas, 2)).toEqual([created[0], created[2]]);
    expect(await received(bias, 2)).toEqual([created[1], created[2]]);
    expect(await received(bosss, 3)).toEqual(created);
    expect(await received(clerks, 3)).toEqual(created);
  });

  it('ends at the tenant', async () => {
    const [here, there] = [setup(), setup()];
    const [ours, theirs] = [
      await subscribe(here.tenant.as(here.boss)),
      await subscribe(there.tenant.as(there.boss)),
    ];
    const a = await book(here.tenant, here.boss, here.sala);
    const b = await book(there.tenant, there.boss, there.sala);
    await relay();
    expect((await ours.take(1))[0]?.booking.id).toBe(a.id);
    expect((await theirs.take(1))[0]?.booking.id).toBe(b.id);
  });

  it('follows the current state of the booking: its previous client receives no more of it', async () => {
    const { tenant, boss, ana, bia, sala, quadra } = setup();
    const [anas, bias] = [await subscribe(tenant.as(ana)), await subscribe(tenant.as(bia))];
    const passed = await book(tenant, boss, sala, { clientId: ana.userId });
    valueOf(await updateBooking(tenant.as(boss), { id: passed.id, clientId: bia.userId }));
    await relay();
    expect((await bias.take(2)).map(({ booking }) => booking.id)).toEqual([passed.id, passed.id]);
    const own = await book(tenant, ana, quadra);
    await relay();
    expect((await anas.take(1))[0]?.booking.id).toBe(own.id);
  });

  it('requires a session in the requested tenant; platform administrators must name one', async () => {
    const { tenant, boss, sala } = setup();
    const other = setup();
    const tenantId = tenant.id;
    expect(await refusalOf(subscribe(tenant.as({ kind: 'anonymous' })))).toBe(
      'UNAUTHENTICATED api.unauthenticated',
    );
    expect(await refusalOf(subscribe(other.tenant.as(other.boss), { filter: { tenantId } }))).toBe(
      'FORBIDDEN api.otherTenant',
    );
    const platform = tenant.as(platformCaller());
    expect(await refusalOf(subscribe(platform))).toBe('BAD_USER_INPUT api.tenantIdNeeded');
    const one = await subscribe(platform, { filter: { tenantId } });
    const { id } = await book(tenant, boss, sala);
    await relay();
    expect((await one.take(1))[0]?.booking.id).toBe(id);
  });
});

describe('a filter', () => {
  it('by type delivers only changes of these types', async () => {
    const { tenant, boss, sala } = setup();
    const one = await subscribe(tenant.as(boss), { filter: { types: ['CANCELLED'] } });
    const { id } = await book(tenant, boss, sala);
    valueOf(await cancelBooking(tenant.as(boss), { id }));
    await relay();
    expect((await one.take(1))[0]?.type).toBe('CANCELLED');
  });

  it('by resource also delivers the change that moves a booking away from it', async () => {
    const { tenant, boss, sala, quadra } = setup();
    const one = await subscribe(tenant.as(boss), { filter: { resourceId: sala } });
    await book(tenant, boss, quadra);
    const { id } = await book(tenant, boss, sala, times('14:00', '15:00'));
    valueOf(await updateBooking(tenant.as(boss), { id, resourceId: quadra }));
    valueOf(await updateBooking(tenant.as(boss), { id, notes: 'elsewhere' }));
    await book(tenant, boss, sala);
    await relay();
    expect((await one.take(3)).map(({ type, booking }) => [type, booking.id === id])).toEqual([
      ['CREATED', true],
      ['UPDATED', true],
      ['CREATED', false],
    ]);
  });

  it('by resource also delivers bookings that have it as an additional one, and those that give it up', async () => {
    const { tenant, boss, sala, quadra } = setup();
    const one = await subscribe(tenant.as(boss), { filter: { resourceId: sala } });
    await book(tenant, boss, quadra, times('08:00', '09:00'));
    const { id } = await book(tenant, boss, quadra, { additionalResources: [{ resourceId: sala }] });
    valueOf(await updateBooking(tenant.as(boss), { id, notes: 'with both' }));
    valueOf(await updateBooking(tenant.as(boss), { id, additionalResources: [] }));
    valueOf(await updateBooking(tenant.as(boss), { id, notes: 'elsewhere' }));
    await book(tenant, boss, sala);
    await relay();
    const taken = (await one.take(4)).map(({ type, booking }) => [type, booking.id === id]);
    expect(taken).toEqual([
      ['CREATED', true],
      ['UPDATED', true],
      ['UPDATED', true],
      ['CREATED', false],
    ]);
  });

  it('by user delivers the bookings made by or for them, and does not widen what the caller may read', async () => {
    const { tenant, boss, ana, bia, sala, quadra } = setup();
    const ofBia = { filter: { userId: bia.userId } };
    const [bosss, anas] = [await subscribe(tenant.as(boss), ofBia), await subscribe(tenant.as(ana), ofBia)];
    await book(tenant, ana, sala);
    const created = [
      await book(tenant, bia, sala, times('11:00', '12:00')),
      await book(tenant, boss, quadra, { clientId: bia.userId }),
      await book(tenant, ana, quadra, { ...times('12:00', '13:00'), clientId: bia.userId }),
    ].map(({ id }) => id);
    await relay();
    expect((await bosss.take(3)).map(({ booking }) => booking.id)).toEqual(created);
    // Ana made this one.
    expect((await anas.take(1))[0]?.booking.id).toBe(created[2]);
  });
});

describe('a cursor', () => {
  it('that is forged or belongs to another tenant is refused', async () => {
    const { tenant, boss } = setup();
    const other = setup();
    const one = await subscribe(tenant.as(boss));
    const good = one.cursor();
    const foreign = 'BAD_USER_INPUT booking.changesCursorForeign';
    const altered = `${good[0] === 'A' ? 'B' : 'A'}${good.slice(1)}`;
    for (const after of ['', '0', 'x'.repeat(32), altered, `${good}A`, good.slice(0, -1)]) {
      expect(await refusalOf(subscribe(tenant.as(boss), { after }))).toBe(foreign);
    }
    expect(await refusalOf(subscribe(other.tenant.as(other.boss), { after: good }))).toBe(foreign);
  });

  it('that is older than the retention is refused, and ends a subscription that falls behind it', async () => {
    const { tenant, boss, sala } = setup();
    const old = await subscribe(tenant.as(boss));
    const start = old.cursor();
    await book(tenant, boss, sala);
    await repeatChanges(tenant, CHANGES_PER_READ + 1);
    const slow = await subscribe(tenant.as(boss), { after: start });
    expect(await slow.take(1)).toHaveLength(1);
    const [before] = await db.sql<{ removed: string }[]>`select removed::text from outbox_relay`;
    await db.sql`update outbox_relay set removed = (select max(position) from outbox)`;
    const tooOld = 'BAD_USER_INPUT booking.changesCursorTooOld';
    expect(await refusalOf(subscribe(tenant.as(boss), { after: start }))).toBe(tooOld);
    expect(await refusalOf(slow.take(CHANGES_PER_READ + 1))).toBe(tooOld);
    await db.sql`update outbox_relay set removed = ${before!.removed}::bigint`;
  });
});

describe('a slow subscriber', () => {
  it('is ended with RATE_LIMITED, does not affect others, and resumes by its cursor without loss', async () => {
    const { tenant, boss, sala } = setup();
    const [slow, quick] = [await subscribe(tenant.as(boss)), await subscribe(tenant.as(boss))];
    // The first change may come from the replay; the second comes live.
    const taken = [slow.take(1), quick.take(1)];
    await book(tenant, boss, sala);
    await relay();
    await Promise.all(taken);
    taken.push(slow.take(1), quick.take(1));
    await book(tenant, boss, sala, times('11:00', '12:00'));
    await relay();
    const [, first = [], , second = []] = await Promise.all(taken);
    // Starts to read before the changes are made, or it would overflow too.
    const reading = quick.take(MAX_BUFFERED_CHANGES + 2);
    await repeatChanges(tenant, MAX_BUFFERED_CHANGES / 2 + 1);
    const rest = await reading;
    expect(idsOf([...first, ...second, ...rest])).toEqual(await eventsOf(tenant));
    expect(await refusalOf(slow.take(1))).toBe('RATE_LIMITED booking.changesNotRead');
    const again = await subscribe(tenant.as(boss), { after: slow.cursor() });
    expect(idsOf(await again.take(rest.length))).toEqual(idsOf(rest));
  });
});
