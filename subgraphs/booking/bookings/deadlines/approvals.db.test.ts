import { connect } from '@libs/db/connect';
import { unavailable } from '@libs/outcome/apiErrors';
import { testDatabase } from '@libs/testing/testDatabases';
import { Temporal } from 'temporal-polyfill';
import { afterAll, describe, expect, it } from 'vitest';
import { codesOf, times, valueOf } from '../../booking.fixtures.ts';
import { cancelBooking } from '../cancelBooking.ts';
import { changeBookingStatus } from '../changeBookingStatus.ts';
import { updateBooking } from '../updateBooking.ts';
import { updateBookingSeries } from '../series/updateBookingSeries.ts';
import { findBooking } from '../store.ts';
import { claimDueOfAllTenants } from './dueStore.ts';
import { settleDeadline } from './settleDeadline.ts';
import { deadlineFixtures } from './deadlines.fixtures.ts';
import { startDeadlineWorker } from './deadlineWorker.ts';
import { searchDue } from './searchDue.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'approvals', max: 20 });
afterAll(() => db.close());
const { setup } = deadlineFixtures(db, sql);

/** Two hours after bookings are made. */
const DEADLINE = '2027-01-04T14:00:00Z';
const twoHours = { approvalHours: 2 };

describe('a booking that nobody decides on', () => {
  it('is rejected at its deadline, not before, and once', async () => {
    const { tenant, book, work, events } = await setup(twoHours);
    const booking = await book();
    expect(booking).toMatchObject({ status: 'PENDING' });
    expect(booking.decisionDeadline?.toString()).toBe(DEADLINE);
    await work('2027-01-04T13:59:59.999Z');
    expect(await events(booking)).toEqual([]);
    await work(DEADLINE);
    await work('2027-01-04T14:00:01Z');
    expect(await findBooking(tenant.id, db, booking.id)).toMatchObject({
      status: 'REJECTED',
      decisionDeadline: null,
      decisionReason: null,
      version: 2,
    });
    expect(await events(booking)).toEqual([
      {
        type: 'booking.status_changed',
        payload: expect.objectContaining({
          old_status: 'pending',
          new_status: 'rejected',
          automatic: 'approval_deadline',
          decision_reason: null,
          booking_version: 2,
        }),
      },
    ]);
    expect(await sql`select from due where tenant_id = ${tenant.id}`).toHaveLength(0);
  });

  it('frees all its resources, and voids their cached busy times', async () => {
    const { tenant, book, work, room } = await setup(twoHours);
    const second = tenant.resource();
    const parts = { additionalResources: [{ resourceId: second }] };
    const booking = await book(parts);
    const versions = () => sql`
      select resource_id, version >> 32 as version from resource_versions where resource_id in (${room}, ${second}) order by 1`;
    const before = await versions();
    await work(DEADLINE);
    expect(await sql`select from allocations where booking_id = ${booking.id}`).toHaveLength(0);
    const raised = before.map(({ version, ...row }) => ({ ...row, version: String(Number(version) + 1) }));
    expect([...(await versions())].map((row) => ({ ...row, version: String(row['version']) }))).toEqual(
      raised,
    );
    await book(parts, DEADLINE);
  });

  it('is rejected at its start, if it was moved to before its deadline', async () => {
    const { tenant, book, work, staff } = await setup({ approvalHours: 100 });
    const booking = await book();
    const move = { id: booking.id, ...times('10:00', '11:00', '2027-01-05') };
    const moved = valueOf(await updateBooking(staff(), move));
    await work(moved.startTime.subtract({ milliseconds: 1 }));
    expect(await findBooking(tenant.id, db, booking.id)).toMatchObject({ status: 'PENDING' });
    await work(moved.startTime);
    expect(await findBooking(tenant.id, db, booking.id)).toMatchObject({ status: 'REJECTED', version: 3 });
  });

  it('has its deadline again after a move to before it and back, also of its series', async () => {
    const { book, staff } = await setup({ approvalHours: 100 });
    const [near, far] = [times('10:00', '11:00', '2027-01-05'), times('10:00', '11:00', '2027-02-03')];
    const deadline = staff().now.add({ hours: 100 });
    const one = await book(far);
    const first = await book({
      ...times('12:00', '13:00', '2027-02-03'),
      recurrence: { frequency: 'DAILY', count: 2 },
    });
    expect([one.decisionDeadline, first.decisionDeadline]).toEqual([deadline, deadline]);
    const move = async (to: typeof near) => valueOf(await updateBooking(staff(), { id: one.id, ...to }));
    const moveSeries = async (day: string) => {
      const to = { bookingId: first.id, scope: 'ALL' as const, ...times('12:00', '13:00', day) };
      return valueOf(await updateBookingSeries(staff(), to)).bookings.map((row) => row.decisionDeadline);
    };
    const early = await move(near);
    expect(early.decisionDeadline).toEqual(early.startTime);
    expect((await move(far)).decisionDeadline).toEqual(deadline);
    const [firstEarly] = await moveSeries('2027-01-05');
    expect(firstEarly).toEqual(Temporal.Instant.from('2027-01-05T15:00Z'));
    expect(await moveSeries('2027-02-03')).toEqual([deadline, deadline]);

    const over = {
      ...times('08:00', '09:00', '2027-01-04'),
      override: { rules: ['IN_THE_PAST' as const], reason: 'x' },
    };
    expect(valueOf(await updateBooking(staff(), { id: one.id, ...over })).decisionDeadline).toBeNull();
    expect((await move(far)).decisionDeadline).toEqual(deadline);
  });

  it('has none after it is confirmed, wherever it is moved', async () => {
    const { book, staff } = await setup(twoHours);
    const { id } = await book();
    valueOf(await changeBookingStatus(staff(), { id, status: 'CONFIRMED' }));
    const moved = valueOf(await updateBooking(staff(), { id, ...times('12:00', '13:00', '2027-02-03') }));
    expect(moved).toMatchObject({ status: 'CONFIRMED', decisionDeadline: null });
  });

  it('stays as it is without approvalHours', async () => {
    const { book, work, events } = await setup();
    const booking = await book();
    await work('2027-02-01T00:00:00Z');
    expect(await events(booking)).toEqual([]);
  });

  it('is rejected late after an outage, though the tenant subgraph is still away', async () => {
    const { tenant, book, clock, options } = await setup(twoHours);
    const booking = await book();
    clock.set('2027-01-05T20:00:00Z');
    const rulesOf = () => Promise.reject(unavailable());
    const worker = startDeadlineWorker({ ...options, rulesOf });
    try {
      const status = async () => (await findBooking(tenant.id, db, booking.id))?.status;
      await expect.poll(status, { timeout: 10_000 }).toBe('REJECTED');
    } finally {
      await worker.stop();
    }
  });
});

