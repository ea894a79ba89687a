import { setTimeout as sleep } from 'node:timers/promises';
import { acquireLocks, LOCK_KEYS } from '@libs/db/advisoryLocks';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { cancelBooking } from '../bookings/cancelBooking.ts';
import { createBooking } from '../bookings/createBooking.ts';
import {
  bookingInput,
  codesOf,
  exampleDirectory,
  exampleTenant,
  times,
  valueOf,
} from '../booking.fixtures.ts';
import { confirmHold } from './confirmHold.ts';
import { createHold, MAX_HOLDS } from './createHold.ts';
import { sweepExpiredHolds } from './endExpiredHolds.ts';
import { findHold } from './holdAccess.ts';
import { releaseHold } from './releaseHold.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'holds' });
afterAll(() => db.close());

const directory = exampleDirectory();
let tenant: ReturnType<typeof exampleTenant>;
let caller: ReturnType<typeof tenant.user>;
let room: string;
beforeEach(() => {
  tenant = exampleTenant(db, directory);
  caller = tenant.user();
  room = tenant.resource();
});

const ctx = (who = caller) => tenant.as(who);
const later = (seconds: number, who = caller) =>
  tenant.as(who, { now: tenant.now.add({ milliseconds: seconds * 1000 }) });
const hold = async (overrides: object = {}, who = caller) =>
  valueOf(await createHold(ctx(who), { ...bookingInput(room), ...overrides }));
const eventsOf = async () =>
  (
    await sql<
      { type: string; reason: string | null }[]
    >`select event_type as type, payload ->> 'reason' as reason from outbox where tenant_id = ${tenant.id} order by arrival`
  ).map(({ type, reason }) => (reason === null ? type : `${type} ${reason}`));
const allocationsOf = async () => [
  ...(await sql`
    select booking_id is not null as "isBooked", seats::text as seats from allocations where tenant_id = ${tenant.id}`),
];

/** The life of a hold where holdMinutes has its default. */
const HOLD_SECONDS = 600;

