import { withAllocations } from '@drizzle/booking/allocations.fixtures';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { testDatabase } from '@libs/testing/testDatabases';
import { localTime } from '@libs/time/localTimes';
import { Temporal } from 'temporal-polyfill';
import { afterAll, describe, expect, it } from 'vitest';
import {
  at,
  bookingInput,
  codesOf,
  exampleDirectory,
  exampleTenant,
  platformCaller,
  times,
  valueOf,
} from '../booking.fixtures.ts';
import { createBooking } from './createBooking.ts';
import { bookingsOfResource } from './reads.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'createBooking' });
afterAll(() => db.close());
const directory = exampleDirectory();

/** On a machine that runs other tests as well. */
const MAX_WAIT_MS = 5_000;

function setup(rules: Parameters<typeof exampleTenant>[2] = {}) {
  const tenant = exampleTenant(db, directory, rules);
  const caller = tenant.user();
  return { tenant, caller, room: tenant.resource(), ctx: () => tenant.as(caller) };
}

const countOf = async (tenantId: string): Promise<number> =>
  Number((await sql`select count(*) as n from bookings where tenant_id = ${tenantId}`)[0]!['n']);
const eventsOf = (tenantId: string) =>
  sql<{ event_type: string; payload: Record<string, unknown> }[]>`
    select event_type, payload from outbox where tenant_id = ${tenantId} order by arrival`;

describe('createBooking', () => {
  it('creates a PENDING booking for the caller at the requested wall-clock time, and announces it', async () => {
    const { tenant, caller, room, ctx } = setup();
    const { bookings, series } = valueOf(
      await createBooking(ctx(), bookingInput(room, { notes: 'Levar toalha' })),
    );
    expect(series).toBeNull();
    expect(bookings).toMatchObject([
      {
        tenantId: tenant.id,
        resourceId: room,
        userId: caller.userId,
        clientId: caller.userId,
        status: 'PENDING',
        notes: 'Levar toalha',
        version: 1,
        cancelledBy: null,
      },
    ]);
    expect(bookings[0]!.startTime.toString()).toBe('2027-01-06T13:00:00Z');
    expect(await eventsOf(tenant.id)).toEqual([
      {
        event_type: 'booking.created',
        payload: {
          booking_id: bookings[0]!.id,
          user_id: caller.userId,
          client_id: caller.userId,
          resource_id: room,
          tenant_id: tenant.id,
          status: 'pending',
          start_time: '2027-01-06T13:00:00.000Z',
          end_time: '2027-01-06T14:00:00.000Z',
          series_id: null,
          booking_version: 1,
          seats: 1,
          resource_ids: [room],
          source: 'user',
          hold_id: null,
          metadata: {},
          overridden: [],
        },
      },
    ]);
  });

  it('creates a CONFIRMED booking for a tenant with autoConfirm', async () => {
    const { room, ctx } = setup({ autoConfirm: true });
    expect(valueOf(await createBooking(ctx(), bookingInput(room))).bookings[0]!.status).toBe('CONFIRMED');
  });

  it('books the whole of the longest days, which a filter on their last minute finds', async () => {
    const hours = { workingHoursStart: localTime('00:00'), workingHoursEnd: localTime('24:00') };
    for (const [timezone, first, next] of [
      ['America/New_York', '2027-11-07T00:00', '2027-11-08T00:00'],
      ['Antarctica/Troll', '2027-10-31T00:00', '2027-11-01T00:00'],
    ] as const) {
      const { room, ctx } = setup({ timezone, ...hours, bookingInterval: 60 });
      const whole = bookingInput(room, { startTime: at(first), endTime: at(next) });
      const [booking] = valueOf(await createBooking(ctx(), whole)).bookings;
      const filter = { from: booking!.endTime.subtract({ minutes: 1 }) };
      const { nodes } = await bookingsOfResource(ctx(), room, { first: 10, filter });
      expect(nodes).toEqual([booking]);
    }
  });

  it('accepts a time that touches another booking', async () => {
    const { room, ctx } = setup();
    valueOf(await createBooking(ctx(), bookingInput(room)));
    valueOf(await createBooking(ctx(), bookingInput(room, times('11:00', '12:00'))));
  });

  it('lets users who manage bookings, and platform administrators, book for another user', async () => {
    const { tenant, room } = setup();
    const other = tenant.user();
    const reception = tenant.user({ canManageBookings: true });
    const first = valueOf(
      await createBooking(tenant.as(reception), bookingInput(room, { userId: other.userId })),
    );
    expect(first.bookings[0]!.userId).toBe(other.userId);
    const second = valueOf(
      await createBooking(
        tenant.as(platformCaller()),
        bookingInput(tenant.resource(), { tenantId: tenant.id, userId: other.userId }),
      ),
    );
    expect(second.bookings[0]!.userId).toBe(other.userId);
  });
});

