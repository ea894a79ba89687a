import type { BookingRow } from '@drizzle/booking/tables';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { NO_OWN_RULES } from '@libs/directory/bookingRules';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, describe, expect, it } from 'vitest';
import {
  at,
  bookingInput,
  codesOf,
  exampleDirectory,
  exampleTenant,
  times,
  valueOf,
} from '../booking.fixtures.ts';
import { cancelBooking } from './cancelBooking.ts';
import { createBooking } from './createBooking.ts';
import { updateBooking } from './updateBooking.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'updateBooking' });
afterAll(() => db.close());
const directory = exampleDirectory();

/** With a booking from 10:00 to 11:00. */
async function setup() {
  const tenant = exampleTenant(db, directory);
  const caller = tenant.user();
  const room = tenant.resource();
  const book = async (
    parts: Parameters<typeof bookingInput>[1] = {},
    resourceId = room,
  ): Promise<BookingRow> =>
    valueOf(await createBooking(tenant.as(caller), bookingInput(resourceId, parts))).bookings[0]!;
  return { tenant, caller, room, book, booking: await book(), ctx: () => tenant.as(caller) };
}

const lastEventOf = async (tenantId: string) => {
  const [event] = await sql<{ event_type: string; payload: Record<string, unknown> }[]>`
    select event_type, payload from outbox where tenant_id = ${tenantId} order by arrival desc limit 1`;
  return event!;
};

describe('updateBooking', () => {
  it('moves a booking to another time and resource, with a new version and an event that lists the changes', async () => {
    const { tenant, booking, ctx } = await setup();
    const other = tenant.resource();
    const row = valueOf(
      await updateBooking(ctx(), { id: booking.id, resourceId: other, ...times('14:00', '15:30') }),
    );
    expect(row).toMatchObject({ resourceId: other, version: 2 });
    expect(row.endTime.toString()).toBe('2027-01-06T18:30:00Z');
    expect(await lastEventOf(tenant.id)).toMatchObject({
      event_type: 'booking.updated',
      payload: {
        booking_id: booking.id,
        booking_version: 2,
        resource_id: other,
        changes: {
          resource_id: { from: booking.resourceId, to: other },
          start_time: { from: '2027-01-06T13:00:00.000Z', to: '2027-01-06T17:00:00.000Z' },
          end_time: { from: '2027-01-06T14:00:00.000Z', to: '2027-01-06T18:30:00.000Z' },
        },
      },
    });
  });

  it('moves a booking to a time that it partly occupies itself', async () => {
    const { booking, ctx } = await setup();
    valueOf(await updateBooking(ctx(), { id: booking.id, ...times('10:30', '11:30') }));
  });

  it('changes client and notes; null resets the client to the user and clears the notes', async () => {
    const { tenant, caller, booking, ctx } = await setup();
    const client = tenant.user().userId;
    const changed = valueOf(await updateBooking(ctx(), { id: booking.id, clientId: client, notes: 'a' }));
    expect(changed).toMatchObject({ clientId: client, notes: 'a', version: 2 });
    const cleared = valueOf(await updateBooking(ctx(), { id: booking.id, clientId: null, notes: null }));
    expect(cleared).toMatchObject({ clientId: caller.userId, notes: null, version: 3 });
  });

  it('keeps a booking that was confirmed without an approval off resources that require one, except for staff', async () => {
    const tenant = exampleTenant(db, directory, { autoConfirm: true });
    const [caller, staff] = [tenant.user(), tenant.user({ canManageBookings: true })];
    const needsApproval = () => tenant.resource({ rules: { ...NO_OWN_RULES, autoConfirm: false } });
    const [room, suite, stage] = [tenant.resource(), needsApproval(), needsApproval()];
    const ctx = () => tenant.as(caller);
    const [booking] = valueOf(await createBooking(ctx(), bookingInput(room))).bookings;
    const { id } = booking!;
    expect(await updateBooking(ctx(), { id, resourceId: suite })).toMatchObject({
      refusals: [{ code: 'INVALID_TRANSITION', field: ['input', 'resourceId'] }],
    });
    expect(await updateBooking(ctx(), { id, additionalResources: [{ resourceId: suite }] })).toMatchObject({
      refusals: [{ code: 'INVALID_TRANSITION', field: ['input', 'additionalResources', '0', 'resourceId'] }],
    });
    valueOf(await updateBooking(ctx(), { id, resourceId: tenant.resource(), ...times('14:00', '15:00') }));
    // Staff approve of what they move, and of it wherever its people move it then.
    valueOf(await updateBooking(tenant.as(staff), { id, resourceId: suite }));
    valueOf(await updateBooking(ctx(), { id, resourceId: stage }));
    const [pending] = valueOf(await createBooking(ctx(), bookingInput(suite))).bookings;
    valueOf(await updateBooking(ctx(), { id: pending!.id, resourceId: room }));
    const back = valueOf(await updateBooking(ctx(), { id: pending!.id, resourceId: suite }));
    expect(back.status).toBe('PENDING');
  });

  it('makes no version and no event where nothing changes', async () => {
    const { tenant, booking, ctx } = await setup();
    const same = { id: booking.id, ...times('10:00', '11:00'), resourceId: booking.resourceId };
    expect(valueOf(await updateBooking(ctx(), same))).toEqual(booking);
    expect((await lastEventOf(tenant.id)).event_type).toBe('booking.created');
  });

  it('changes only the notes of a booking with a final status', async () => {
    const { booking, ctx } = await setup();
    valueOf(await cancelBooking(ctx(), { id: booking.id }));
    valueOf(await updateBooking(ctx(), { id: booking.id, notes: 'desistiu' }));
    const moved = await updateBooking(ctx(), { id: booking.id, ...times('14:00', '15:00') });
    expect(codesOf(moved)).toEqual(['INVALID_TRANSITION']);
  });
});

