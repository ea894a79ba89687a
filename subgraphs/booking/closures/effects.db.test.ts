import type { ApiScope } from '@libs/auth/rights';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import { done } from '@libs/outcome/outcome';
import { eventually } from '@libs/testing/eventFixtures';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, describe, expect, it } from 'vitest';
import {
  bookingInput,
  codesOf,
  exampleDirectory,
  platformCaller,
  times,
  valueOf,
} from '../booking.fixtures.ts';
import { CASCADE_BATCH } from '../bookings/cascade/cascadeStore.ts';
import { lockBookingParties } from '../bookings/cascade/tombstoneStore.ts';
import { whileNobodyBooks } from '../bookings/cascade/whileNobodyBooks.ts';
import { createBooking } from '../bookings/createBooking.ts';
import type { ClosureEffect, ClosureInput, CreateClosuresInput } from '../generated.ts';
import { between, closing, date, exampleClosures } from './closures.fixtures.ts';
import { createClosures } from './createClosures.ts';
import { deleteClosure } from './deleteClosure.ts';
import { closures } from './reads.ts';
import { updateClosure } from './updateClosure.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'closures' });
afterAll(() => db.close());
const directory = exampleDirectory();
const setup = () => exampleClosures(db, directory);

/** At `hour` in São Paulo. */
const at = (hour: number, day = '2027-01-06') =>
  date(day).toZonedDateTime('America/Sao_Paulo').add({ hours: hour }).toInstant().toString();

const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

const versionOf = async (resourceId: string): Promise<number> => {
  const [row] =
    await sql`select version >> 32 as version from resource_versions where resource_id = ${resourceId}`;
  return Number(row?.['version'] ?? 0);
};
const countAllocations = async (tenantId: string) =>
  (await sql`select 1 from allocations where tenant_id = ${tenantId}`).length;