describe('a hold', () => {
  it('keeps its time from others, who see it in the error, until it expires', async () => {
    const { expiresAt } = await hold();
    expect(expiresAt.toString()).toBe(tenant.now.add({ seconds: HOLD_SECONDS }).toString());
    const other = tenant.user();
    const refused = await createBooking(ctx(other), bookingInput(room));
    expect(refused).toMatchObject({
      refusals: [
        { code: 'CONFLICT', conflict: { bookings: [], holds: [{ isMine: false }], remainingSeats: 0 } },
      ],
    });
    const own = await createBooking(ctx(), bookingInput(room));
    expect(own).toMatchObject({ refusals: [{ conflict: { holds: [{ isMine: true }] } }] });

    expect(codesOf(await createBooking(later(HOLD_SECONDS - 1, other), bookingInput(room)))).toEqual([
      'CONFLICT',
    ]);
    valueOf(await createBooking(later(HOLD_SECONDS, other), bookingInput(room)));
    expect(await allocationsOf()).toEqual([{ isBooked: true, seats: '{[1,)}' }]);
    expect(await eventsOf()).toEqual(['hold.created', 'hold.ended expired', 'booking.created']);
  });

  it('is no booking: only its people and staff see it', async () => {
    const client = tenant.user();
    const staff = tenant.user({ canManageBookings: true });
    const { id } = await hold({ userId: caller.userId, clientId: client.userId }, staff);
    for (const one of [caller, client, staff]) expect((await findHold(ctx(one), id))?.hold.id).toBe(id);
    expect(await findHold(ctx(tenant.user()), id)).toBeUndefined();
    const stranger = exampleTenant(db, directory);
    expect(await findHold(stranger.as(stranger.administrator()), id)).toBeUndefined();
    expect(codesOf(await confirmHold(stranger.as(stranger.administrator()), { id }))).toEqual(['NOT_FOUND']);
    const rows = await sql`select 1 from bookings where tenant_id = ${tenant.id}`;
    expect(rows).toHaveLength(0);
  });

  it('must keep every rule, and has the bounds of its length', async () => {
    expect(codesOf(await createHold(ctx(), bookingInput(room, times('06:00', '07:00'))))).toEqual([
      'OUTSIDE_WORKING_HOURS',
    ]);
    expect(codesOf(await createHold(ctx(), { ...bookingInput(room), resourceId: null }))).toEqual([
      'INVALID',
    ]);
    for (const seconds of [59, 601])
      expect(codesOf(await createHold(ctx(), { ...bookingInput(room), seconds }))).toEqual(['INVALID']);
    const staff = tenant.user({ canManageBookings: true });
    const input = { ...bookingInput(room), userId: caller.userId };
    expect(codesOf(await createHold(ctx(staff), { ...input, seconds: 3601 }))).toEqual(['INVALID']);
    const { expiresAt } = valueOf(await createHold(ctx(staff), { ...input, seconds: 3600 }));
    expect(expiresAt.toString()).toBe(tenant.now.add({ seconds: 3600 }).toString());
  });

  it('is one of at most three of a person, whoever makes them; ended ones do not count', async () => {
    const rooms = Array.from({ length: MAX_HOLDS + 1 }, () => tenant.resource());
    const made = await Promise.all(
      rooms.map((resourceId) => createHold(ctx(), { ...bookingInput(room), resourceId })),
    );
    expect(made.filter(({ ok }) => ok)).toHaveLength(MAX_HOLDS);
    expect(made.flatMap(codesOf)).toEqual(['TOO_MANY']);
    const staff = tenant.user({ canManageBookings: true });
    const forCaller = { ...bookingInput(tenant.resource()), userId: caller.userId };
    expect(codesOf(await createHold(ctx(staff), forCaller))).toEqual(['TOO_MANY']);
    valueOf(await releaseHold(ctx(), valueOf(made.find(({ ok }) => ok)!).id));
    valueOf(await createHold(ctx(staff), forCaller));
    valueOf(await createHold(later(HOLD_SECONDS), bookingInput(tenant.resource())));
  });

  it('is made once for a repeated key', async () => {
    const key = newId();
    const made = await Promise.all(
      [1, 2, 3].map(() => createHold(ctx(), { ...bookingInput(room), idempotencyKey: key })),
    );
    expect(new Set(made.map((one) => valueOf(one).id)).size).toBe(1);
    const other = { ...bookingInput(room, times('14:00', '15:00')), idempotencyKey: key };
    expect(codesOf(await createHold(ctx(), other))).toEqual(['IDEMPOTENCY_MISMATCH']);
    expect(codesOf(await createBooking(ctx(), other))).toEqual(['IDEMPOTENCY_MISMATCH']);
  });

  it('is ended by the sweep, however many hold several resources', async () => {
    for (let count = 0; count < 40; count += 1) {
      const additionalResources = [1, 2].map(() => ({ resourceId: tenant.resource() }));
      await hold({ resourceId: tenant.resource(), additionalResources }, tenant.user());
    }
    expect(await allocationsOf()).toHaveLength(120);
    const then = tenant.now.add({ seconds: HOLD_SECONDS });
    while (await sweepExpiredHolds(db, then));
    expect(await allocationsOf()).toEqual([]);
  });

  it('is ended once by the sweep, if nobody wants its time', async () => {
    await hold();
    await sweepExpiredHolds(db, tenant.now);
    expect(await allocationsOf()).toHaveLength(1);
    const then = tenant.now.add({ seconds: HOLD_SECONDS });
    await Promise.all([sweepExpiredHolds(db, then), sweepExpiredHolds(db, then)]);
    expect(await allocationsOf()).toEqual([]);
    expect(await eventsOf()).toEqual(['hold.created', 'hold.ended expired']);
  });
});

describe('releaseHold', () => {
  it('frees the time at once', async () => {
    const { id } = await hold();
    expect(valueOf(await releaseHold(ctx(), id)).endedAt).not.toBeNull();
    valueOf(await createBooking(ctx(), bookingInput(room)));
    valueOf(await releaseHold(ctx(), id));
    expect(await eventsOf()).toEqual(['hold.created', 'hold.ended released', 'booking.created']);
  });
});

