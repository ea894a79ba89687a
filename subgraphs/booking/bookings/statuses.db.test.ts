import type { BookingRow } from '@drizzle/booking/tables';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, describe, expect, it } from 'vitest';
import { Temporal } from 'temporal-polyfill';
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
import { cancelBooking } from './cancelBooking.ts';
import { cancelBookingSeries } from './cancelBookingSeries.ts';
import { changeBookingStatus } from './changeBookingStatus.ts';
import { createBooking } from './createBooking.ts';
import { extendBookingSeries } from './series/extendBookingSeries.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'statuses' });
afterAll(() => db.close());
const directory = exampleDirectory();

/** The booking is in two days, and can be cancelled until a day before. */
async function setup() {
  const tenant = exampleTenant(db, directory);
  const caller = tenant.user();
  const room = tenant.resource();
  const book = async (parts: Parameters<typeof bookingInput>[1] = {}): Promise<BookingRow> =>
    valueOf(await createBooking(tenant.as(caller), bookingInput(room, parts))).bookings[0]!;
  return { tenant, caller, room, book, booking: await book(), ctx: () => tenant.as(caller) };
}

const eventsOf = (tenantId: string) =>
  sql<{ event_type: string; payload: Record<string, unknown> }[]>`
    select event_type, payload from outbox where tenant_id = ${tenantId} order by arrival`;

describe('cancelBooking', () => {
  it('frees the slot, stores who cancelled and why, and announces it', async () => {
    const { tenant, caller, book, booking, ctx } = await setup();
    const row = valueOf(await cancelBooking(ctx(), { id: booking.id, reason: 'Viagem' }));
    expect(row).toMatchObject({
      status: 'CANCELLED',
      cancelledBy: caller.userId,
      cancellationReason: 'Viagem',
      version: 2,
    });
    expect((await eventsOf(tenant.id)).at(-1)).toMatchObject({
      event_type: 'booking.cancelled',
      payload: { status: 'cancelled', reason: 'Viagem', cancelled_by: caller.userId, booking_version: 2 },
    });
    await book();
  });

  it('is allowed to the client, and to the platform, which is not stored as a user', async () => {
    const { tenant, book } = await setup();
    const client = tenant.user();
    const first = await book({ ...times('14:00', '15:00'), clientId: client.userId });
    valueOf(await cancelBooking(tenant.as(client), { id: first.id }));
    const second = await book(times('15:00', '16:00'));
    const row = valueOf(await cancelBooking(tenant.as(platformCaller()), { id: second.id }));
    expect(row.cancelledBy).toBeNull();
  });

  it('refuses the user from a day before with CANCELLATION_WINDOW_CLOSED, but not callers who manage bookings', async () => {
    const { tenant, book, ctx } = await setup();
    const tomorrow = await book(times('08:30', '09:00', '2027-01-05'));
    expect(codesOf(await cancelBooking(ctx(), { id: tomorrow.id }))).toEqual(['CANCELLATION_WINDOW_CLOSED']);
    const reception = tenant.as(tenant.user({ canManageBookings: true }));
    valueOf(await cancelBooking(reception, { id: tomorrow.id }));
  });

  it('succeeds for one of 20 concurrent requests, and refuses the others with INVALID_TRANSITION', async () => {
    const { tenant, booking, ctx } = await setup();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => cancelBooking(ctx(), { id: booking.id })),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(new Set(outcomes.flatMap(codesOf))).toEqual(new Set(['INVALID_TRANSITION']));
    expect(await eventsOf(tenant.id)).toHaveLength(2);
  });

  it('refuses unknown bookings, other users’ and other tenants’ bookings with NOT_FOUND', async () => {
    const { tenant, booking, ctx } = await setup();
    const foreign = exampleTenant(db, directory);
    expect(codesOf(await cancelBooking(ctx(), { id: newId() }))).toEqual(['NOT_FOUND']);
    expect(codesOf(await cancelBooking(tenant.as(tenant.user()), { id: booking.id }))).toEqual(['NOT_FOUND']);
    const outcome = await cancelBooking(foreign.as(foreign.administrator()), { id: booking.id });
    expect(codesOf(outcome)).toEqual(['NOT_FOUND']);
  });
});