describe('a decision', () => {
  it('before the deadline stays, and leaves no deadline', async () => {
    const { tenant, book, work, staff, room } = await setup(twoHours);
    const [confirmed, cancelled] = [await book(), await book({ resourceId: tenant.resource() })];
    const change = { id: confirmed.id, status: 'CONFIRMED' } as const;
    valueOf(await changeBookingStatus(staff(), change));
    expect(valueOf(await cancelBooking(staff(), { id: cancelled.id })).decisionDeadline).toBeNull();
    await work(DEADLINE);
    expect(await findBooking(tenant.id, db, confirmed.id)).toMatchObject({
      status: 'CONFIRMED',
      decisionDeadline: null,
      resourceId: room,
    });
    expect(await findBooking(tenant.id, db, cancelled.id)).toMatchObject({ status: 'CANCELLED', version: 2 });
  });

  it('between the search and the work wins, and the row goes', async () => {
    const { tenant, book, clock, options, staff, events } = await setup(twoHours);
    const booking = await book();
    clock.set(DEADLINE);
    expect(await searchDue(db, new Map(), clock.now())).toMatchObject({ added: 2 });
    const change = { id: booking.id, status: 'CONFIRMED' } as const;
    valueOf(await changeBookingStatus(staff(DEADLINE), change));
    const worker = startDeadlineWorker(options);
    const rows = async () => (await sql`select from due where tenant_id = ${tenant.id}`).length;
    await expect.poll(rows, { timeout: 10_000 }).toBe(0);
    await worker.stop();
    expect((await events(booking)).map(({ payload }) => payload['new_status'])).toEqual(['confirmed']);
  });

  it('racing the deadline 100 times has one result each', async () => {
    const { tenant, book, clock, options, events } = await setup(twoHours);
    const caller = tenant.user({ canManageBookings: true });
    const bookings = await Promise.all(
      Array.from({ length: 100 }, () => book({ resourceId: tenant.resource() })),
    );
    clock.set(DEADLINE);
    const now = clock.now();
    const workers = [startDeadlineWorker(options), startDeadlineWorker(options)];
    // From the end, since workers begin with the first.
    const outcomes = await Promise.all(
      bookings.toReversed().map(async ({ id }) => {
        const change = { id, status: 'CONFIRMED' } as const;
        return { id, outcome: await changeBookingStatus(tenant.as(caller, { now }), change) };
      }),
    );
    const pending = async () =>
      (await sql`select from bookings where tenant_id = ${tenant.id} and status = 'PENDING'`).length;
    await expect.poll(pending, { timeout: 20_000 }).toBe(0);
    await Promise.all(workers.map((worker) => worker.stop()));
    for (const { id, outcome } of outcomes) {
      const row = await findBooking(tenant.id, db, id);
      const received = await events({ id });
      expect(received.map(({ payload }) => [payload['new_status'], payload['booking_version']])).toEqual([
        [outcome.ok ? 'confirmed' : 'rejected', 2],
      ]);
      expect(row).toMatchObject({ status: outcome.ok ? 'CONFIRMED' : 'REJECTED', version: 2 });
      if (!outcome.ok) expect(codesOf(outcome)).toEqual(['INVALID_TRANSITION']);
    }
    const allocated = await sql`
      select from allocations join bookings on bookings.id = booking_id
      where bookings.tenant_id = ${tenant.id} and status = 'CONFIRMED' and bookings.id = any(${bookings.map(({ id }) => id)})`;
    expect(allocated).toHaveLength(outcomes.filter(({ outcome }) => outcome.ok).length);
  });
});