describe('what a closure overlaps', () => {
  const EFFECTS = ['KEEP', 'REFUSE', 'CANCEL'] as const;

  /** The bookings that each effect finds, which must be the same. */
  async function found(one: ReturnType<typeof setup>, closure: ClosureInput): Promise<string[]> {
    const kept = await one.close([closure], 'KEEP');
    for (const row of kept.closures) valueOf(await deleteClosure(one.ctx(), row.id));
    const refused = await one.create([closure], { effect: 'REFUSE' });
    const conflicts = refused.ok ? [] : refused.refusals.flatMap(({ conflict }) => conflict!.bookings);
    expect(conflicts.map(({ bookingId }) => bookingId)).toEqual(idsOf(kept.affected));
    for (const row of refused.ok ? refused.value.closures : [])
      valueOf(await deleteClosure(one.ctx(), row.id));
    const cancelled = await one.close([closure], 'CANCEL');
    expect(idsOf(cancelled.affected)).toEqual(idsOf(kept.affected));
    for (const { affected, affectedCount } of [kept, cancelled]) expect(affectedCount).toBe(affected.length);
    return idsOf(kept.affected);
  }

  it('overlaps half-open, on each date, by the booking’s own time', async () => {
    const one = setup();
    const resourceId = one.tenant.resource();
    const book = (hour: number, day?: string) => one.insertBooking({ resourceId, start: at(hour, day) });
    await book(9);
    const [first, second] = [await book(10), await book(12)];
    await book(13);
    // Out of hours on the next date, and within them.
    await book(20, '2027-01-07');
    const third = await book(11, '2027-01-07');
    await book(11, '2027-01-08');
    // Its buffers reach into the closure.
    const [padded] = await sql`
      update allocations set occupied = tstzrange(start_time - interval '2 hours', end_time + interval '0 hours')
      where booking_id = ${await book(16)} returning 1`;
    expect(padded).toBeDefined();
    const closure = closing('2027-01-06', { to: date('2027-01-07'), ...between('10:00', '13:00') });
    expect(await found(one, closure)).toEqual([first, second, third]);
  });

  it('takes the time of the date as the tenant’s clock shows it', async () => {
    const one = setup();
    const resourceId = one.tenant.resource();
    await one.insertBooking({ resourceId, start: '2027-01-06T02:00Z' });
    const first = await one.insertBooking({ resourceId, start: '2027-01-06T03:00Z' });
    const last = await one.insertBooking({ resourceId, start: '2027-01-07T02:00Z' });
    await one.insertBooking({ resourceId, start: '2027-01-07T03:00Z' });
    expect(await found(one, closing())).toEqual([first, last]);
  });

  it('finds bookings that last for days', async () => {
    const one = setup();
    const [a, b, c] = [one.tenant.resource(), one.tenant.resource(), one.tenant.resource()];
    const long = await one.insertBooking({
      resourceId: a,
      start: at(0, '2027-01-05'),
      minutes: 30 * 24 * 60,
    });
    await one.insertBooking({ resourceId: b, start: at(0, '2027-01-05'), minutes: 24 * 60 });
    const day = await one.insertBooking({ resourceId: c, start: at(0, '2027-01-05'), minutes: 26 * 60 });
    expect((await found(one, closing())).sort()).toEqual([long, day].sort());
  });

  it('closes only what it names: resources, categories, and additional resources of bookings', async () => {
    const one = setup();
    const { tenant, insertBooking } = one;
    const category = { id: crypto.randomUUID(), isActive: true };
    const [named, ofCategory, third] = [tenant.resource(), tenant.resource({ category }), tenant.resource()];
    const extra = tenant.resource();
    const wanted = [
      await insertBooking({ resourceId: named, start: at(8) }),
      await insertBooking({ resourceId: ofCategory, start: at(9) }),
      await insertBooking({ resourceId: third, start: at(10), additional: named }),
      await insertBooking({ resourceId: third, start: at(11), additional: ofCategory }),
    ];
    await insertBooking({ resourceId: third, start: at(12), additional: extra });
    const other = setup();
    await other.insertBooking({ resourceId: other.tenant.resource(), start: at(8) });
    const closure = closing('2027-01-06', { resourceIds: [named], categoryIds: [category.id] });
    expect(await found(one, closure)).toEqual(wanted);
    expect(await other.statuses()).toEqual({ CONFIRMED: 1 });
  });

  it('leaves what is over, and what occupies nothing', async () => {
    const one = setup();
    const resourceId = one.tenant.resource();
    // It is 09:00 on 2027-01-04.
    await one.insertBooking({ resourceId, start: at(8, '2027-01-04') });
    const running = await one.insertBooking({
      resourceId,
      start: at(8.5 - 0.5 + 1, '2027-01-04'),
      minutes: 30,
    });
    for (const status of ['CANCELLED', 'REJECTED', 'NO_SHOW']) {
      await one.insertBooking({ resourceId, start: at(12, '2027-01-04'), status });
    }
    expect(await found(one, closing('2027-01-01', { to: date('2027-01-04') }))).toEqual([running]);
  });

  it.each(EFFECTS)('reports the first 100 of 1,000 by start, and how many there are (%s)', async (effect) => {
    const { tenant, manager, create, statuses, events, countClosures } = setup();
    const resourceId = tenant.resource();
    await fill(tenant.id, resourceId, manager.userId, 1_000);
    const outcome = await create([closing('2027-01-05', { to: date('2027-03-31'), name: 'Obras' })], {
      effect,
    });
    const byStart = await sql<{ id: string }[]>`
      select id from bookings where tenant_id = ${tenant.id} order by start_time limit 100`;
    if (effect === 'REFUSE') {
      expect(codesOf(outcome)).toEqual(['CONFLICT']);
      const { conflict, params } = outcome.ok ? ({} as never) : outcome.refusals[0]!;
      expect(conflict!.bookings.map(({ bookingId }) => bookingId)).toEqual(idsOf(byStart));
      expect(params).toEqual({ count: 1_000 });
      expect([await countClosures(), await statuses()]).toEqual([0, { CONFIRMED: 1_000 }]);
      return;
    }
    const { affected, affectedCount, closures: made } = valueOf(outcome);
    expect(affectedCount).toBe(1_000);
    expect(idsOf(affected)).toEqual(idsOf(byStart));
    if (effect === 'KEEP') {
      expect([await statuses(), await events('booking.cancelled')]).toEqual([{ CONFIRMED: 1_000 }, []]);
      return;
    }
    expect(await statuses()).toEqual({ CANCELLED: 1_000 });
    expect(await countAllocations(tenant.id)).toBe(0);
    expect(affected[0]).toMatchObject({ status: 'CANCELLED', cancelledBy: manager.userId, version: 2 });
    const announced = await events('booking.cancelled');
    expect(new Set(announced.map(({ payload }) => payload['booking_id'])).size).toBe(1_000);
    for (const { payload } of announced) {
      expect(payload).toMatchObject({
        ...{ reason: 'Obras', closure_id: made[0]!.id },
        ...{ cancelled_by: manager.userId, status: 'cancelled' },
      });
    }
  });

  it('shows a caller who may not read bookings only how many there are', async () => {
    const { tenant, insertBooking } = setup();
    const resourceManager = tenant.user({ canManageResources: true });
    const resourceId = tenant.resource();
    await insertBooking({ resourceId, start: at(9) });
    const own = await insertBooking({ resourceId, start: at(10), userId: resourceManager.userId });
    const make = (effect: ClosureEffect) =>
      createClosures(tenant.as(resourceManager), { closures: [closing()], effect });
    const { affected, affectedCount } = valueOf(await make('KEEP'));
    expect([idsOf(affected), affectedCount]).toEqual([[own], 2]);
    expect(codesOf(await make('REFUSE'))).toEqual(['CONFLICT']);

    const key = { kind: 'apiKey', apiKeyId: newId(), tenantId: tenant.id } as const;
    const withKey = async (...scopes: ApiScope[]) => {
      const ctx = tenant.as({ ...key, scopes });
      const made = valueOf(await createClosures(ctx, { closures: [closing()] }));
      return [made.affected.length, made.affectedCount];
    };
    expect(await withKey('RESOURCES_WRITE')).toEqual([0, 2]);
    expect(await withKey('RESOURCES_WRITE', 'BOOKINGS_READ')).toEqual([2, 2]);
  });
});

