import { connect } from '@libs/db/connect';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, describe, expect, it } from 'vitest';
import { times, valueOf } from '../../booking.fixtures.ts';
import { deleteBookingsOfTenant } from '../cascade/cascade.ts';
import { cancelBooking } from '../cancelBooking.ts';
import { changeBookingStatus } from '../changeBookingStatus.ts';
import { updateBooking } from '../updateBooking.ts';
import { deadlineFixtures } from './deadlines.fixtures.ts';
import { purgeDueOfAllTenants } from './dueStore.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'reminders' });
afterAll(() => db.close());
const { setup } = deadlineFixtures(db, sql);

const confirmed = { autoConfirm: true };
const dayBefore = { reminderHours: [24] };
/** A day before the start. */
const POINT = '2027-01-05T13:00:00Z';
const START = '2027-01-06T13:00:00Z';

/** Hours before and start of each reminder. */
async function remindersOf(
  { events }: Pick<Awaited<ReturnType<typeof setup>>, 'events'>,
  booking: { id: string },
): Promise<unknown[]> {
  const received = await events(booking);
  return received
    .filter(({ type }) => type === 'booking.reminder')
    .map(({ payload }) => [payload['hours_before'], payload['start_time']]);
}
const once = [[24, '2027-01-06T13:00:00.000Z']];

describe('a reminder', () => {
  it('is announced at its point, not before, and once', async () => {
    const all = await setup(confirmed, dayBefore);
    const booking = await all.book();
    await all.work('2027-01-05T12:59:59.999Z');
    expect(await remindersOf(all, booking)).toEqual([]);
    await all.work(POINT);
    expect(await remindersOf(all, booking)).toEqual(once);
    for (const at of ['2027-01-05T13:00:00.001Z', '2027-01-05T13:03:00Z', '2027-01-06T00:00:00Z', START])
      await all.work(at);
    const [event, ...others] = await all.events(booking);
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      type: 'booking.reminder',
      payload: {
        status: 'confirmed',
        hours_before: 24,
        booking_version: 1,
        tenant_id: all.tenant.id,
        resource_ids: [all.room],
      },
    });
  });

  it('is announced for each of reminderHours', async () => {
    const all = await setup(confirmed, { reminderHours: [24, 1, 2] });
    const booking = await all.book();
    for (const at of [POINT, '2027-01-06T11:00:00Z', '2027-01-06T12:00:00Z']) await all.work(at);
    const start = '2027-01-06T13:00:00.000Z';
    expect(await remindersOf(all, booking)).toEqual([24, 2, 1].map((hours) => [hours, start]));
  });

  it('is late after an outage, but not announced once the booking has begun', async () => {
    const all = await setup(confirmed, dayBefore);
    const [late, tooLate] = [
      await all.book(),
      await all.book({ resourceId: all.tenant.resource(), ...times('09:00', '10:00') }),
    ];
    await all.work('2027-01-06T12:59:59.999Z');
    expect(await remindersOf(all, late)).toEqual(once);
    expect(await remindersOf(all, tooLate)).toEqual([]);
  });

  it('is of elapsed hours on a day with a clock change', async () => {
    const all = await setup({ ...confirmed, timezone: 'America/New_York' }, dayBefore);
    // Clocks go forward at 02:00 on this day: 10:00 is 14:00Z, and 24 hours before it was 09:00.
    const booking = await all.book(times('10:00', '11:00', '2027-03-14'));
    await all.work('2027-03-13T13:59:59.999Z');
    expect(await remindersOf(all, booking)).toEqual([]);
    await all.work('2027-03-13T14:00:00Z');
    expect(await remindersOf(all, booking)).toEqual([[24, '2027-03-14T14:00:00.000Z']]);
    // Clocks go back: 10:00 is 15:00Z, and 24 hours before it was 11:00.
    const second = await all.book(times('10:00', '11:00', '2027-11-07'), '2027-11-01T12:00:00Z');
    await all.work('2027-11-06T14:59:59.999Z');
    expect(await remindersOf(all, second)).toEqual([]);
    await all.work('2027-11-06T15:00:00Z');
    expect(await remindersOf(all, second)).toEqual([[24, '2027-11-07T15:00:00.000Z']]);
  });

  it('comes although its booking was committed after the search of its instant', async () => {
    const all = await setup(confirmed, dayBefore);
    await all.work('2027-01-05T13:00:02Z');
    const booking = await all.book({}, POINT);
    await all.work('2027-01-05T13:00:03Z');
    expect(await remindersOf(all, booking)).toEqual(once);
  });
});