describe('createBooking of a series', () => {
  const weekly = { frequency: 'WEEKLY', endDate: at('2027-02-03T10:00') } as const;

  it('creates every occurrence, by start, with one event each', async () => {
    const { tenant, room, ctx } = setup();
    const { bookings, series } = valueOf(
      await createBooking(ctx(), bookingInput(room, { recurrence: weekly })),
    );
    expect(bookings.map(({ startTime }) => startTime.toString())).toEqual([
      '2027-01-06T13:00:00Z',
      '2027-01-13T13:00:00Z',
      '2027-01-20T13:00:00Z',
      '2027-01-27T13:00:00Z',
      '2027-02-03T13:00:00Z',
    ]);
    expect(series).toMatchObject({ frequency: 'WEEKLY', interval: 1, timezone: 'America/Sao_Paulo' });
    expect(series!.localStart.toString()).toBe('2027-01-06T10:00:00');
    expect(new Set(bookings.map(({ seriesId }) => seriesId))).toEqual(new Set([series!.id]));
    expect(await eventsOf(tenant.id)).toHaveLength(5);
  });

  it('creates 365 occurrences in one call', async () => {
    const { tenant, room, ctx } = setup();
    const { bookings } = valueOf(
      await createBooking(ctx(), bookingInput(room, { recurrence: { frequency: 'DAILY', interval: 1 } })),
    );
    expect(bookings).toHaveLength(365);
    expect(await countOf(tenant.id)).toBe(365);
  });

  it('creates nothing where two occurrences conflict, and names both conflicts', async () => {
    const { tenant, room, ctx } = setup();
    const taken = [];
    for (const day of ['2027-01-20', '2027-01-27']) {
      const taking = bookingInput(room, times('10:30', '11:30', day));
      taken.push(...valueOf(await createBooking(ctx(), taking)).bookings);
    }
    const outcome = await createBooking(ctx(), bookingInput(room, { recurrence: weekly }));
    expect(codesOf(outcome)).toEqual(['CONFLICT']);
    expect(!outcome.ok && outcome.refusals[0]!.conflict?.bookings).toEqual(
      taken.map(({ id, startTime, endTime }) => ({ bookingId: id, startTime, endTime })),
    );
    expect(await countOf(tenant.id)).toBe(2);
    expect(await sql`select id from booking_series where tenant_id = ${tenant.id}`).toHaveLength(0);
  });

  it('names each occurrence that breaks a rule besides the conflicts', async () => {
    const { tenant, room, ctx } = setup({ workingDays: ['MONDAY', 'TUESDAY', 'WEDNESDAY'] });
    valueOf(await createBooking(ctx(), bookingInput(room)));
    const recurrence = { frequency: 'DAILY', endDate: at('2027-01-08T12:00') } as const;
    const outcome = await createBooking(ctx(), bookingInput(room, { recurrence }));
    expect(codesOf(outcome)).toEqual(['CONFLICT', 'OUTSIDE_WORKING_HOURS', 'OUTSIDE_WORKING_HOURS']);
    expect(!outcome.ok && outcome.refusals.map(({ occurrence }) => occurrence?.startTime.toString())).toEqual(
      ['2027-01-07T13:00:00Z', '2027-01-08T13:00:00Z', undefined],
    );
    expect(await countOf(tenant.id)).toBe(1);
  });

  it('refuses more than 365 occurrences with TOO_MANY_OCCURRENCES', async () => {
    const { room, ctx } = setup();
    const recurrence = { frequency: 'DAILY', endDate: at('2028-06-01T12:00') } as const;
    expect(codesOf(await createBooking(ctx(), bookingInput(room, { recurrence })))).toEqual([
      'TOO_MANY_OCCURRENCES',
    ]);
  });
});

