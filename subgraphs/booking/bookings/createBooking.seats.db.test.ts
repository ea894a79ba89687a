/** Seats: the modes of a resource, its capacity and buffers. */
import { seededRandom } from '@libs/testing/seededRandom';
import { allocationProblems } from '@drizzle/booking/allocations.fixtures';
import type { BookingRow } from '@drizzle/booking/tables';
import { connect } from '@libs/db/connect';
import type { Outcome } from '@libs/outcome/outcome';
import { testDatabase } from '@libs/testing/testDatabases';
import { Temporal } from 'temporal-polyfill';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  bookingInput,
  codesOf,
  exampleDirectory,
  exampleTenant,
  times,
  valueOf,
} from '../booking.fixtures.ts';
import type { CreateBookingInput } from '../generated.ts';
import { cancelBooking } from './cancelBooking.ts';
import { createBooking } from './createBooking.ts';
import type { CreatedBookings } from './idempotency/idempotency.ts';
import { updateBooking } from './updateBooking.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'seats' });
afterAll(() => db.close());
const directory = exampleDirectory();

afterEach(async () => expect(await allocationProblems(sql)).toEqual([]));

type Rules = Parameters<typeof exampleTenant>[2];
type Resource = Parameters<ReturnType<typeof exampleTenant>['resource']>[0];

/** Each booking is for a client of its own. */
function setup(resource: Resource, rules: Rules = {}) {
  const tenant = exampleTenant(db, directory, rules);
  const boss = tenant.administrator();
  const room = tenant.resource(resource);
  const ask = (parts: Partial<CreateBookingInput> = {}, userId = tenant.user().userId) =>
    createBooking(tenant.as(boss), bookingInput(room, { userId, ...parts }));
  return {
    tenant,
    room,
    boss,
    ask,
    book: async (...args: Parameters<typeof ask>): Promise<BookingRow> =>
      valueOf(await ask(...args)).bookings[0]!,
    cancel: async ({ id }: BookingRow) => valueOf(await cancelBooking(tenant.as(boss), { id })),
    change: (changes: Resource) =>
      directory.resourceById.set(room, { ...directory.resourceById.get(room)!, ...changes }),
  };
}

const conflictOf = (outcome: Outcome<CreatedBookings>) =>
  outcome.ok ? undefined : outcome.refusals.find(({ code }) => code === 'CONFLICT')?.conflict;
const seatsOf = async ({ id }: BookingRow): Promise<string> =>
  (await sql`select seats::text as seats from allocations where booking_id = ${id}`)[0]!['seats'];

const shared = (capacity: number) => ({ bookingMode: 'SHARED', capacity }) as const;
const session = (capacity: number) => ({ bookingMode: 'SESSION', capacity }) as const;

describe('an EXCLUSIVE resource', () => {
  it('is occupied as a whole by one booking, whatever its seats', async () => {
    const { ask, book } = setup({ capacity: 5 });
    const first = await book({ seats: 2 });
    expect(first).toMatchObject({ seats: 2, isSession: false });
    expect(await seatsOf(first)).toBe('{[1,)}');
    const outcome = await ask(times('10:30', '11:30'));
    expect(outcome).toMatchObject({ refusals: [{ code: 'CONFLICT', key: 'booking.conflict' }] });
    expect(conflictOf(outcome)).toMatchObject({ remainingSeats: 0, bookings: [{ bookingId: first.id }] });
  });

  it('adds the buffers of neighbors up', async () => {
    const { ask, book } = setup({}, { bufferBeforeMinutes: 30, bufferAfterMinutes: 60, autoConfirm: true });
    expect(await book()).toMatchObject({ bufferBefore: 30, bufferAfter: 60 });
    expect(codesOf(await ask(times('12:00', '13:00')))).toEqual(['CONFLICT']);
    await book(times('12:30', '13:30'));
    expect(codesOf(await ask(times('08:00', '09:00')))).toEqual(['CONFLICT']);
    await book(times('08:00', '08:30'));
  });
});