describe('a claim that has expired', () => {
  it('changes nothing, once another worker has the row', async () => {
    const { tenant, book, clock, events } = await setup(twoHours);
    const booking = await book();
    clock.set(DEADLINE);
    const now = clock.now();
    await searchDue(db, undefined, now);
    const claim = async (claimId: string, at: typeof now) => {
      const leased = { claimId, now: at, until: at.add({ seconds: 1 }) };
      const claimed = await claimDueOfAllTenants(db, leased, { kinds: ['APPROVAL'], limit: 100 });
      return claimed.find(({ bookingId }) => bookingId === booking.id);
    };
    const first = (await claim('01938f2e-8c1b-7a63-9c55-2f0d6d1b7c11', now))!;
    expect(await claim('01938f2e-8c1b-7a63-9c55-2f0d6d1b7c12', now)).toBeUndefined();
    const second = (await claim('01938f2e-8c1b-7a63-9c55-2f0d6d1b7c13', now.add({ seconds: 1 })))!;
    await expect(settleDeadline({ db, clock }, first, undefined)).rejects.toThrow('the claim has expired');
    expect(await findBooking(tenant.id, db, booking.id)).toMatchObject({ status: 'PENDING', version: 1 });
    await settleDeadline({ db, clock }, second, undefined);
    await expect(settleDeadline({ db, clock }, second, undefined)).rejects.toThrow('the claim has expired');
    expect(await events(booking)).toHaveLength(1);
  });
});
