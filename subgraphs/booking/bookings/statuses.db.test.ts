import type { BookingRow } from '@drizzle/booking/tables';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { testDatabase } from '@libs/testing/databases';
import { afterAll, describe, expect, it } from 'vitest';
import {
  at,
  bookingInput,
  codesOf,
  exampleDirectory,
  exampleTenant,
  platformAdministrator,
  times,
  valueOf,
} from '../booking.fixtures.ts';
import { cancelBooking } from './cancelBooking.ts';
import { cancelBookingSeries } from './cancelBookingSeries.ts';
import { changeBookingStatus } from './changeBookingStatus.ts';
import { createBooking } from './createBooking.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'statuses' });
afterAll(() => db.close());
const directory = exampleDirectory();

/** A tenant with a booking of its caller's two days from now, which can be cancelled until a day before. */
async function world() {
  const tenant = exampleTenant(db, directory);
  const caller = tenant.user();
  const room = tenant.resource();
  const book = async (parts: Parameters<typeof bookingInput>[1] = {}): Promise<BookingRow> =>
    valueOf(await createBooking(tenant.as(caller), bookingInput(room, parts))).bookings[0]!;
  return { tenant, caller, room, book, booking: await book(), ctx: () => tenant.as(caller) };
}

const factsOf = (tenantId: string) =>
  sql<{ event_type: string; payload: Record<string, unknown> }[]>`
    select event_type, payload from outbox where tenant_id = ${tenantId} order by arrival`;

describe('cancelBooking', () => {
  it('frees the slot, keeps who and why, and announces it', async () => {
    const { tenant, caller, book, booking, ctx } = await world();
    const row = valueOf(await cancelBooking(ctx(), { id: booking.id, reason: 'Viagem' }));
    expect(row).toMatchObject({
      status: 'CANCELLED',
      cancelledBy: caller.userId,
      cancellationReason: 'Viagem',
      version: 2,
    });
    expect((await factsOf(tenant.id)).at(-1)).toMatchObject({
      event_type: 'booking.cancelled',
      payload: { status: 'cancelled', reason: 'Viagem', cancelled_by: caller.userId, booking_version: 2 },
    });
    await book();
  });

  it('is done by whom it is for, and by the platform, which is no user to be named', async () => {
    const { tenant, book } = await world();
    const client = tenant.user();
    const first = await book({ ...times('14:00', '15:00'), clientId: client.userId });
    valueOf(await cancelBooking(tenant.as(client), { id: first.id }));
    const second = await book(times('15:00', '16:00'));
    const row = valueOf(await cancelBooking(tenant.as(platformAdministrator()), { id: second.id }));
    expect(row.cancelledBy).toBeNull();
  });

  it('CANCELLATION_WINDOW_CLOSED for its user from a day before, not for who manages bookings', async () => {
    const { tenant, book, ctx } = await world();
    const tomorrow = await book(times('08:30', '09:00', '2027-01-05'));
    expect(codesOf(await cancelBooking(ctx(), { id: tomorrow.id }))).toEqual(['CANCELLATION_WINDOW_CLOSED']);
    const reception = tenant.as(tenant.user({ canManageBookings: true }));
    valueOf(await cancelBooking(reception, { id: tomorrow.id }));
  });

  it('INVALID_TRANSITION where it is cancelled already; of 20 at once one does it', async () => {
    const { tenant, booking, ctx } = await world();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => cancelBooking(ctx(), { id: booking.id })),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(new Set(outcomes.flatMap(codesOf))).toEqual(new Set(['INVALID_TRANSITION']));
    expect(await factsOf(tenant.id)).toHaveLength(2);
  });

  it('NOT_FOUND for a booking that is not there, another user’s, and another tenant’s', async () => {
    const { tenant, booking, ctx } = await world();
    const foreign = exampleTenant(db, directory);
    expect(codesOf(await cancelBooking(ctx(), { id: newId() }))).toEqual(['NOT_FOUND']);
    expect(codesOf(await cancelBooking(tenant.as(tenant.user()), { id: booking.id }))).toEqual(['NOT_FOUND']);
    const outcome = await cancelBooking(foreign.as(foreign.administrator()), { id: booking.id });
    expect(codesOf(outcome)).toEqual(['NOT_FOUND']);
  });
});