describe('confirmHold', () => {
  it('makes it a booking with its resources, seats and people, once', async () => {
    const instructor = tenant.resource();
    const client = tenant.user();
    const staff = tenant.user({ canManageBookings: true });
    const people = { userId: caller.userId, clientId: client.userId };
    const { id } = await hold({ ...people, additionalResources: [{ resourceId: instructor }] }, staff);
    const confirmed = await Promise.all(
      [1, 2, 3].map(() => confirmHold(ctx(client), { id, notes: 'Oi', metadata: { cart: 7 } })),
    );
    const [booking] = confirmed.map(valueOf);
    expect(new Set(confirmed.map((one) => valueOf(one).id)).size).toBe(1);
    expect(booking).toMatchObject({
      ...people,
      resourceId: room,
      additionalResources: [{ resourceId: instructor, seats: 1 }],
      notes: 'Oi',
      metadata: { cart: 7 },
      source: 'STAFF',
      holdId: id,
      status: 'PENDING',
    });
    expect(await eventsOf()).toEqual(['hold.created', 'booking.created', 'hold.ended confirmed']);
    expect((await allocationsOf()).every(({ isBooked }) => isBooked)).toBe(true);
    valueOf(await cancelBooking(ctx(staff), { id: booking!.id }));
    expect(await allocationsOf()).toEqual([]);
    // It still is that booking.
    expect(valueOf(await confirmHold(ctx(), { id })).status).toBe('CANCELLED');
  });

  it('does not look at the rules of the time again', async () => {
    const { id } = await hold();
    tenant.profile.settings.workingDays = ['SUNDAY'];
    tenant.profile.settings.advanceBookingDays = 1;
    valueOf(await confirmHold(ctx(), { id }));
  });

  it.each([
    ['INACTIVE', () => (tenant.profile.isActive = false)],
    ['INACTIVE', () => (directory.resourceById.get(room)!.isActive = false)],
    ['USER_CANNOT_BOOK', () => (directory.memberById.get(caller.userId)!.permissions.canBook = false)],
  ])('refuses %s', async (code, change) => {
    const { id } = await hold();
    change();
    expect(codesOf(await confirmHold(ctx(), { id }))).toEqual([code]);
  });

  it('refuses HOLD_EXPIRED from its expiry on, and after it was released', async () => {
    const first = await hold();
    expect(codesOf(await confirmHold(later(HOLD_SECONDS), { id: first.id }))).toEqual(['HOLD_EXPIRED']);
    valueOf(await confirmHold(later(HOLD_SECONDS - 0.001), { id: first.id }));
    const second = await hold({ resourceId: tenant.resource() });
    await releaseHold(ctx(), second.id);
    expect(codesOf(await confirmHold(ctx(), { id: second.id }))).toEqual(['HOLD_EXPIRED']);
  });

  it('books an expired hold with ifStillFree, or says why not', async () => {
    const first = await hold();
    const booking = valueOf(await confirmHold(later(HOLD_SECONDS), { id: first.id, ifStillFree: true }));
    expect(booking.holdId).toBe(first.id);
    expect(valueOf(await confirmHold(later(HOLD_SECONDS), { id: first.id })).id).toBe(booking.id);

    const slot = times('14:00', '15:00');
    const second = await hold(slot);
    valueOf(await createBooking(later(HOLD_SECONDS, tenant.user()), bookingInput(room, slot)));
    expect(codesOf(await confirmHold(later(HOLD_SECONDS), { id: second.id, ifStillFree: true }))).toEqual([
      'CONFLICT',
      'HOLD_EXPIRED',
    ]);
  });
});

const PAIRS = 1_000;
const AT_ONCE = 25;

