import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import { newTraceId } from '@libs/telemetry/trace';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { systemClock } from '@libs/time/clock';
import { afterAll, describe, expect, test } from 'vitest';
import { cancelledEvent, statusChangedEvent, updatedEvent } from '../notifications/notifications.fixtures.ts';
import type { NotifiedBookingEvent } from '../notifications/rules.ts';
import { insertNotificationOf } from '../notifications/store.ts';
import { userFixtures, valueOf } from '../user.fixtures.ts';
import { exportPersonalData, MAX_CONCURRENT_EXPORTS } from './exportPersonalData.ts';

const { url } = await testDatabase('user');
const db = connect(url, { name: 'exportPersonalData.db.test' });
afterAll(db.close);
const { as, callerOf, newUser } = userFixtures(db, request);

const SECRET = 'what was written';

/** Every event with a text about a booking for the client. */
function eventsOf(booking: { booking_id: string; client_id: string }): NotifiedBookingEvent[] {
  const given = { ...booking, metadata: { diet: SECRET }, overridden: ['TOO_FAR_IN_ADVANCE'] };
  const changes = {
    notes: { from: null, to: SECRET },
    metadata: { from: {}, to: { diet: SECRET } },
    seats: { from: 1, to: 2 },
  };
  return [
    cancelledEvent({ ...given, reason: SECRET }),
    statusChangedEvent({ ...given, decision_reason: SECRET }),
    updatedEvent({ ...given, changes }),
  ];
}

describe('the e-mails of an export', () => {
  /** The contents of e-mails to a new user about a booking for `clientNow`, whose events name `clientThen`. */
  async function contents(clients: (userId: string) => { atEvent: string; today: string }) {
    const user = await newUser();
    const { atEvent, today: clientId } = clients(user.id);
    const id = newId();
    const now = systemClock.now();
    for (const { type, payload } of eventsOf({ booking_id: id, client_id: atEvent })) {
      const event = { eventId: newId(), type, subjectId: id, payload, traceId: newTraceId() };
      await inTransaction(db, (tx) => insertNotificationOf(user.tenantId, tx, user.id, event, now));
    }
    const personalData = {
      bookings: async () => [{ kind: 'booking', id, clientId, userId: user.id }],
      actions: async () => [],
    };
    const ctx = { ...as(await callerOf(user)), personalData };
    const { emails } = valueOf(await exportPersonalData(ctx, user.id));
    return (emails as { content: Record<string, unknown> }[]).map(({ content }) => content);
  }

  test('have what was written in bookings for the person', async () => {
    const [cancelled, decided, updated] = await contents((id) => ({ atEvent: id, today: id }));
    expect(cancelled).toMatchObject({ reason: SECRET, metadata: { diet: SECRET } });
    expect(decided).toMatchObject({ decision_reason: SECRET });
    expect(updated).toMatchObject({ changes: { notes: { to: SECRET } } });
  });

  test.each([
    ['were for others', () => ({ atEvent: newId(), today: newId() })],
    ['were given to others later', (id: string) => ({ atEvent: id, today: newId() })],
    ['were others’ before', (id: string) => ({ atEvent: newId(), today: id })],
  ])('leave it out of bookings that %s', async (_, clients) => {
    const found = await contents(clients);
    expect(JSON.stringify(found)).not.toContain(SECRET);
    expect(found).toMatchObject([
      { reason: null, metadata: {}, overridden: [] },
      { decision_reason: null, metadata: {}, overridden: [] },
      { changes: { seats: { from: 1, to: 2 } }, metadata: {}, overridden: [] },
    ]);
    expect(found[0]).not.toHaveProperty('changes');
  });
});

test('as many exports as may run at once; others are refused until one ends, even if it fails', async () => {
  const user = await newUser();
  let fail: () => void = () => {};
  const waiting = new Promise<never>((_, reject) => (fail = () => reject(new Error('away'))));
  let started = 0;
  const bookings = () => {
    started += 1;
    return waiting;
  };
  const ctx = as(await callerOf(user));
  const slow = { ...ctx, personalData: { ...ctx.personalData, bookings } };
  const slowOnes = Array.from({ length: MAX_CONCURRENT_EXPORTS }, () => exportPersonalData(slow, user.id));
  const settled = Promise.allSettled(slowOnes);
  await expect.poll(() => started).toBe(MAX_CONCURRENT_EXPORTS);
  await expect(exportPersonalData(ctx, user.id)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  fail();
  expect((await settled).map(({ status }) => status)).not.toContain('fulfilled');
  expect((await exportPersonalData(ctx, user.id)).ok).toBe(true);
});