describe('changeBookingStatus', () => {
  it('confirms, then completes, with an event each', async () => {
    const { tenant, booking } = await world();
    const reception = () => tenant.as(tenant.user({ canManageBookings: true }));
    valueOf(await changeBookingStatus(reception(), { id: booking.id, status: 'CONFIRMED' }));
    const row = valueOf(await changeBookingStatus(reception(), { id: booking.id, status: 'COMPLETED' }));
    expect(row).toMatchObject({ status: 'COMPLETED', version: 3 });
    const told = (await factsOf(tenant.id)).slice(1);
    expect(told.map(({ payload }) => [payload['old_status'], payload['new_status']])).toEqual([
      ['pending', 'confirmed'],
      ['confirmed', 'completed'],
    ]);
  });

  it.each(['REJECTED', 'NO_SHOW'] as const)('%s frees the slot', async (status) => {
    const { tenant, book, booking } = await world();
    const boss = () => tenant.as(tenant.administrator());
    if (status === 'NO_SHOW')
      valueOf(await changeBookingStatus(boss(), { id: booking.id, status: 'CONFIRMED' }));
    valueOf(await changeBookingStatus(boss(), { id: booking.id, status }));
    await book();
  });

  it('CANCELLED is cancelling: its event, its window, and for its user too', async () => {
    const { tenant, book, booking, ctx } = await world();
    valueOf(await changeBookingStatus(ctx(), { id: booking.id, status: 'CANCELLED' }));
    expect((await factsOf(tenant.id)).at(-1)!.event_type).toBe('booking.cancelled');
    const tomorrow = await book(times('08:30', '09:00', '2027-01-05'));
    const late = await changeBookingStatus(ctx(), { id: tomorrow.id, status: 'CANCELLED' });
    expect(late).toMatchObject({
      refusals: [{ code: 'CANCELLATION_WINDOW_CLOSED', field: ['input', 'id'] }],
    });
  });

  it('CANCELLED once more blames the status that was asked for, as every step that cannot follow', async () => {
    const { booking, ctx } = await world();
    const cancel = () => changeBookingStatus(ctx(), { id: booking.id, status: 'CANCELLED' });
    valueOf(await cancel());
    expect(await cancel()).toMatchObject({
      refusals: [{ code: 'INVALID_TRANSITION', field: ['input', 'status'] }],
    });
    expect(await cancelBooking(ctx(), { id: booking.id })).toMatchObject({
      refusals: [{ code: 'INVALID_TRANSITION', field: ['input', 'id'] }],
    });
  });

  it('INVALID_TRANSITION for what cannot follow; of 20 decisions at once one stands', async () => {
    const { tenant, booking } = await world();
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
    expect(await factsOf(tenant.id)).toHaveLength(2);
  });

  it('FORBIDDEN without canManageBookings; NOT_FOUND in another tenant', async () => {
    const { booking, ctx } = await world();
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
    const here = await world();
    const recurrence = { frequency: 'DAILY', endDate: at('2027-01-12T23:00') } as const;
    const asked = bookingInput(here.room, { ...times('14:00', '15:00', '2027-01-05'), recurrence });
    const made = valueOf(await createBooking(here.ctx(), asked));
    return { ...here, bookings: made.bookings, series: made.series! };
  }

  it('cancels what starts at or after `from`, once, with an event each; the rest stays', async () => {
    const { tenant, bookings, series: made, ctx } = await series();
    const input = { seriesId: made.id, from: at('2027-01-09T14:00'), reason: 'Férias' };
    const rows = valueOf(await cancelBookingSeries(ctx(), input));
    expect(rows.map(({ id }) => id)).toEqual(bookings.slice(4).map(({ id }) => id));
    expect(rows.every(({ status, version }) => status === 'CANCELLED' && version === 2)).toBe(true);
    const told = (await factsOf(tenant.id)).filter(({ event_type: type }) => type === 'booking.cancelled');
    expect(told.map(({ payload }) => payload['reason'])).toEqual(['Férias', 'Férias', 'Férias', 'Férias']);
    expect(valueOf(await cancelBookingSeries(ctx(), input))).toEqual([]);
  });

  it('leaves alone what is cancelled or rejected already', async () => {
    const { tenant, bookings, series: made, ctx } = await series();
    const boss = tenant.as(tenant.administrator());
    valueOf(await changeBookingStatus(boss, { id: bookings[6]!.id, status: 'REJECTED' }));
    const rows = valueOf(
      await cancelBookingSeries(ctx(), { seriesId: made.id, from: at('2027-01-10T00:00') }),
    );
    expect(rows.map(({ id }) => id)).toEqual([bookings[5]!.id, bookings[7]!.id]);
  });

  it('CANCELLATION_WINDOW_CLOSED names the occurrence, and cancels none; an administrator cancels all', async () => {
    const { tenant, caller, bookings, series: made } = await series();
    const evening = tenant.as(caller, { now: tenant.now.add({ hours: 12 }) });
    const outcome = await cancelBookingSeries(evening, { seriesId: made.id });
    expect(outcome).toMatchObject({
      refusals: [{ code: 'CANCELLATION_WINDOW_CLOSED', occurrence: { startTime: bookings[0]!.startTime } }],
    });
    const rows = valueOf(await cancelBookingSeries(tenant.as(tenant.administrator()), { seriesId: made.id }));
    expect(rows).toHaveLength(8);
  });

  it('NOT_FOUND for a series that is not there, another user’s, and another tenant’s', async () => {
    const { tenant, series: made, ctx } = await series();
    const foreign = exampleTenant(db, directory);
    for (const [asker, seriesId] of [
      [ctx(), newId()],
      [tenant.as(tenant.user()), made.id],
      [foreign.as(foreign.administrator()), made.id],
    ] as const) {
      expect(codesOf(await cancelBookingSeries(asker, { seriesId }))).toEqual(['NOT_FOUND']);
    }
  });
});