describe('no reminder', () => {
  it('is announced of a booking that was made after its point', async () => {
    const all = await setup(confirmed, dayBefore);
    const booking = await all.book({}, '2027-01-05T13:00:00.001Z');
    await all.work('2027-01-05T13:00:01Z');
    await all.work('2027-01-06T12:00:00Z');
    expect(await remindersOf(all, booking)).toEqual([]);
  });

  it('is announced of a booking that was confirmed after its point', async () => {
    const all = await setup({}, dayBefore);
    const booking = await all.book();
    await all.work(POINT);
    const change = { id: booking.id, status: 'CONFIRMED' } as const;
    valueOf(await changeBookingStatus(all.staff('2027-01-05T13:00:01Z'), change));
    await all.work('2027-01-05T13:00:02Z');
    expect(await remindersOf(all, booking)).toEqual([]);
  });

  it('is announced of a booking that was cancelled by then', async () => {
    const all = await setup(confirmed, dayBefore);
    const booking = await all.book();
    valueOf(await cancelBooking(all.staff(), { id: booking.id }));
    await all.work(POINT);
    expect(await remindersOf(all, booking)).toEqual([]);
  });

  it('is announced for a point from before the tenant wanted any', async () => {
    const all = await setup(confirmed);
    const [before, after] = [
      await all.book(),
      await all.book({ resourceId: all.tenant.resource(), ...times('12:00', '13:00') }),
    ];
    await all.work('2027-01-05T14:00:00Z');
    all.tenant.profile.settings.reminderHours = [24];
    await all.work('2027-01-05T14:05:00Z');
    await all.work('2027-01-05T15:00:00Z');
    expect(await remindersOf(all, before)).toEqual([]);
    expect(await remindersOf(all, after)).toEqual([[24, '2027-01-06T15:00:00.000Z']]);
  });

  it('is announced once the tenant wants none, though it was due by then', async () => {
    const all = await setup(confirmed, dayBefore);
    const booking = await all.book();
    all.tenant.profile.settings.reminderHours = [];
    await all.work('2027-01-05T13:10:00Z');
    expect(await remindersOf(all, booking)).toEqual([]);
  });
});

describe('a booking that is moved', () => {
  const nextDay = times('10:00', '11:00', '2027-01-07');
  const sameDay = times('10:00', '11:00');
  const move = async (
    { staff }: Awaited<ReturnType<typeof setup>>,
    booking: { id: string },
    to: ReturnType<typeof times>,
    now: string,
  ) => valueOf(await updateBooking(staff(now), { id: booking.id, ...to }));

  it('is reminded of its new time only', async () => {
    const all = await setup(confirmed, dayBefore);
    const booking = await all.book();
    await move(all, booking, nextDay, '2027-01-05T12:00:00Z');
    await all.work(POINT);
    expect(await remindersOf(all, booking)).toEqual([]);
    await all.work('2027-01-06T13:00:00Z');
    expect(await remindersOf(all, booking)).toEqual([[24, '2027-01-07T13:00:00.000Z']]);
  });

  it('is reminded once more after a reminder of its old time, but never twice of one time', async () => {
    const all = await setup(confirmed, dayBefore);
    const booking = await all.book();
    await all.work(POINT);
    await move(all, booking, nextDay, '2027-01-05T13:00:01Z');
    await move(all, booking, sameDay, '2027-01-05T13:00:02Z');
    await all.work('2027-01-05T13:00:03Z');
    expect(await remindersOf(all, booking)).toEqual(once);
    await move(all, booking, nextDay, '2027-01-05T13:00:04Z');
    await all.work('2027-01-06T13:00:00Z');
    expect(await remindersOf(all, booking)).toEqual([...once, [24, '2027-01-07T13:00:00.000Z']]);
  });

  it('to a start that is nearer gets no reminder whose point has passed', async () => {
    const all = await setup(confirmed, { reminderHours: [24, 1] });
    const booking = await all.book(nextDay);
    await move(all, booking, sameDay, '2027-01-05T13:00:00.001Z');
    await all.work('2027-01-05T13:00:01Z');
    expect(await remindersOf(all, booking)).toEqual([]);
    await all.work('2027-01-06T12:00:00Z');
    expect(await remindersOf(all, booking)).toEqual([[1, '2027-01-06T13:00:00.000Z']]);
  });

  it('keeps its reminder if only its notes or its end change', async () => {
    const all = await setup(confirmed, dayBefore);
    const booking = await all.book();
    const changes = { id: booking.id, notes: 'Trazer toalha', ...times('10:00', '11:30') };
    valueOf(await updateBooking(all.staff('2027-01-05T13:00:01Z'), changes));
    await all.work('2027-01-05T13:00:02Z');
    expect(await remindersOf(all, booking)).toEqual(once);
  });
});

describe('the rows of reminders', () => {
  it('are purged a day after the last one can have begun', async () => {
    const all = await setup(confirmed, dayBefore);
    await all.book();
    await all.work(POINT);
    const count = async () => (await sql`select from due where tenant_id = ${all.tenant.id}`).length;
    expect(await count()).toBe(2);
    const end = all.clock.now().add({ hours: 8 * 24 });
    await purgeDueOfAllTenants(db, end.subtract({ milliseconds: 1 }));
    expect(await count()).toBe(2);
    await purgeDueOfAllTenants(db, end);
    expect(await count()).toBe(0);
  });

  it('go with their tenant', async () => {
    const all = await setup(confirmed, dayBefore);
    await all.book();
    await all.work(POINT);
    const { id: tenantId } = all.tenant;
    await db.sql.begin(async (tx) => {
      const event = { tenantId, payload: { tenant_id: tenantId } };
      await deleteBookingsOfTenant({ tx: { sql: tx }, now: all.clock.now(), event } as never);
    });
    expect(await sql`select from due where tenant_id = ${tenantId}`).toHaveLength(0);
    expect(await sql`select from reminder_progress where tenant_id = ${tenantId}`).toHaveLength(0);
  });
});
