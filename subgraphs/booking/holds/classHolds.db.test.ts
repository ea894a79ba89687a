/** Holds in a class, in which a client has one booking or hold. */
import { connect } from '@libs/db/connect';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, beforeEach, expect, it } from 'vitest';
import {
  bookingInput,
  codesOf,
  exampleDirectory,
  exampleTenant,
  times,
  valueOf,
} from '../booking.fixtures.ts';
import { createBooking } from '../bookings/createBooking.ts';
import { updateBookingSeries } from '../bookings/series/updateBookingSeries.ts';
import { updateBooking } from '../bookings/updateBooking.ts';
import { confirmHold } from './confirmHold.ts';
import { createHold } from './createHold.ts';
import { releaseHold } from './releaseHold.ts';

const { url } = await testDatabase('booking');
const db = connect(url, { name: 'classHolds', max: 10 });
afterAll(() => db.close());

const directory = exampleDirectory();
let tenant: ReturnType<typeof exampleTenant>;
let [bob, cid, boss]: ReturnType<typeof tenant.user>[] = [];
let yoga: string;
beforeEach(() => {
  tenant = exampleTenant(db, directory);
  [bob, cid, boss] = [tenant.user(), tenant.user(), tenant.administrator()];
  yoga = tenant.resource({ bookingMode: 'SESSION', capacity: 10 });
});

const HOLD_SECONDS = 600;
const of = (who = bob, seconds = 0) => tenant.as(who!, { now: tenant.now.add({ seconds }) });
const own = () => bookingInput(yoga);
const additional = () => bookingInput(tenant.resource(), { additionalResources: [{ resourceId: yoga }] });

it.each([
  ['own', 'additional', own, additional],
  ['additional', 'own', additional, own],
  ['own', 'own', own, own],
])('of a client who is in the class as %s resource is refused as %s one', async (_, __, first, second) => {
  valueOf(await createBooking(of(), first()));
  expect(await createHold(of(), second())).toMatchObject({
    refusals: [{ code: 'ALREADY_EXISTS', field: ['input', 'clientId'] }],
  });
  const forBob = { ...second(), userId: cid!.userId, clientId: bob!.userId };
  expect(codesOf(await createHold(of(boss), forBob))).toEqual(['ALREADY_EXISTS']);
  valueOf(await createHold(of(cid), second()));
  valueOf(await createHold(of(), { ...second(), ...times('15:00', '16:00') }));
});

it('is the only one of its client until it is released or expires', async () => {
  const { id } = valueOf(await createHold(of(), own()));
  expect(codesOf(await createHold(of(), additional()))).toEqual(['ALREADY_EXISTS']);
  valueOf(await releaseHold(of(), id));
  valueOf(await createHold(of(), additional()));
  expect(codesOf(await createHold(of(bob, HOLD_SECONDS - 1), own()))).toEqual(['ALREADY_EXISTS']);
  valueOf(await createHold(of(bob, HOLD_SECONDS), own()));
});

it('is returned again for its key', async () => {
  const input = { ...own(), idempotencyKey: 'k' };
  const made = [await createHold(of(), input), await createHold(of(), input)];
  expect(new Set(made.map((one) => valueOf(one).id)).size).toBe(1);
});

it('lets its client into the class in no other way, and is confirmed', async () => {
  const other = valueOf(await createBooking(of(cid), additional())).bookings[0]!;
  const later = { ...own(), ...times('15:00', '16:00') };
  const [moving] = valueOf(await createBooking(of(), later)).bookings;
  const recurrence = { frequency: 'DAILY', count: 2 } as const;
  const [series] = valueOf(
    await createBooking(of(), { ...later, ...times('16:00', '17:00'), recurrence }),
  ).bookings;
  const { id } = valueOf(await createHold(of(), own()));
  const onto = times('10:00', '11:00');
  for (const outcome of [
    await createBooking(of(), own()),
    await createBooking(of(), additional()),
    await updateBooking(of(boss), { id: other.id, clientId: bob!.userId }),
    await updateBooking(of(boss), { id: moving!.id, ...onto }),
    await updateBookingSeries(of(boss), { bookingId: series!.id, scope: 'ALL', ...onto }),
  ])
    expect(codesOf(outcome)).toEqual(['ALREADY_EXISTS']);
  valueOf(await confirmHold(of(bob, HOLD_SECONDS - 1), { id }));
});

it('that has expired is booked if its client is not in the class by then', async () => {
  const [first, second] = [valueOf(await createHold(of(), own())), valueOf(await createHold(of(cid), own()))];
  valueOf(await createBooking(of(bob, HOLD_SECONDS), additional()));
  const confirm = (who: typeof bob, id: string) =>
    confirmHold(of(who, HOLD_SECONDS), { id, ifStillFree: true });
  expect(codesOf(await confirm(bob, first.id))).toEqual(['ALREADY_EXISTS', 'HOLD_EXPIRED']);
  valueOf(await confirm(cid, second.id));
});

const ROUNDS = 10;
it('or a booking of the client is made, of many requests at once, and a hold is confirmed', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const date = `2027-01-${String(11 + round)}`;
    const at = times('10:00', '11:00', date);
    const [booking, ...holds] = await Promise.all([
      createBooking(of(), { ...additional(), ...at }),
      createHold(of(), { ...own(), ...at }),
      createHold(of(), { ...additional(), ...at }),
    ]);
    expect([booking, ...holds].flatMap(codesOf)).toEqual(['ALREADY_EXISTS', 'ALREADY_EXISTS']);
    for (const hold of holds) if (hold.ok) valueOf(await confirmHold(of(), { id: hold.value.id }));
  }
});
