import { withAllocations } from '@drizzle/booking/allocations.fixtures';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, describe, expect, it } from 'vitest';
import { times, valueOf } from '../../booking.fixtures.ts';
import { changeBookingStatus } from '../changeBookingStatus.ts';
import { findBooking } from '../store.ts';
import { deadlineFixtures } from './deadlines.fixtures.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'completions' });
afterAll(() => db.close());
const { setup } = deadlineFixtures(db, sql);

const confirmed = { autoConfirm: true };
const automatic = { completeAutomatically: true };
const END = '2027-01-06T14:00:00Z';

describe('a confirmed booking', () => {
  it('is completed at its end, not before, and once', async () => {
    const { tenant, book, work, events } = await setup(confirmed, automatic);
    const booking = await book();
    await work('2027-01-06T13:59:59.999Z');
    expect(await events(booking)).toEqual([]);
    await work(END);
    await work('2027-01-06T14:00:01Z');
    expect(await findBooking(tenant.id, db, booking.id)).toMatchObject({ status: 'COMPLETED', version: 2 });
    expect(await events(booking)).toEqual([
      {
        type: 'booking.status_changed',
        payload: expect.objectContaining({
          old_status: 'confirmed',
          new_status: 'completed',
          automatic: 'completed',
          booking_version: 2,
        }),
      },
    ]);
    // It still occupies its time.
    expect(await sql`select from allocations where booking_id = ${booking.id}`).toHaveLength(1);
  });

  it('stays confirmed by default', async () => {
    const { book, work, events } = await setup(confirmed);
    const booking = await book();
    await work(END);
    expect(await events(booking)).toEqual([]);
  });

  it('is completed later if the tenant turns it on at most 7 days after the end', async () => {
    const { tenant, book, work, events } = await setup(confirmed);
    const [longAgo, booking] = [
      await book(times('09:00', '10:30')),
      await book({ resourceId: tenant.resource() }),
    ];
    await work(END);
    tenant.profile.settings.completeAutomatically = true;
    await work('2027-01-13T14:00:00Z');
    expect((await events(booking)).map(({ payload }) => payload['automatic'])).toEqual(['completed']);
    expect(await events(longAgo)).toEqual([]);
  });

  it('is completed if it lasted for weeks', async () => {
    const { tenant, work, events } = await setup(confirmed, automatic);
    const id = newId();
    await withAllocations(
      sql,
      sql`insert into bookings (id, tenant_id, resource_id, user_id, client_id, start_time, end_time, status, created_at, updated_at)
          values (${id}, ${tenant.id}, ${newId()}, ${newId()}, ${newId()}, '2027-02-01T12:00Z', '2027-03-04T12:00Z', 'CONFIRMED', now(), now())`,
    );
    await work('2027-03-04T11:59:59.999Z');
    expect(await events({ id })).toEqual([]);
    await work('2027-03-11T12:00:00Z');
    expect(await events({ id })).toHaveLength(1);
  });

  it('that staff have marked as missed stays so', async () => {
    const { tenant, book, work, staff } = await setup(confirmed, automatic);
    const booking = await book();
    const change = { id: booking.id, status: 'NO_SHOW' } as const;
    valueOf(await changeBookingStatus(staff('2027-01-06T13:30:00Z'), change));
    await work(END);
    expect(await findBooking(tenant.id, db, booking.id)).toMatchObject({ status: 'NO_SHOW', version: 2 });
  });
});

it('a pending booking is not completed', async () => {
  const { book, work, events } = await setup({}, automatic);
  const booking = await book();
  await work(END);
  expect(await events(booking)).toEqual([]);
});