describe('a SHARED resource', () => {
  it('takes as many as its capacity at the fullest instant, with the seats that are left in the error', async () => {
    const { ask, book } = setup(shared(3));
    const early = await book({ ...times('09:00', '10:30'), seats: 2 });
    const late = await book({ ...times('10:30', '12:00'), seats: 2 });
    // The two follow each other, so a third seat is free throughout.
    expect(await seatsOf(await book(times('09:00', '12:00')))).toBe('{[3,4)}');
    const outcome = await ask(times('10:00', '11:00'));
    expect(outcome).toMatchObject({
      refusals: [
        {
          code: 'CONFLICT',
          key: 'booking.notEnoughSeats',
          field: ['input', 'startTime'],
          params: { remaining: 0 },
        },
      ],
    });
    expect(conflictOf(outcome)!.bookings.map(({ bookingId }) => bookingId)).toEqual(
      expect.arrayContaining([early.id, late.id]),
    );
  });

  it('gives a party of several as many seats, or says how many are left', async () => {
    const { ask, book } = setup(shared(5));
    expect(await seatsOf(await book({ seats: 3 }))).toBe('{[1,4)}');
    expect(conflictOf(await ask({ seats: 3 }))).toMatchObject({ remainingSeats: 2 });
    expect(await seatsOf(await book({ seats: 2 }))).toBe('{[4,6)}');
    expect(conflictOf(await ask())).toMatchObject({ remainingSeats: 0 });
  });

  it('keeps buffers for each seat', async () => {
    const { ask, book } = setup(shared(2), { bufferAfterMinutes: 30 });
    const first = await book();
    // The other seat needs no pause.
    await book(times('11:00', '12:00'));
    expect(codesOf(await ask(times('11:00', '11:30')))).toEqual(['CONFLICT']);
    expect(await seatsOf(await book(times('12:30', '13:00')))).toBe(await seatsOf(first));
  });

  it('refuses 0 seats with INVALID, and more than its capacity with CAPACITY_EXCEEDED alone', async () => {
    const { ask, book, cancel } = setup(shared(3));
    for (const seats of [0, -1]) {
      expect(await ask({ seats })).toMatchObject({
        refusals: [{ code: 'INVALID', key: 'booking.noSeats', field: ['input', 'seats'] }],
      });
    }
    expect(await ask({ seats: 4 })).toMatchObject({
      refusals: [{ code: 'CAPACITY_EXCEEDED', field: ['input', 'seats'], params: { seats: 4, capacity: 3 } }],
    });
    expect(codesOf(await ask({ seats: 2 ** 31 - 1 }))).toEqual(['CAPACITY_EXCEEDED']);
    const all = await book({ seats: 3 });
    expect(codesOf(await ask())).toEqual(['CONFLICT']);
    expect(codesOf(await ask({ seats: 4 }))).toEqual(['CAPACITY_EXCEEDED', 'CONFLICT']);
    await cancel(all);
    await book({ seats: 3 });
  });

  it('keeps everybody when its capacity is lowered, and accepts nothing more until it fits', async () => {
    const { ask, book, cancel, change } = setup(shared(3));
    const all = [await book(), await book(), await book()];
    change({ capacity: 2 });
    expect(conflictOf(await ask())).toMatchObject({ remainingSeats: 0 });
    await cancel(all[0]!);
    expect(codesOf(await ask())).toEqual(['CONFLICT']);
    await cancel(all[1]!);
    // The one that stays has seat 3 of 2.
    expect(await seatsOf(all[2]!)).toBe('{[3,4)}');
    expect(await seatsOf(await book())).toBe('{[1,2)}');
    expect(codesOf(await ask())).toEqual(['CONFLICT']);
  });
});

describe('a SESSION', () => {
  it('has one time for all, and one booking for each client', async () => {
    const { tenant, room, ask, book } = setup(session(3));
    const client = tenant.user();
    const first = await book({ seats: 2 }, client.userId);
    expect(first).toMatchObject({ isSession: true, seats: 2 });
    expect(await ask({}, client.userId)).toMatchObject({
      refusals: [{ code: 'ALREADY_EXISTS', key: 'booking.clientInSession', field: ['input', 'clientId'] }],
    });
    for (const other of [times('10:30', '11:30'), times('10:00', '11:30'), times('09:00', '12:00')]) {
      expect(conflictOf(await ask(other))).toMatchObject({ remainingSeats: 0 });
    }
    await book();
    expect(conflictOf(await ask())).toMatchObject({ remainingSeats: 0 });
    await book(times('11:00', '12:00'), client.userId);
    expect(await sql`select from bookings where resource_id = ${room}`).toHaveLength(3);
  });

  it('has the same client again once the first booking is cancelled', async () => {
    const { tenant, book, cancel } = setup(session(2));
    const client = tenant.user();
    await cancel(await book({}, client.userId));
    await book({}, client.userId);
  });

  it('has buffers between sessions, not between their people', async () => {
    const { ask, book } = setup(session(3), { bufferBeforeMinutes: 30, bufferAfterMinutes: 30 });
    await book();
    await book();
    expect(codesOf(await ask(times('11:30', '12:00')))).toEqual(['CONFLICT']);
    await book(times('12:00', '13:00'));
  });

  it('lets one of 24 requests for the same client in', async () => {
    const { tenant, ask } = setup(session(30));
    const client = tenant.user();
    const outcomes = await Promise.all(Array.from({ length: 24 }, () => ask({}, client.userId)));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect([...new Set(outcomes.flatMap(codesOf))]).toEqual(['ALREADY_EXISTS']);
  });
});

