/** Who is named as the actor of each event: the caller, or the system for what nobody did. */
import { connect } from '@libs/db/connect';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, expect, test } from 'vitest';
import { bookingInput, valueOf } from '../booking.fixtures.ts';
import { createHold } from '../holds/createHold.ts';
import { sweepExpiredHolds } from '../holds/endExpiredHolds.ts';
import { cancelBooking } from './cancelBooking.ts';
import { reactTo } from './cascade/cascade.fixtures.ts';
import { createBooking } from './createBooking.ts';
import { deadlineFixtures } from './deadlines/deadlines.fixtures.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'actors' });
afterAll(() => db.close());
const { setup } = deadlineFixtures(db, sql);

const SYSTEM = { kind: 'system', id: null };
/** Newest first: the event type, and who caused it. */
const actorsOf = async (tenantId: string) =>
  (await sql`select event_type, actor from outbox where tenant_id = ${tenantId} order by arrival desc`).map(
    ({ event_type, actor }) => [event_type, actor] as const,
  );

test('a caller is the actor of what they do', async () => {
  const { tenant, staff, book } = await setup();
  const booking = await book();
  valueOf(await cancelBooking(staff(), { id: booking.id, reason: 'Chuva' }));
  const { caller } = staff();
  const actor = { kind: 'user', id: 'userId' in caller ? caller.userId : '' };
  expect((await actorsOf(tenant.id)).slice(0, 2)).toEqual([
    ['booking.cancelled', actor],
    ['booking.created', actor],
  ]);
});

test('a deadline and a cascade have the system as their actor', async () => {
  const { tenant, work, book } = await setup({ autoConfirm: false, approvalHours: 1 });
  await book();
  await work(tenant.now.add({ hours: 2 }));
  expect((await actorsOf(tenant.id))[0]).toEqual(['booking.status_changed', SYSTEM]);
  const other = await book({}, tenant.now.add({ hours: 3 }));
  const { resourceId } = other;
  await reactTo(db, tenant, {
    type: 'resource.deleted',
    payload: { resource_id: resourceId, tenant_id: tenant.id },
  });
  expect((await actorsOf(tenant.id))[0]).toEqual(['booking.cancelled', SYSTEM]);
});

test('nobody ended a hold that expired, whoever found it', async () => {
  const { tenant, room, staff } = await setup({ autoConfirm: true });
  const input = bookingInput(room);
  valueOf(await createHold(staff(), input));
  const late = tenant.now.add({ hours: 1 });
  valueOf(await createBooking(staff(late), input));
  const found = await actorsOf(tenant.id);
  expect(found.find(([type]) => type === 'hold.ended')).toEqual(['hold.ended', SYSTEM]);
  expect(found.find(([type]) => type === 'booking.created')![1]).toMatchObject({ kind: 'user' });

  const swept = await setup();
  valueOf(await createHold(swept.staff(), bookingInput(swept.room)));
  await sweepExpiredHolds(db, late);
  expect((await actorsOf(swept.tenant.id))[0]).toEqual(['hold.ended', SYSTEM]);
});