/** Consecutive hours from 2027-01-05. */
const fill = (tenantId: string, resourceId: string, userId: string, count: number) => sql`
  with booking as (
    insert into bookings (id, tenant_id, resource_id, user_id, client_id, start_time, end_time, status, created_at, updated_at)
    select gen_random_uuid(), ${tenantId}, ${resourceId}, ${userId}, ${userId}, '2027-01-05T10:00Z'::timestamptz + n * interval '1 hour',
           '2027-01-05T11:00Z'::timestamptz + n * interval '1 hour', 'CONFIRMED', now(), now()
    from generate_series(0, ${count - 1}) as n returning *)
  insert into allocations (tenant_id, resource_id, booking_id, start_time, end_time, occupied, seats)
  select tenant_id, resource_id, id, start_time, end_time, tstzrange(start_time, end_time), '{[1,)}' from booking`;

describe('CANCEL', () => {
  it('cancels in batches, names the first closure that each booking overlaps, and raises versions', async () => {
    const { tenant, manager, insertBooking, close, events } = setup();
    const [room, other, untouched] = [tenant.resource(), tenant.resource(), tenant.resource()];
    await fill(tenant.id, room, manager.userId, CASCADE_BATCH + 1);
    const booking = await insertBooking({ resourceId: other, start: at(9), status: 'PENDING' });
    const [before, far] = [await versionOf(room), await versionOf(untouched)];
    const { closures: made, affectedCount } = await close(
      [
        closing('2027-01-06', { name: 'Um dia' }),
        closing('2027-01-05', { to: date('2027-02-28'), name: 'Férias', resourceIds: [room, other] }),
      ],
      'CANCEL',
    );
    expect(affectedCount).toBe(CASCADE_BATCH + 2);
    const reasons = await sql<{ reason: string; n: number }[]>`
      select cancellation_reason as reason, count(*)::int as n from bookings where tenant_id = ${tenant.id} group by 1 order by 2`;
    expect(reasons).toEqual([
      { reason: 'Um dia', n: 25 },
      { reason: 'Férias', n: CASCADE_BATCH + 1 + 1 - 25 },
    ]);
    const announced = await events('booking.cancelled');
    const own = announced.find(({ payload }) => payload['booking_id'] === booking)!;
    expect(own.payload['closure_id']).toBe(made[0]!.id);
    expect(await versionOf(room)).toBe(before + 1);
    expect(await versionOf(other)).toBe(1);
    expect(await versionOf(untouched)).toBe(far);
  });

  it('keeps COMPLETED bookings, and shows no user as cancelledBy if the platform cancels', async () => {
    const { tenant, insertBooking, statuses } = setup();
    const resourceId = tenant.resource();
    await insertBooking({ resourceId, start: at(9), status: 'COMPLETED' });
    await insertBooking({ resourceId, start: at(10) });
    const input: CreateClosuresInput = { tenantId: tenant.id, closures: [closing()], effect: 'CANCEL' };
    const { affected, affectedCount } = valueOf(await createClosures(tenant.as(platformCaller()), input));
    expect(affectedCount).toBe(1);
    expect(affected[0]).toMatchObject({ cancelledBy: null, cancellationReason: 'Feriado' });
    expect(await statuses()).toEqual({ COMPLETED: 1, CANCELLED: 1 });
  });
});