describe('changeBookingStatus', () => {
  it('confirms, then completes a booking, with one event each', async () => {
    const { tenant, booking } = await setup();
    const member = tenant.user({ canManageBookings: true });
    const completed = (now: Temporal.Instant) =>
      changeBookingStatus(tenant.as(member, { now }), { id: booking.id, status: 'COMPLETED' });
    valueOf(await changeBookingStatus(tenant.as(member), { id: booking.id, status: 'CONFIRMED' }));
    expect(codesOf(await completed(booking.startTime.subtract({ seconds: 1 })))).toEqual([
      'INVALID_TRANSITION',
    ]);
    const row = valueOf(await completed(booking.startTime));
    expect(row).toMatchObject({ status: 'COMPLETED', version: 3 });
    const received = (await eventsOf(tenant.id)).slice(1);
    expect(received.map(({ payload }) => [payload['old_status'], payload['new_status']])).toEqual([
      ['pending', 'confirmed'],
      ['confirmed', 'completed'],
    ]);
  });

  it.each(['REJECTED', 'NO_SHOW'] as const)('to %s frees the slot', async (status) => {
    const { tenant, book, booking } = await setup();
    const boss = () => tenant.as(tenant.administrator());
    if (status === 'NO_SHOW')
      valueOf(await changeBookingStatus(boss(), { id: booking.id, status: 'CONFIRMED' }));
    const ctx = tenant.as(tenant.administrator(), { now: booking.startTime });
    valueOf(await changeBookingStatus(ctx, { id: booking.id, status }));
    await book();
  });

  it('to CANCELLED is a cancellation, with its event, its window and its permission', async () => {
    const { tenant, book, booking, ctx } = await setup();
    valueOf(await changeBookingStatus(ctx(), { id: booking.id, status: 'CANCELLED' }));
    expect((await eventsOf(tenant.id)).at(-1)!.event_type).toBe('booking.cancelled');
    const tomorrow = await book(times('08:30', '09:00', '2027-01-05'));
    const late = await changeBookingStatus(ctx(), { id: tomorrow.id, status: 'CANCELLED' });
    expect(late).toMatchObject({
      refusals: [{ code: 'CANCELLATION_WINDOW_CLOSED', field: ['input', 'id'] }],
    });
  });

  it('to CANCELLED twice reports INVALID_TRANSITION on the status, as for any other status', async () => {
    const { booking, ctx } = await setup();
    const cancel = () => changeBookingStatus(ctx(), { id: booking.id, status: 'CANCELLED' });
    valueOf(await cancel());
    expect(await cancel()).toMatchObject({
      refusals: [{ code: 'INVALID_TRANSITION', field: ['input', 'status'] }],
    });
    expect(await cancelBooking(ctx(), { id: booking.id })).toMatchObject({
      refusals: [{ code: 'INVALID_TRANSITION', field: ['input', 'id'] }],
    });
  });

  it('refuses invalid transitions with INVALID_TRANSITION, and applies one of 20 concurrent changes', async () => {
    const { tenant, booking } = await setup();
    const boss = () => tenant.as(tenant.administrator());
    expect(codesOf(await changeBookingStatus(boss(), { id: booking.id, status: 'COMPLETED' }))).toEqual([
      'INVALID_TRANSITION',
    ]);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        changeBookingStatus(boss(), { id: booking.id, status: n % 2 ? 'CONFIRMED' : 'REJECTED' }),
      ),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await eventsOf(tenant.id)).toHaveLength(2);
  });

  it('throws FORBIDDEN without canManageBookings, and refuses other tenants with NOT_FOUND', async () => {
    const { booking, ctx } = await setup();
    await expect(changeBookingStatus(ctx(), { id: booking.id, status: 'CONFIRMED' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    const foreign = exampleTenant(db, directory);
    const outcome = await changeBookingStatus(foreign.as(foreign.administrator()), {
      id: booking.id,
      status: 'CONFIRMED',
    });
    expect(codesOf(outcome)).toEqual(['NOT_FOUND']);
  });
});

describe('cancelBookingSeries', () => {
  async function series() {
    const here = await setup();
    const recurrence = { frequency: 'DAILY', endDate: at('2027-01-12T23:00') } as const;
    const requested = bookingInput(here.room, { ...times('14:00', '15:00', '2027-01-05'), recurrence });
    const created = valueOf(await createBooking(here.ctx(), requested));
    return { ...here, bookings: created.bookings, series: created.series! };
  }

  it('cancels the occurrences from `from` on, once, with one event each, and keeps the others', async () => {
    const { tenant, bookings, series: created, ctx } = await series();
    const input = { seriesId: created.id, from: at('2027-01-09T14:00'), reason: 'Férias' };
    const rows = valueOf(await cancelBookingSeries(ctx(), input));
    expect(rows.map(({ id }) => id)).toEqual(bookings.slice(4).map(({ id }) => id));
    expect(rows.every(({ status, version }) => status === 'CANCELLED' && version === 2)).toBe(true);
    const received = (await eventsOf(tenant.id)).filter(
      ({ event_type: type }) => type === 'booking.cancelled',
    );
    expect(received.map(({ payload }) => payload['reason'])).toEqual([
      'Férias',
      'Férias',
      'Férias',
      'Férias',
    ]);
    expect(valueOf(await cancelBookingSeries(ctx(), input))).toEqual([]);
  });

  it('cancels all from an early `from` on, also of a series that was extended beyond 365', async () => {
    const tenant = exampleTenant(db, directory, { advanceBookingDays: 730 });
    const boss = tenant.administrator();
    const recurrence = { frequency: 'DAILY', count: 365 } as const;
    const requested = bookingInput(tenant.resource(), { recurrence });
    const { series: made } = valueOf(await createBooking(tenant.as(boss), requested));
    const later = tenant.as(boss, { now: tenant.now.add({ hours: 24 * 200 }) });
    valueOf(await extendBookingSeries(later, { seriesId: made!.id, count: 190 }));
    const input = { seriesId: made!.id, from: at('2027-01-06T00:00') };
    const dates = [Temporal.PlainDate.from('2028-07-01')];
    expect(valueOf(await cancelBookingSeries(later, { ...input, dates }))).toHaveLength(1);
    expect(valueOf(await cancelBookingSeries(later, input))).toHaveLength(554);
    const statuses = await sql`select distinct status from bookings where tenant_id = ${tenant.id}`;
    expect(statuses).toEqual([{ status: 'CANCELLED' }]);
    expect(await sql`select from allocations where tenant_id = ${tenant.id}`).toHaveLength(0);
  });

  it('skips occurrences that are already cancelled or rejected', async () => {
    const { tenant, bookings, series: created, ctx } = await series();
    const boss = tenant.as(tenant.administrator());
    valueOf(await changeBookingStatus(boss, { id: bookings[6]!.id, status: 'REJECTED' }));
    const rows = valueOf(
      await cancelBookingSeries(ctx(), { seriesId: created.id, from: at('2027-01-10T00:00') }),
    );
    expect(rows.map(({ id }) => id)).toEqual([bookings[5]!.id, bookings[7]!.id]);
  });

  it('cancels none where the window of one has closed, and names it; an administrator cancels all', async () => {
    const { tenant, caller, bookings, series: created } = await series();
    const evening = tenant.as(caller, { now: tenant.now.add({ hours: 12 }) });
    const outcome = await cancelBookingSeries(evening, { seriesId: created.id });
    expect(outcome).toMatchObject({
      refusals: [{ code: 'CANCELLATION_WINDOW_CLOSED', occurrence: { startTime: bookings[0]!.startTime } }],
    });
    const rows = valueOf(
      await cancelBookingSeries(tenant.as(tenant.administrator()), { seriesId: created.id }),
    );
    expect(rows).toHaveLength(8);
  });

  it('refuses unknown series, other users’ and other tenants’ series with NOT_FOUND', async () => {
    const { tenant, series: created, ctx } = await series();
    const foreign = exampleTenant(db, directory);
    for (const [asker, seriesId] of [
      [ctx(), newId()],
      [tenant.as(tenant.user()), created.id],
      [foreign.as(foreign.administrator()), created.id],
    ] as const) {
      expect(codesOf(await cancelBookingSeries(asker, { seriesId }))).toEqual(['NOT_FOUND']);
    }
  });
});