describe('createBooking refuses', () => {
  it('with every broken rule and the conflict at once, and writes nothing', async () => {
    const { tenant, room, ctx } = setup();
    const before = tenant.as(tenant.administrator(), { now: tenant.now.subtract({ hours: 24 * 30 }) });
    valueOf(await createBooking(before, bookingInput(room, times('08:00', '09:00', '2027-01-04'))));
    const outcome = await createBooking(ctx(), bookingInput(room, times('07:40', '08:25', '2027-01-04')));
    expect(codesOf(outcome).sort()).toEqual(
      ['CONFLICT', 'IN_THE_PAST', 'NOT_ON_INTERVAL', 'NOT_ON_INTERVAL', 'OUTSIDE_WORKING_HOURS'].sort(),
    );
    expect(await countOf(tenant.id)).toBe(1);
  });

  it('a second booking of the same slot with CONFLICT, its message and the conflicting bookings', async () => {
    const { room, ctx } = setup();
    const { bookings } = valueOf(await createBooking(ctx(), bookingInput(room)));
    const outcome = await createBooking(ctx(), bookingInput(room, times('10:30', '12:00')));
    expect(outcome).toMatchObject({
      ok: false,
      refusals: [
        {
          code: 'CONFLICT',
          key: 'booking.conflict',
          conflict: { bookings: [{ bookingId: bookings[0]!.id }] },
        },
      ],
    });
  });

  it('with CONFLICT when a writer without the resource’s lock was faster', async () => {
    const { tenant, room, ctx } = setup();
    const intruder = await sql.reserve();
    await intruder`begin`;
    await withAllocations(
      intruder,
      intruder`
      insert into bookings (id, tenant_id, resource_id, user_id, client_id, start_time, end_time, status, created_at, updated_at)
      values (${newId()}, ${tenant.id}, ${room}, ${newId()}, ${newId()}, '2027-01-06T13:30Z', '2027-01-06T14:30Z', 'PENDING', now(), now())`,
    );
    const waiting = createBooking(ctx(), bookingInput(room));
    await new Promise((resolve) => setTimeout(resolve, 150));
    await intruder`commit`;
    intruder.release();
    const outcome = await waiting;
    expect(codesOf(outcome)).toEqual(['CONFLICT']);
    expect(!outcome.ok && outcome.refusals[0]!.conflict?.bookings).toHaveLength(1);
    expect(await eventsOf(tenant.id)).toEqual([]);
  });

  it.each([
    ['NOT_FOUND', 'an unknown resource', () => bookingInput(newId())],
    ['NOT_FOUND', "another tenant's resource", () => bookingInput(setup().room)],
    [
      'INACTIVE',
      'an inactive resource',
      (t: ReturnType<typeof setup>) => bookingInput(t.tenant.resource({ isActive: false })),
    ],
    [
      'INACTIVE',
      'an inactive category',
      (t: ReturnType<typeof setup>) =>
        bookingInput(t.tenant.resource({ category: { id: newId(), isActive: false } })),
    ],
    [
      'NOT_FOUND',
      "another tenant's client",
      (t: ReturnType<typeof setup>) => bookingInput(t.room, { clientId: setup().caller.userId }),
    ],
    [
      'INACTIVE',
      'an inactive client',
      (t: ReturnType<typeof setup>) =>
        bookingInput(t.room, { clientId: t.tenant.user({}, { isActive: false }).userId }),
    ],
    [
      'INVALID',
      'an empty key',
      (t: ReturnType<typeof setup>) => bookingInput(t.room, { idempotencyKey: '' }),
    ],
    [
      'INVALID',
      'a key that is too long',
      (t: ReturnType<typeof setup>) => bookingInput(t.room, { idempotencyKey: 'k'.repeat(201) }),
    ],
    [
      'INVALID',
      'an end before its start',
      (t: ReturnType<typeof setup>) => bookingInput(t.room, { endTime: at('2027-01-06T09:00') }),
    ],
  ])('with %s %s', async (code, _, requested) => {
    const here = setup();
    expect(codesOf(await createBooking(here.ctx(), requested(here)))).toEqual([code]);
    expect(await countOf(here.tenant.id)).toBe(0);
  });

  it('users without canBook and inactive users with USER_CANNOT_BOOK', async () => {
    const { tenant, room } = setup();
    const barred = tenant.user({ canBook: false });
    expect(codesOf(await createBooking(tenant.as(barred), bookingInput(room)))).toEqual(['USER_CANNOT_BOOK']);
    const asleep = tenant.user({}, { isActive: false });
    const outcome = await createBooking(
      tenant.as(tenant.administrator()),
      bookingInput(room, { userId: asleep.userId }),
    );
    expect(outcome).toMatchObject({ refusals: [{ code: 'USER_CANNOT_BOOK', field: ['input', 'userId'] }] });
  });

  it('with INACTIVE in an inactive tenant, with NOT_FOUND in an unknown one', async () => {
    const { tenant, caller, room, ctx } = setup();
    tenant.profile.isActive = false;
    expect(codesOf(await createBooking(ctx(), bookingInput(room)))).toEqual(['INACTIVE']);
    const nowhere = bookingInput(room, { tenantId: newId(), userId: caller.userId });
    const outcome = await createBooking(tenant.as(platformCaller()), nowhere);
    expect(outcome).toMatchObject({ refusals: [{ code: 'NOT_FOUND', field: ['input', 'tenantId'] }] });
  });

  it('a platform administrator who names no user with INVALID', async () => {
    const { tenant, room } = setup();
    const outcome = await createBooking(
      tenant.as(platformCaller()),
      bookingInput(room, { tenantId: tenant.id }),
    );
    expect(outcome).toMatchObject({ refusals: [{ code: 'INVALID', field: ['input', 'userId'] }] });
  });
});