describe('updateBooking refuses', () => {
  it('a move onto another booking with CONFLICT, and changes nothing', async () => {
    const { book, booking, ctx } = await setup();
    const other = await book(times('14:00', '15:00'));
    const outcome = await updateBooking(ctx(), { id: booking.id, ...times('13:30', '14:30') });
    expect(outcome).toMatchObject({
      refusals: [{ code: 'CONFLICT', conflict: { bookings: [{ bookingId: other.id }] } }],
    });
    expect(valueOf(await updateBooking(ctx(), { id: booking.id })).version).toBe(1);
  });

  it('with every broken rule of the new time at once', async () => {
    const { booking, ctx } = await setup();
    const outcome = await updateBooking(ctx(), { id: booking.id, ...times('07:10', '18:10') });
    expect(codesOf(outcome)).toEqual(['NOT_ON_INTERVAL', 'OUTSIDE_WORKING_HOURS', 'OUTSIDE_WORKING_HOURS']);
  });

  it('with VERSION_MISMATCH unless the booking has the expected version', async () => {
    const { booking, ctx } = await setup();
    const outcome = await updateBooking(ctx(), { id: booking.id, expectedVersion: 2, notes: 'x' });
    expect(codesOf(outcome)).toEqual(['VERSION_MISMATCH']);
    valueOf(await updateBooking(ctx(), { id: booking.id, expectedVersion: 1, notes: 'x' }));
  });

  it('unknown bookings, other users’ and other tenants’ bookings with NOT_FOUND', async () => {
    const { tenant, booking, ctx } = await setup();
    expect(codesOf(await updateBooking(ctx(), { id: newId(), notes: 'x' }))).toEqual(['NOT_FOUND']);
    const stranger = tenant.as(tenant.user());
    expect(codesOf(await updateBooking(stranger, { id: booking.id, notes: 'x' }))).toEqual(['NOT_FOUND']);
    const foreign = exampleTenant(db, directory);
    const outcome = await updateBooking(foreign.as(foreign.administrator()), { id: booking.id, notes: 'x' });
    expect(codesOf(outcome)).toEqual(['NOT_FOUND']);
  });

  it('unknown resources and clients with NOT_FOUND, inactive ones with INACTIVE', async () => {
    const { tenant, booking, ctx } = await setup();
    const foreign = await setup();
    const asleep = tenant.resource({ isActive: false });
    const inactive = tenant.user({}, { isActive: false }).userId;
    const move = async (parts: object) => codesOf(await updateBooking(ctx(), { id: booking.id, ...parts }));
    expect(await move({ resourceId: foreign.room })).toEqual(['NOT_FOUND']);
    expect(await move({ resourceId: asleep })).toEqual(['INACTIVE']);
    expect(await move({ clientId: foreign.caller.userId })).toEqual(['NOT_FOUND']);
    expect(await move({ clientId: inactive })).toEqual(['INACTIVE']);
  });

  it('with CANCELLATION_WINDOW_CLOSED a late move by user or client, but not by a caller who manages bookings', async () => {
    const { tenant, book, caller } = await setup();
    const client = tenant.user();
    const { id } = await book({ ...times('08:30', '09:00', '2027-01-05'), clientId: client.userId });
    const weekAway = times('08:30', '09:00', '2027-01-25');
    for (const move of [weekAway, { resourceId: tenant.resource() }, times('08:30', '09:30', '2027-01-05')]) {
      for (const theirs of [caller, client]) {
        expect(await updateBooking(tenant.as(theirs), { id, ...move })).toMatchObject({
          refusals: [{ code: 'CANCELLATION_WINDOW_CLOSED', field: ['input', 'id'] }],
        });
      }
    }
    const said = { id, notes: 'atrasado', clientId: tenant.user().userId };
    expect(valueOf(await updateBooking(tenant.as(caller), said)).version).toBe(2);
    const reception = tenant.as(tenant.user({ canManageBookings: true }));
    expect(valueOf(await updateBooking(reception, { id, ...weekAway })).version).toBe(3);
  });

  it('any move of what a user who may no longer book has booked for themself with USER_CANNOT_BOOK', async () => {
    const { tenant, caller, booking, ctx } = await setup();
    const boss = tenant.as(tenant.administrator());
    const known = directory.memberById.get(caller.userId)!;
    const { id } = booking;
    for (const barred of [{ permissions: { ...known.permissions, canBook: false } }, { isActive: false }]) {
      directory.memberById.set(caller.userId, { ...known, ...barred });
      for (const asker of [ctx(), boss]) {
        expect(await updateBooking(asker, { id, ...times('14:00', '15:00') })).toMatchObject({
          refusals: [{ code: 'USER_CANNOT_BOOK', field: ['input', 'id'] }],
        });
      }
    }
    expect(valueOf(await updateBooking(boss, { id, notes: 'desligado' })).version).toBe(2);
  });

  it('a move of a booking whose client has become inactive with INACTIVE', async () => {
    const { tenant, book, ctx } = await setup();
    const client = tenant.user();
    const { id } = await book({ ...times('14:00', '15:00'), clientId: client.userId });
    directory.memberById.set(client.userId, { ...directory.memberById.get(client.userId)!, isActive: false });
    expect(await updateBooking(ctx(), { id, ...times('15:00', '16:00') })).toMatchObject({
      refusals: [{ code: 'INACTIVE', field: ['input', 'clientId'] }],
    });
    valueOf(await updateBooking(ctx(), { id, ...times('15:00', '16:00'), clientId: null }));
  });

  it('null for a required value with INVALID', async () => {
    const { booking, ctx } = await setup();
    const nulls = { id: booking.id, resourceId: null, startTime: null, endTime: null };
    expect(codesOf(await updateBooking(ctx(), nulls))).toEqual(['INVALID', 'INVALID', 'INVALID']);
  });

  it('a caller without a session with UNAUTHENTICATED', async () => {
    const { tenant, booking } = await setup();
    await expect(updateBooking(tenant.as({ kind: 'anonymous' }), { id: booking.id })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });
});

describe('concurrent updates', () => {
  it('apply only one of 20 that expect the same version', async () => {
    const { booking, ctx } = await setup();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        updateBooking(ctx(), { id: booking.id, expectedVersion: 1, notes: String(n) }),
      ),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(new Set(outcomes.flatMap(codesOf))).toEqual(new Set(['VERSION_MISMATCH']));
  });

  it('that both want one resource, as its own and in addition, apply only one', async () => {
    const { tenant, booking, ctx } = await setup();
    const resourceId = tenant.resource();
    const outcomes = await Promise.all([
      updateBooking(ctx(), { id: booking.id, resourceId }),
      updateBooking(ctx(), { id: booking.id, additionalResources: [{ resourceId }] }),
    ]);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(outcomes.flatMap(codesOf)).toEqual(['INVALID']);
  });

  it('of start and of end never combine into an invalid time', async () => {
    const { booking, ctx } = await setup();
    const change = (parts: object) => updateBooking(ctx(), { id: booking.id, ...parts });
    await Promise.all([
      change({ startTime: at('2027-01-06T10:30') }),
      change({ endTime: at('2027-01-06T10:30') }),
    ]);
    const [row] = await sql`select start_time < end_time as holds from bookings where id = ${booking.id}`;
    expect(row).toEqual({ holds: true });
  });

  it(
    'that move bookings between few slots and rooms never overlap, lose a version or deadlock',
    { timeout: 120_000 },
    async () => {
      const { tenant, caller, ctx } = await setup();
      const rooms = [tenant.resource(), tenant.resource(), tenant.resource()];
      const hours = ['08', '09', '10', '11', '12'];
      const ids: string[] = [];
      for (const [index, hour] of hours.entries()) {
        const input = bookingInput(rooms[index % 3]!, times(`${hour}:00`, `${hour}:30`));
        ids.push(valueOf(await createBooking(tenant.as(caller), input)).bookings[0]!.id);
      }
      const codes = new Set<string>();
      const mover = async (number: number) => {
        for (let round = 0; round < 25; round += 1) {
          const hour = hours[(number + round * 3) % hours.length]!;
          const outcome = await updateBooking(ctx(), {
            id: ids[(number * 3 + round) % ids.length]!,
            ...(round % 3 ? { resourceId: rooms[(number + round) % 3]! } : {}),
            ...times(`${hour}:00`, round % 2 ? `${hour}:30` : `${Number(hour) + 1}:00`.padStart(5, '0')),
          });
          for (const code of codesOf(outcome)) codes.add(code);
        }
      };
      await Promise.all(Array.from({ length: 32 }, (_, number) => mover(number)));
      expect([...codes]).toEqual(['CONFLICT']);
      const [overlapping] = await sql`
      select count(*)::int as n from bookings a join bookings b on a.resource_id = b.resource_id and a.id < b.id
        and a.start_time < b.end_time and b.start_time < a.end_time
      where a.tenant_id = ${tenant.id}`;
      expect(overlapping).toEqual({ n: 0 });
      const versions = await sql<{ id: string; version: number; announced: number }[]>`
      select b.id, b.version, count(o.id)::int as announced from bookings b
      join outbox o on o.payload ->> 'booking_id' = b.id::text where b.id = any(${ids}) group by b.id, b.version`;
      expect(versions).toHaveLength(ids.length);
      for (const { version, announced } of versions) expect(announced).toBe(version);
    },
  );
});