it(
  `of a confirmation and another booking at the instant of expiry, exactly one has the time: ${PAIRS} pairs`,
  { timeout: 300_000 },
  async () => {
    const results = { confirmed: 0, taken: 0 };
    for (let done = 0; done < PAIRS; done += AT_ONCE) {
      await Promise.all(
        Array.from({ length: AT_ONCE }, async (_, index) => {
          const person = tenant.user();
          const resourceId = tenant.resource();
          const { id } = await hold({ resourceId }, person);
          // Two clocks that differ by a millisecond, either way.
          const [mine, theirs] = [(index % 3) - 1, (Math.floor(index / 3) % 3) - 1];
          const at = (milliseconds: number, who: typeof person) =>
            tenant.as(who, { now: tenant.now.add({ milliseconds: HOLD_SECONDS * 1000 + milliseconds }) });
          const [confirmation, foreign] = await Promise.all([
            confirmHold(at(mine, person), { id }),
            createBooking(at(theirs, tenant.user()), bookingInput(resourceId)),
          ]);
          const rows = await sql`
            select b.id from bookings b join allocations a on a.booking_id = b.id where a.resource_id = ${resourceId}`;
          expect(rows).toHaveLength(Number(confirmation.ok) + Number(foreign.ok));
          expect(rows.length).toBeLessThanOrEqual(1);
          if (confirmation.ok) results.confirmed += 1;
          else expect(codesOf(confirmation)).toEqual(['HOLD_EXPIRED']);
          if (foreign.ok) results.taken += 1;
          else expect(codesOf(foreign)).toEqual(['CONFLICT']);
          // Nobody has it only where both believe it to be the other's.
          if (rows.length === 0) expect([mine >= 0, theirs < 0]).toEqual([true, true]);
        }),
      );
    }
    expect(results.confirmed).toBeGreaterThan(0);
    expect(results.taken).toBeGreaterThan(0);
  },
);

describe('confirmHold at the same time', () => {
  it('returns one booking to all who confirm an expired hold again and again', async () => {
    const ROUNDS = 12;
    for (let round = 0; round < ROUNDS; round += 1) {
      room = tenant.resource();
      const { id } = await hold();
      const confirmations = Array.from({ length: 12 }, async (_, index) => {
        await sleep(2 * index);
        return valueOf(await confirmHold(later(601), { id, ifStillFree: true })).id;
      });
      expect(new Set(await Promise.all(confirmations)).size).toBe(1);
    }
  });

  it('returns the booking of a request that came before the hold expired, and still waits', async () => {
    const { id } = await hold();
    const confirmed = await inTransaction(db, async (tx) => {
      await acquireLocks(tx, LOCK_KEYS.booking('RESOURCE', room));
      const early = confirmHold(later(HOLD_SECONDS - 1), { id });
      await sleep(200);
      const late = confirmHold(later(HOLD_SECONDS + 1), { id });
      await sleep(200);
      return [early, late];
    });
    const [early, late] = await Promise.all(confirmed);
    expect(valueOf(late!).id).toBe(valueOf(early!).id);
  });
});

describe('a hold whose seats another transaction assigns anew at the same time', () => {
  async function whileAssigned(act: () => Promise<unknown>): Promise<void> {
    const assigning = await sql.reserve();
    await assigning`begin`;
    await assigning`update allocations set seats = '{[1000000001,1000000002)}' where tenant_id = ${tenant.id}`;
    await assigning`update allocations set seats = '{[2,3)}' where tenant_id = ${tenant.id}`;
    const acting = act();
    await new Promise((resolve) => setTimeout(resolve, 200));
    await assigning`commit`;
    assigning.release();
    await acting;
  }

  it('gives its time back when it is released or expires', async () => {
    room = tenant.resource({ bookingMode: 'SHARED', capacity: 3 });
    const released = await hold({ seats: 1 });
    await whileAssigned(async () => releaseHold(ctx(), released.id));
    expect(await allocationsOf()).toEqual([]);
    await hold({ seats: 1 });
    await whileAssigned(async () => {
      while (await sweepExpiredHolds(db, tenant.now.add({ seconds: HOLD_SECONDS })));
    });
    expect(await allocationsOf()).toEqual([]);
  });

  it('gives its seats, as they are then, to the booking', async () => {
    room = tenant.resource({ bookingMode: 'SHARED', capacity: 3 });
    const { id } = await hold({ seats: 1 });
    await whileAssigned(async () => valueOf(await confirmHold(ctx(), { id })));
    expect(await allocationsOf()).toEqual([{ isBooked: true, seats: '{[2,3)}' }]);
  });
});
