import type { TenantUser } from '@libs/auth/caller';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { testDatabase } from '@libs/testing/testDatabases';
import { parseLocalDate } from '@libs/time/days';
import fc from 'fast-check';
import type { Temporal } from 'temporal-polyfill';
import { afterAll, describe, expect, it } from 'vitest';
import {
  bookingInput,
  codesOf,
  exampleDirectory,
  exampleTenant,
  platformCaller,
  times,
  valueOf,
  type ExampleTenant,
} from '../booking.fixtures.ts';
import { createBooking } from '../bookings/createBooking.ts';
import { MAX_BOOKING_MS, MINUTE_MS } from '../scheduling/rules.ts';
import { shownSlot, type ShownSlot } from '../scheduling/scheduling.fixtures.ts';
import { inBatches, prepareTenant, randomTenants } from './randomTenants.fixtures.ts';
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
    await sql`
      insert into bookings (id, tenant_id, resource_id, user_id, client_id, start_time, end_time, status, created_at, updated_at)
      values (${newId()}, ${tenant.id}, ${room}, ${newId()}, ${newId()}, '2027-01-06T02:00Z', '2027-01-06T11:15Z', 'CONFIRMED', now(), now())`;
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

// A slot shown as free can be booked, and any other is refused for the reason shown.

/** Enough for MIN_SLOTS. */
const RUNS = process.env['VAGA_SOAK'] ? 2_000 : 360;
const MIN_SLOTS = 10_000;

/** Splits slots, sorted by start, into disjoint ones and the rest. */
function apart(slots: readonly ShownSlot[]): [ShownSlot[], ShownSlot[]] {
  const taken: ShownSlot[] = [];
  const left: ShownSlot[] = [];
  for (const slot of slots) {
    const before = taken.at(-1);
    const isApart = !before || before.endTime.epochMilliseconds <= slot.startTime.epochMilliseconds;
    (isApart ? taken : left).push(slot);
  }
  return [taken, left];
}

describe('availability and createBooking', () => {
  it('agree on every slot of random tenants in random zones', { timeout: 300_000 }, async () => {
    const checked = { free: 0, closed: 0 };
    const book = (
      tenant: ExampleTenant,
      caller: TenantUser,
      room: string,
      { startTime, endTime }: ShownSlot,
    ) => createBooking(tenant.as(caller), bookingInput(room, { startTime, endTime }));

    await fc.assert(
      fc.asyncProperty(randomTenants, async (random) => {
        const { tenant, room } = await prepareTenant(db, directory, random);
        const caller = tenant.user();
        const durationMinutes = random.steps * random.interval;
        if (durationMinutes > MAX_BOOKING_MS / MINUTE_MS) return;
        const from = date(random.date);
        const days = await availability(tenant.as(caller), room, {
          from,
          to: from.add({ days: 6 }),
          durationMinutes,
        });
        const slots = days.flatMap((day) => day.slots.map(shownSlot));

        const closed = slots.filter(({ available }) => !available);
        const refused = await inBatches(closed, (slot) => book(tenant, caller, room, slot));
        for (const [index, outcome] of refused.entries()) {
          expect(codesOf(outcome)).toContain(closed[index]!.unavailableReason);
        }
        // Overlapping slots are free one at a time.
        for (let left = slots.filter(({ available }) => available), now: ShownSlot[]; left.length > 0;) {
          [now, left] = apart(left);
          const created = await inBatches(now, (slot) => book(tenant, caller, room, slot));
          const ids = created.map((outcome) => valueOf(outcome).bookings[0]!.id);
          await sql`delete from bookings where id = any(${ids})`;
        }
        checked.closed += closed.length;
        checked.free += slots.length - closed.length;
      }),
      { numRuns: RUNS, seed: 20270104 },
    );
    expect(checked.closed).toBeGreaterThan(MIN_SLOTS / 10);
    expect(checked.free + checked.closed).toBeGreaterThan(MIN_SLOTS);
  });
});
