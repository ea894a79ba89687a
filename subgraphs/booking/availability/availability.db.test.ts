import { withAllocations } from '@drizzle/booking/allocations.fixtures';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { testDatabase } from '@libs/testing/testDatabases';
import { parseLocalDate } from '@libs/time/days';
import { localTime } from '@libs/time/localTimes';
import type { Temporal } from 'temporal-polyfill';
import { afterAll, describe, expect, it } from 'vitest';
import {
  at,
  bookingInput,
  exampleDirectory,
  exampleTenant,
  platformCaller,
  times,
  valueOf,
} from '../booking.fixtures.ts';
import { createBooking } from '../bookings/createBooking.ts';
import { createClosures } from '../closures/createClosures.ts';
import { MINUTE_MS } from '../scheduling/rules.ts';
import { shownSlot } from '../scheduling/scheduling.fixtures.ts';
import { availability } from './reads.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'availability' });
afterAll(() => db.close());
const directory = exampleDirectory();
const date = (text: string): Temporal.PlainDate => parseLocalDate(text)!;

describe('availability', () => {
  it('lists the day’s slots, and the reason for unavailable ones', async () => {
    const tenant = exampleTenant(db, directory);
    const room = tenant.resource();
    valueOf(await createBooking(tenant.as(tenant.user()), bookingInput(room, times('09:00', '10:00'))));
    const [day] = await availability(tenant.as({ kind: 'anonymous' }), room, { from: date('2027-01-06') });
    expect(day!.timezone).toBe('America/Sao_Paulo');
    expect(day!.slots).toHaveLength(20);
    expect(day!.slots.map(shownSlot).filter(({ available }) => !available)).toMatchObject([
      { localStart: '2027-01-06T09:00:00-03:00', unavailableReason: 'CONFLICT' },
      { localStart: '2027-01-06T09:30:00-03:00', unavailableReason: 'CONFLICT' },
    ]);
  });

  it('marks a slot as taken by a booking that started before midnight', async () => {
    const tenant = exampleTenant(db, directory);
    const room = tenant.resource();
    // Created under other hours: it overlaps the first slot of the next day.
    await withAllocations(
      sql,
      sql`
      insert into bookings (id, tenant_id, resource_id, user_id, client_id, start_time, end_time, status, created_at, updated_at)
      values (${newId()}, ${tenant.id}, ${room}, ${newId()}, ${newId()}, '2027-01-06T02:00Z', '2027-01-06T11:15Z', 'CONFIRMED', now(), now())`,
    );
    const [day] = await availability(tenant.as(tenant.user()), room, { from: date('2027-01-06') });
    expect(shownSlot(day!.slots[0]!)).toMatchObject({ available: false, unavailableReason: 'CONFLICT' });
    expect(shownSlot(day!.slots[1]!)).toMatchObject({ available: true });
  });

  it('covers 1 to 62 days and positive durations, and throws BAD_USER_INPUT for others; a duration that fits nowhere has no slots', async () => {
    const tenant = exampleTenant(db, directory);
    const room = tenant.resource();
    const ask = (args: object) =>
      availability(tenant.as(tenant.user()), room, { from: date('2027-01-06'), ...args });
    expect(await ask({ to: date('2027-03-08') })).toHaveLength(62);
    for (const args of [
      { to: date('2027-03-09') },
      { to: date('2027-01-05') },
      { durationMinutes: 0 },
      { durationMinutes: -30 },
    ]) {
      await expect(ask(args)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    }
    for (const durationMinutes of [45, 1590]) {
      const days = await ask({ to: date('2027-01-07'), durationMinutes });
      expect(days.map((day) => [String(day.date), day.slots])).toEqual([
        ['2027-01-06', []],
        ['2027-01-07', []],
      ]);
    }
  });

  it('lists the slots of a night on their own dates, and takes them by a booking that crosses midnight', async () => {
    const bar = exampleTenant(db, directory, {
      workingHoursStart: localTime('22:00'),
      workingHoursEnd: localTime('04:00'),
      bookingInterval: 60,
      overnight: true,
    });
    const room = bar.resource();
    const night = { startTime: at('2027-01-06T23:00'), endTime: at('2027-01-07T01:00') };
    valueOf(await createBooking(bar.as(bar.user()), bookingInput(room, night)));
    const days = await availability(bar.as(bar.user()), room, {
      from: date('2027-01-06'),
      to: date('2027-01-07'),
      durationMinutes: 120,
    });
    const shown = days.map(({ slots }) =>
      slots.map((slot) =>
        `${shownSlot(slot).localStart.slice(11, 16)} ${slot.unavailableReason ?? ''}`.trim(),
      ),
    );
    expect(shown).toEqual([
      ['00:00', '01:00', '02:00', '22:00 CONFLICT', '23:00 CONFLICT'],
      ['00:00 CONFLICT', '01:00', '02:00', '22:00', '23:00'],
    ]);
    // The last date is asked alone: what reaches over it is looked up too.
    const [last] = await availability(bar.as(bar.user()), room, {
      from: date('2027-01-06'),
      durationMinutes: 120,
    });
    expect(last!.slots.map(({ unavailableReason: reason }) => reason)).toEqual([
      ...[null, null, null],
      ...['CONFLICT', 'CONFLICT'],
    ]);
  });

  it('looks up the bookings that buffers reach, on the neighboring dates too', async () => {
    const gym = exampleTenant(db, directory, {
      workingHoursStart: localTime('00:00'),
      workingHoursEnd: localTime('24:00'),
      bookingInterval: 60,
    });
    const room = gym.resource();
    for (const [start, end] of [
      ['2027-01-05T23:00', '2027-01-06T00:00'],
      ['2027-01-07T00:00', '2027-01-07T01:00'],
    ] as const) {
      const times = { startTime: at(start), endTime: at(end) };
      valueOf(await createBooking(gym.as(gym.user()), bookingInput(room, times)));
    }
    // The bookings keep the buffers that they were made with: none.
    Object.assign(gym.profile.settings, { bufferBeforeMinutes: 90, bufferAfterMinutes: 30 });
    const [day] = await availability(gym.as(gym.user()), room, { from: date('2027-01-06') });
    const closed = day!.slots.filter(({ unavailableReason: reason }) => reason === 'CONFLICT');
    expect(closed.map((slot) => shownSlot(slot).localStart.slice(11, 16))).toEqual([
      '00:00',
      '01:00',
      '23:00',
    ]);
  });

  it('refuses fewer than one seat, and has no room for more than the capacity', async () => {
    const tenant = exampleTenant(db, directory);
    const room = tenant.resource();
    const ask = (seats: number | null) =>
      availability(tenant.as(tenant.user()), room, { from: date('2027-01-06'), seats });
    for (const seats of [0, -1]) await expect(ask(seats)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    const [day] = await ask(null);
    expect(day!.slots[0]).toMatchObject({ unavailableReason: null, totalSeats: 1, remainingSeats: 1 });
    const [crowd] = await ask(2);
    expect(crowd!.slots[0]).toMatchObject({ unavailableReason: 'CAPACITY_EXCEEDED', remainingSeats: 1 });
  });

  it('lists slots of minDurationMinutes, and none where no duration is allowed', async () => {
    const tenant = exampleTenant(db, directory, { minDurationMinutes: 90, maxDurationMinutes: 120 });
    const room = tenant.resource();
    const lengthsOf = async (durationMinutes?: number) => {
      const [day] = await availability(tenant.as(tenant.user()), room, {
        from: date('2027-01-06'),
        durationMinutes,
      });
      return new Set(day!.slots.map(({ start, end }) => (end - start) / MINUTE_MS));
    };
    expect(await lengthsOf()).toEqual(new Set([90]));
    expect(await lengthsOf(120)).toEqual(new Set([120]));
    expect(await lengthsOf(60)).toEqual(new Set());
    expect(await lengthsOf(150)).toEqual(new Set());
  });

  it('knows the closures that slots of several days reach, whatever decides their length', async () => {
    const tenant = exampleTenant(db, directory, {
      workingHoursStart: localTime('00:00'),
      workingHoursEnd: localTime('24:00'),
      overnight: true,
      bookingInterval: 1_440,
      minDurationMinutes: 4 * 1_440,
    });
    const [ask, room] = [tenant.as(tenant.administrator()), tenant.resource()];
    const closed = { name: 'Feriado', from: date('2027-01-09'), to: date('2027-01-09') };
    valueOf(await createClosures(ask, { closures: [closed] }));
    for (const durationMinutes of [null, 4 * 1_440]) {
      const [day] = await availability(ask, room, { from: date('2027-01-06'), durationMinutes });
      expect(day!.slots.map(({ unavailableReason: reason }) => reason)).toEqual(['CLOSED']);
    }
  });

  it('is public for active tenants only, and empty for users of another tenant', async () => {
    const [tenant, foreign] = [exampleTenant(db, directory), exampleTenant(db, directory)];
    const room = tenant.resource();
    const ask = async (ctx: Parameters<typeof availability>[0], id = room) =>
      (await availability(ctx, id, { from: date('2027-01-06') })).length;
    expect(await ask(foreign.as({ kind: 'anonymous' }))).toBe(1);
    expect(await ask(foreign.as(foreign.administrator()))).toBe(0);
    expect(await ask(tenant.as(tenant.user()), newId())).toBe(0);
    tenant.profile.isActive = false;
    expect(await ask(foreign.as({ kind: 'anonymous' }))).toBe(0);
    expect(await ask(tenant.as(platformCaller()))).toBe(1);
    const [day] = await availability(tenant.as(tenant.user()), room, { from: date('2027-01-06') });
    expect(new Set(day!.slots.map(({ unavailableReason: reason }) => reason))).toEqual(new Set(['INACTIVE']));
  });
});