describe('createBooking throws', () => {
  it('FORBIDDEN for another user without canManageBookings, UNAUTHENTICATED without a session', async () => {
    const { tenant, room, ctx } = setup();
    const other = tenant.user();
    await expect(createBooking(ctx(), bookingInput(room, { userId: other.userId }))).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    await expect(createBooking(tenant.as({ kind: 'anonymous' }), bookingInput(room))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    await expect(createBooking(ctx(), bookingInput(room, { tenantId: newId() }))).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });
});

describe('an idempotency key', () => {
  it('creates one booking from 50 concurrent requests, and returns it to all', async () => {
    const { tenant, room, ctx } = setup();
    const requested = bookingInput(room, { idempotencyKey: 'k1' });
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => createBooking(ctx(), requested)));
    expect(new Set(outcomes.map((outcome) => valueOf(outcome).bookings[0]!.id)).size).toBe(1);
    expect(await countOf(tenant.id)).toBe(1);
    expect(await eventsOf(tenant.id)).toHaveLength(1);
  });

  it('creates one booking from concurrent requests for different resources, and refuses the others', async () => {
    const { tenant, ctx } = setup();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () =>
        createBooking(ctx(), bookingInput(tenant.resource(), { idempotencyKey: 'k1' })),
      ),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(new Set(outcomes.flatMap(codesOf))).toEqual(new Set(['IDEMPOTENCY_MISMATCH']));
    expect(await countOf(tenant.id)).toBe(1);
  });

  it('returns the first result, in its current state, even if the rules would refuse it now', async () => {
    const { tenant, caller, room, ctx } = setup();
    const recurrence = { frequency: 'DAILY', endDate: at('2027-01-08T12:00') } as const;
    const requested = bookingInput(room, { idempotencyKey: 'k1', recurrence });
    const first = valueOf(await createBooking(ctx(), requested));
    const later = tenant.as(caller, { now: tenant.now.add({ hours: 23 }) });
    tenant.profile.isActive = false;
    expect(valueOf(await createBooking(later, requested))).toEqual(first);
  });

  it('is refused with other input, and may be reused after 24 hours', async () => {
    const { tenant, caller, room, ctx } = setup();
    valueOf(await createBooking(ctx(), bookingInput(room, { idempotencyKey: 'k1' })));
    const other = bookingInput(room, {
      idempotencyKey: 'k1',
      startTime: at('2027-01-06T14:00'),
      endTime: at('2027-01-06T15:00'),
    });
    expect(codesOf(await createBooking(ctx(), other))).toEqual(['IDEMPOTENCY_MISMATCH']);
    valueOf(await createBooking(tenant.as(caller, { now: tenant.now.add({ hours: 24 }) }), other));
  });

  it('may be reused after a request that was refused', async () => {
    const { tenant, room, ctx } = setup();
    const requested = bookingInput(room, { idempotencyKey: 'k1' });
    tenant.profile.isActive = false;
    expect(codesOf(await createBooking(ctx(), requested))).toEqual(['INACTIVE']);
    tenant.profile.isActive = true;
    valueOf(await createBooking(ctx(), requested));
  });

  it('belongs to its caller and tenant', async () => {
    const { tenant, room, ctx } = setup();
    valueOf(await createBooking(ctx(), bookingInput(room, { idempotencyKey: 'k1' })));
    const other = bookingInput(tenant.resource(), { idempotencyKey: 'k1' });
    valueOf(await createBooking(tenant.as(tenant.user()), other));
  });
});