describe('holds', () => {
  const alive = '2027-01-04T12:05Z';
  async function withHold(expiresAt = alive) {
    const one = setup();
    const resourceId = one.tenant.resource();
    const id = await one.insertHold({ resourceId, start: at(9) }, expiresAt);
    const ended = async () =>
      (await sql`select ended_at is not null as e from holds where id = ${id}`)[0]!['e'];
    return { ...one, resourceId, ended };
  }

  it('refuse a closure with REFUSE, and stand in the error', async () => {
    const { create, countClosures, tenant, resourceId } = await withHold();
    const input: CreateClosuresInput = {
      closures: [closing('2027-01-06', { resourceIds: [resourceId] })],
      effect: 'REFUSE',
    };
    const outcome = await createClosures(tenant.as(tenant.administrator()), input);
    const conflict = outcome.ok ? undefined : outcome.refusals[0]!.conflict;
    expect(conflict).toMatchObject({ bookings: [], holds: [{ isMine: false }] });
    const own = await create(input.closures, { effect: 'REFUSE' });
    expect(own.ok ? undefined : own.refusals[0]!.conflict!.holds).toMatchObject([{ isMine: true }]);
    expect(await countClosures()).toBe(0);
    // At another resource, and at another time.
    const others = [closing('2027-01-06', { resourceIds: [tenant.resource()] }), closing('2027-01-07')];
    expect(codesOf(await create(others, { effect: 'REFUSE' }))).toEqual([]);
  });

  it('are released with CANCEL, and kept with KEEP', async () => {
    const { close, ended, tenant, resourceId } = await withHold();
    await close([closing()]);
    expect(await ended()).toBe(false);
    const { category } = directory.resourceById.get(resourceId)!;
    expect(
      (await close([closing('2027-01-06', { categoryIds: [category.id] })], 'CANCEL')).affectedCount,
    ).toBe(0);
    expect(await ended()).toBe(true);
    expect(await countAllocations(tenant.id)).toBe(0);
    expect(await versionOf(resourceId)).toBe(1);
  });

  it('are in no closure’s way once they have expired', async () => {
    const { close } = await withHold('2027-01-04T12:00Z');
    expect((await close([closing()], 'REFUSE')).closures).toHaveLength(1);
  });
});

describe('updateClosure', () => {
  async function made() {
    const one = setup();
    const resourceId = one.tenant.resource();
    const morning = await one.insertBooking({ resourceId, start: at(9) });
    const evening = await one.insertBooking({ resourceId, start: at(17) });
    const [row] = (await one.close([closing()])).closures;
    return { ...one, morning, evening, row: row! };
  }

  it('applies its effect to what the closure overlaps then: one that shrinks leaves the rest alone', async () => {
    const { row, ctx, morning, statuses } = await made();
    const input = { id: row.id, ...between('08:00', '12:00'), effect: 'CANCEL' } as const;
    const { affected, affectedCount, closures: rows } = valueOf(await updateClosure(ctx(), input));
    expect([idsOf(affected), affectedCount]).toEqual([[morning], 1]);
    expect(rows[0]).toMatchObject({ startTime: '08:00:00', endTime: '12:00:00' });
    expect(await statuses()).toEqual({ CANCELLED: 1, CONFIRMED: 1 });
  });

  it('changes nothing if it is refused', async () => {
    const { row, ctx, evening } = await made();
    const refused = await updateClosure(ctx(), {
      id: row.id,
      ...between('12:00', '24:00'),
      effect: 'REFUSE',
    });
    expect(refused.ok ? [] : refused.refusals[0]!.conflict!.bookings).toMatchObject([{ bookingId: evening }]);
    expect((await closures(ctx(), {})).nodes).toEqual([row]);
    expect(
      codesOf(await updateClosure(ctx(), { id: row.id, ...between('12:00', '17:00'), effect: 'REFUSE' })),
    ).toEqual([]);
  });

  it('applies an effect to an unchanged closure', async () => {
    const { row, ctx, statuses } = await made();
    expect(valueOf(await updateClosure(ctx(), { id: row.id, effect: 'CANCEL' })).affectedCount).toBe(2);
    expect(await statuses()).toEqual({ CANCELLED: 2 });
    valueOf(await deleteClosure(ctx(), row.id));
    expect(await statuses()).toEqual({ CANCELLED: 2 });
  });
});