describe('another mode', () => {
  it.each([
    ['EXCLUSIVE', 'SHARED', ['CONFLICT']],
    ['EXCLUSIVE', 'SESSION', ['CONFLICT']],
    ['SHARED', 'EXCLUSIVE', ['CONFLICT']],
    ['SHARED', 'SESSION', ['CONFLICT']],
    ['SESSION', 'EXCLUSIVE', ['CONFLICT']],
    ['SESSION', 'SHARED', []],
  ] as const)('than %s: %s', async (before, after, codes) => {
    const { ask, book, change, cancel } = setup({ bookingMode: before, capacity: 3 });
    const first = await book();
    change({ bookingMode: after });
    expect(codesOf(await ask())).toEqual(codes);
    await cancel(first);
    await book(times('14:00', '15:00'));
  });
});

describe('seats in pieces', () => {
  /** Two seats, each of which is free for half of 09:00 to 11:00. */
  async function fragmented(rules: Rules = {}) {
    const all = setup(shared(2), rules);
    const early = await all.book(times('09:00', '10:00'));
    const blocker = await all.book(times('10:00', '11:00'));
    const late = await all.book(times('10:00', '11:00'));
    await all.cancel(blocker);
    expect([await seatsOf(early), await seatsOf(late)]).toEqual(['{[1,2)}', '{[2,3)}']);
    return { ...all, early, late };
  }

  it('are assigned anew for a booking that needs one throughout', async () => {
    const { book, ask, early, late } = await fragmented();
    const whole = await book(times('09:00', '11:00'));
    expect(await seatsOf(early)).toBe(await seatsOf(late));
    expect(await seatsOf(whole)).not.toBe(await seatsOf(early));
    expect(codesOf(await ask(times('09:30', '10:30')))).toEqual(['CONFLICT']);
  });

  it('are assigned anew for a booking that is moved, which itself is in nobody’s way', async () => {
    const { tenant, boss, book, early } = await fragmented();
    // In the order of the table, it comes before `early` only if it was written before.
    for (const parts of [times('09:00', '10:00'), times('08:00', '09:30')]) {
      const moving = await book(parts);
      const moved = valueOf(
        await updateBooking(tenant.as(boss), { id: moving.id, ...times('09:00', '11:00') }),
      );
      expect(await seatsOf(moved)).not.toBe(await seatsOf(early));
      await cancelBooking(tenant.as(boss), { id: moved.id });
    }
  });

  it('are assigned anew around a booking that is moved, although its own seat stands before theirs', async () => {
    const { tenant, boss, book } = setup(shared(2));
    const moving = await book(times('09:00', '10:00'));
    const early = await book(times('09:00', '10:00'));
    const late = await book(times('10:00', '11:00'));
    expect([await seatsOf(early), await seatsOf(late)]).toEqual(['{[2,3)}', '{[1,2)}']);
    const moved = valueOf(
      await updateBooking(tenant.as(boss), { id: moving.id, ...times('09:00', '11:00') }),
    );
    expect(await seatsOf(early)).toBe(await seatsOf(late));
    expect(await seatsOf(moved)).not.toBe(await seatsOf(early));
  });

  it('are assigned anew for each occurrence of a series', async () => {
    const { book, cancel, ask } = setup(shared(2));
    for (const day of ['2027-01-06', '2027-01-07', '2027-01-08']) {
      await book(times('09:00', '10:00', day));
      const blocker = await book(times('10:00', '11:00', day));
      await book(times('10:00', '11:00', day));
      await cancel(blocker);
    }
    const recurrence = { frequency: 'DAILY', count: 3 } as const;
    const { bookings } = valueOf(await ask({ ...times('09:00', '11:00'), recurrence }));
    expect(bookings).toHaveLength(3);
    expect(codesOf(await ask({ ...times('09:00', '11:00'), recurrence }))).toEqual(['CONFLICT']);
  });

  it('stay where they are if the request is refused for another reason', async () => {
    const { ask, early, late } = await fragmented();
    expect(codesOf(await ask(times('09:00', '11:15')))).toEqual(['NOT_ON_INTERVAL']);
    expect([await seatsOf(early), await seatsOf(late)]).toEqual(['{[1,2)}', '{[2,3)}']);
  });

  it('are not left behind by a cancellation at the same time, whichever comes first', async () => {
    const first = await fragmented();
    // The cancellation has deleted the allocation and is not committed: the booking waits for it.
    const cancelling = await sql.reserve();
    await cancelling`begin`;
    await cancelling`delete from allocations where booking_id = ${first.late.id}`;
    await cancelling`update bookings set status = 'CANCELLED' where id = ${first.late.id}`;
    const booking = first.book(times('09:00', '11:00'));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await cancelling`commit`;
    cancelling.release();
    await booking;
    expect(await sql`select from allocations where booking_id = ${first.late.id}`).toHaveLength(0);

    // The booking has assigned the seats anew and is not committed: the cancellation waits for it.
    const second = await fragmented();
    const assigning = await sql.reserve();
    await assigning`begin`;
    // It must wait for nobody who waits for it.
    await assigning`set local lock_timeout = '500ms'`;
    await assigning`update allocations set seats = '{[1000000001,1000000002)}' where booking_id = ${second.late.id}`;
    const cancelled = second.cancel(second.late);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await assigning`update allocations set seats = '{[1,2)}' where booking_id = ${second.late.id}`;
    await assigning`commit`;
    assigning.release();
    await cancelled;
    expect(await sql`select from allocations where booking_id = ${second.late.id}`).toHaveLength(0);
  });

  it('are found for whatever is booked, moved and cancelled in any order', async () => {
    const random = seededRandom(7);
    const pick = (count: number) => Math.floor(random() * count);
    const { tenant, boss, ask, cancel } = setup(shared(4), { bufferAfterMinutes: 30 });
    const timeOf = (half: number) =>
      `${String(8 + Math.floor(half / 2)).padStart(2, '0')}:${half % 2 ? '30' : '00'}`;
    const anyTime = () => {
      const start = pick(16);
      return times(timeOf(start), timeOf(start + 1 + pick(Math.min(4, 19 - start))));
    };
    /** By half hour from 08:00, without the booking: how many seats are taken. */
    const current = new Map<string, BookingRow>();
    const fits = (input: ReturnType<typeof anyTime>, seats: number, without?: string) => {
      const half = (time: { toString(): string }) => {
        const [hour = 0, minute = 0] = time.toString().slice(11, 16).split(':').map(Number);
        return (hour - 8) * 2 + minute / 30;
      };
      const halfOfInstant = ({ epochMilliseconds }: { epochMilliseconds: number }) =>
        (epochMilliseconds - Temporal.Instant.from('2027-01-06T11:00Z').epochMilliseconds) / 1_800_000;
      for (let at = half(input.startTime); at < half(input.endTime) + 1; at += 1) {
        let taken = 0;
        for (const row of current.values()) {
          const isThen = halfOfInstant(row.startTime) <= at && at < halfOfInstant(row.endTime) + 1;
          if (row.id !== without && isThen) taken += row.seats;
        }
        if (taken + seats > 4) return false;
      }
      return true;
    };
    for (let step = 0; step < 150; step += 1) {
      const some = [...current.values()][pick(current.size)];
      const kind = pick(4);
      const input = anyTime();
      if (some && kind === 0) {
        await cancel(some);
        current.delete(some.id);
        continue;
      }
      if (some && kind === 1) {
        const expected = fits(input, some.seats, some.id);
        const outcome = await updateBooking(tenant.as(boss), { id: some.id, ...input });
        expect([step, outcome.ok]).toEqual([step, expected]);
        if (outcome.ok) current.set(some.id, outcome.value);
        continue;
      }
      const seats = 1 + pick(3);
      const outcome = await ask({ ...input, seats });
      expect([step, outcome.ok]).toEqual([step, fits(input, seats)]);
      if (outcome.ok) current.set(outcome.value.bookings[0]!.id, outcome.value.bookings[0]!);
    }
  });
});

it('64 clients for the last seat: exactly one gets it', async () => {
  const { ask, book } = setup(shared(3));
  await book({ seats: 2 });
  const outcomes = await Promise.all(Array.from({ length: 64 }, () => ask()));
  expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
  expect([...new Set(outcomes.flatMap(codesOf))]).toEqual(['CONFLICT']);
});