describe('64 clients on 300 slots', () => {
  it('get each slot once, and CONFLICT otherwise', { timeout: 120_000 }, async () => {
    const { tenant, ctx } = setup();
    // Half of the clients book an hour, so that times also overlap in part.
    const slots = Array.from({ length: 15 }, () => tenant.resource()).flatMap((room) =>
      Array.from({ length: 20 }, (_, index) => ({ room, position: index })),
    );
    const opening = Temporal.Instant.from('2027-01-06T11:00:00Z');
    const instantOf = (position: number) => opening.add({ minutes: 30 * position });
    const codes = new Map<string, number>();
    let maxMs = 0;
    const client = async (number: number) => {
      const steps = number % 2 ? 1 : 2;
      for (let round = 0; round < 40; round += 1) {
        const { room, position } = slots[(number * 7 + round * (1 + (number % 5))) % slots.length]!;
        const requested = bookingInput(room, {
          startTime: instantOf(position),
          endTime: instantOf(position + steps),
        });
        const began = performance.now();
        const outcome = await createBooking(ctx(), requested);
        maxMs = Math.max(maxMs, performance.now() - began);
        for (const code of outcome.ok ? ['done'] : codesOf(outcome))
          codes.set(code, (codes.get(code) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 64 }, (_, number) => client(number)));

    const [overlapping] = await sql`
      select count(*)::int as n from bookings a join bookings b on a.resource_id = b.resource_id and a.id < b.id
        and a.start_time < b.end_time and b.start_time < a.end_time
      where a.tenant_id = ${tenant.id}`;
    expect(overlapping).toEqual({ n: 0 });
    expect(await countOf(tenant.id)).toBe(codes.get('done'));
    expect(await eventsOf(tenant.id)).toHaveLength(codes.get('done')!);
    // The last half hour of the day cannot be booked for an hour.
    expect([...codes.keys()].sort()).toEqual(['CONFLICT', 'OUTSIDE_WORKING_HOURS', 'done']);
    expect(maxMs).toBeLessThan(MAX_WAIT_MS);
  });
});