describe('beside createBooking', () => {
  const ROUNDS = 64;
  /** A closure and a booking at the same moment. */
  const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  /** A negative delay is the closure's. */
  async function race(effect: ClosureEffect, delayMs: number) {
    const one = setup();
    const room = one.tenant.resource();
    const [closure, booking] = await Promise.all([
      sleep(-delayMs).then(() => one.create([closing()], { effect })),
      sleep(delayMs).then(() => createBooking(one.ctx(), bookingInput(room, times('10:00', '11:00')))),
    ]);
    return { ...one, closure, booking };
  }

  it('CANCEL cancels the booking or leaves it, with its allocation,', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { closure, statuses, tenant } = await race('CANCEL', (round % 13) - 8);
      const { affectedCount } = valueOf(closure);
      expect(await statuses()).toEqual(affectedCount === 1 ? { CANCELLED: 1 } : {});
      expect(await countAllocations(tenant.id)).toBe(0);
    }
  }, 60_000);

  const waiting = async (): Promise<boolean> =>
    (
      await sql`
      select 1 from pg_locks where locktype = 'advisory' and not granted
        and database = (select oid from pg_database where datname = current_database())`
    ).length > 0;

  it('a closure waits for whoever books, and then sees the booking', async () => {
    const { tenant, manager, create, insertBooking } = setup();
    const room = tenant.resource();
    const users = [manager.userId];
    let closure: ReturnType<typeof create> | undefined;
    await inTransaction(db, async (tx) => {
      await lockBookingParties(tenant.id, tx, { resources: [room], users });
      closure = create([closing()], { effect: 'REFUSE' });
      await eventually('waiting', waiting);
      // In a transaction of its own; what counts is that it is committed before the locks are released.
      await insertBooking({ resourceId: room, start: at(10) });
    });
    expect(codesOf((await closure)!)).toEqual(['CONFLICT']);
  });

  it('whoever books waits for a closure', async () => {
    const { tenant, ctx } = setup();
    const room = tenant.resource();
    let booking: ReturnType<typeof createBooking> | undefined;
    const order: string[] = [];
    await whileNobodyBooks(ctx(), tenant.id, async () => {
      booking = createBooking(ctx(), bookingInput(room));
      void booking.then(() => order.push('booking'));
      await eventually('waiting', waiting);
      order.push('closure');
      return done(null);
    });
    expect(codesOf((await booking)!)).toEqual([]);
    expect(order).toEqual(['closure', 'booking']);
  });

  it('with REFUSE, either the closure is refused and the booking stands, or the other way around', async () => {
    const winners = new Set<string>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const { closure, booking, statuses, countClosures } = await race('REFUSE', (round % 13) - 8);
      expect(closure.ok).toBe(!booking.ok);
      expect(codesOf(booking.ok ? closure : booking)).toEqual([booking.ok ? 'CONFLICT' : 'CLOSED']);
      expect(await statuses()).toEqual(booking.ok ? { PENDING: 1 } : {});
      expect(await countClosures()).toBe(booking.ok ? 0 : 1);
      winners.add(booking.ok ? 'booking' : 'closure');
    }
    // Otherwise the rounds were no race.
    expect(winners.size).toBe(2);
  }, 60_000);
});
