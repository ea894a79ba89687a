/** What a booking costs its database. Lower these numbers when it costs less, and docs/performance.md with them. */
import { connect } from '@libs/db/connect';
import { postgresProxy } from '@libs/testing/postgresProxy';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, expect, it } from 'vitest';
import { bookingInput, exampleDirectory, exampleTenant, times, valueOf } from '../booking.fixtures.ts';
import { createBooking } from './createBooking.ts';
import { updateBooking } from './updateBooking.ts';

const { url } = await testDatabase('booking');
const proxy = await postgresProxy(url);
// One connection: its statements are prepared once.
const db = connect(proxy.url, { name: 'cost', max: 1 });
afterAll(async () => {
  await db.close();
  await proxy.close();
});

const tenant = exampleTenant(db, exampleDirectory());
const caller = tenant.user();
const room = tenant.resource();
const book = async (date: string) =>
  valueOf(await createBooking(tenant.as(caller), bookingInput(room, times('10:00', '11:00', date))))
    .bookings[0]!;

/** An answer may arrive between two packets that were sent together. */
const MAX_ROUND_TRIPS = 5;
const MAX_ROUND_TRIPS_OF_A_MOVE = 9;

it('createBooking takes 9 statements in 4 round trips', async () => {
  await book('2027-01-06');
  proxy.take();
  await book('2027-01-07');
  const { statements, roundTrips } = proxy.take();
  expect(statements).toBe(9);
  expect(roundTrips).toBeLessThanOrEqual(MAX_ROUND_TRIPS);
});

it('a series of 52 takes as many as one booking, and one for the series', async () => {
  const recurrence = {
    frequency: 'WEEKLY',
    endDate: times('20:00', '21:00', '2027-12-29').startTime,
  } as const;
  const input = { ...bookingInput(room, times('12:00', '13:00', '2027-01-06')), recurrence };
  valueOf(await createBooking(tenant.as(caller), { ...input, ...times('14:00', '15:00', '2027-01-06') }));
  proxy.take();
  const { bookings } = valueOf(await createBooking(tenant.as(caller), input));
  expect(bookings).toHaveLength(52);
  const { statements, roundTrips } = proxy.take();
  expect(statements).toBe(10);
  expect(roundTrips).toBeLessThanOrEqual(MAX_ROUND_TRIPS + 1);
});

it('updateBooking takes 14 statements in 8 round trips', async () => {
  const { id } = await book('2027-01-08');
  valueOf(await updateBooking(tenant.as(caller), { id, ...times('15:00', '16:00', '2027-01-08') }));
  proxy.take();
  valueOf(await updateBooking(tenant.as(caller), { id, ...times('16:00', '17:00', '2027-01-08') }));
  const { statements, roundTrips } = proxy.take();
  expect(statements).toBe(14);
  expect(roundTrips).toBeLessThanOrEqual(MAX_ROUND_TRIPS_OF_A_MOVE);
});
