import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import { SYSTEM, type Actor } from '@libs/events/actor';
import type { AnnouncedEvent, DomainEvent, Payload } from '@libs/events/catalogue';
import { applyEvents } from '@libs/events/reactions';
import { newTraceId } from '@libs/telemetry/trace';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { systemClock } from '@libs/time/clock';
import type { Temporal } from 'temporal-polyfill';
import { afterAll, describe, expect, test } from 'vitest';
import { reactions } from '../reactions.ts';
import { userFixtures } from '../user.fixtures.ts';
import { updatedEvent } from './notifications.fixtures.ts';

const { url, sql } = await testDatabase('user');
const db = connect(url, { name: 'recordUpdates.db.test' });
afterAll(db.close);
const { as, newTenant, newUser } = userFixtures(db, request);

const now = systemClock.now();
const inHours = (hours: number) => now.add({ hours }).toString();
const staff: Actor = { kind: 'user', id: newId() };

/** A tenant with a booker, a client and another user, and the ids that an event of their booking carries. */
async function newPeople() {
  const tenantId = newTenant().id;
  const [booker, client, other] = [
    await newUser(tenantId),
    await newUser(tenantId),
    await newUser(tenantId),
  ].map(({ id }) => id) as [string, string, string];
  return {
    tenantId,
    booker,
    client,
    other,
    ids: { tenant_id: tenantId, user_id: booker, client_id: client },
  };
}

/** An update of a booking that is a day ahead, and was two hours earlier. */
const update = (given: Partial<Payload<'booking.updated'>>): DomainEvent<'booking.updated'> =>
  updatedEvent({ start_time: inHours(24), end_time: inHours(25), ...given });
const moved = {
  start_time: { from: inHours(22), to: inHours(24) },
  end_time: { from: inHours(23), to: inHours(25) },
};

/** Applies the events of one request, as the consumer would. */
async function apply(
  events: readonly DomainEvent<'booking.updated'>[],
  actor = staff,
  at: Temporal.Instant = now,
): Promise<readonly AnnouncedEvent[]> {
  const traceId = newTraceId();
  const announced = events.map((event) => ({
    ...event,
    ...{ eventId: newId(), tenantId: event.payload.tenant_id, occurredAt: at, traceId, version: 1, actor },
  })) as AnnouncedEvent[];
  await inTransaction(db, (tx) => applyEvents(reactions, announced, { tx, now: at, log: as().log }));
  return announced;
}

type Recorded = { userId: string; type: string; payload: Payload<'booking.updated'>; isSentWith: boolean };
const recordedIn = (tenantId: string) =>
  sql<Recorded[]>`
    select user_id as "userId", event_type as type, payload, sent_with is not null as "isSentWith"
    from notifications where tenant_id = ${tenantId} order by arrival`;
const toldIn = async (tenantId: string) =>
  (await recordedIn(tenantId)).map(({ userId, type }) => [userId, type]);

describe('an update of a booking', () => {
  test.each([
    ['its times', moved],
    ['its end', { end_time: { from: inHours(26), to: inHours(25) } }],
    ['its resource', { resource_id: { from: newId(), to: newId() } }],
    ['an additional resource', { resource_ids: { from: ['a', 'b'], to: ['a'] } }],
  ])('that changes %s tells booker and client, without what else it changed', async (_, changes) => {
    const { tenantId, booker, client, ids } = await newPeople();
    await apply([update({ ...ids, changes: { ...changes, notes: { from: null, to: 'private' } } })]);
    expect(await toldIn(tenantId)).toEqual([
      [booker, 'booking.moved'],
      [client, 'booking.moved'],
    ]);
    for (const { payload } of await recordedIn(tenantId)) expect(payload.changes).toEqual(changes);
  });

  test('tells one person once, also who makes it themself, as of a new booking', async () => {
    const { tenantId, client, ids } = await newPeople();
    const event = update({ ...ids, user_id: client, changes: moved });
    await apply([event], { kind: 'user', id: client });
    expect(await toldIn(tenantId)).toEqual([[client, 'booking.moved']]);
  });

  test('by new rules of the time zone says that the local time stays', async () => {
    const { tenantId, booker, client, ids } = await newPeople();
    await apply([update({ ...ids, changes: moved })], SYSTEM);
    expect(await toldIn(tenantId)).toEqual([
      [booker, 'booking.updated'],
      [client, 'booking.updated'],
    ]);
  });

  test('of notes, metadata, seats or the series alone tells nobody', async () => {
    const { tenantId, ids } = await newPeople();
    const fields = ['notes', 'metadata', 'seats', 'series_id', 'is_exception'];
    await apply(fields.map((field) => update({ ...ids, changes: { [field]: { from: null, to: 1 } } })));
    expect(await toldIn(tenantId)).toEqual([]);
  });

  test('that has ended before and after tells nobody; one that was to come does', async () => {
    const { tenantId, booker, client, ids } = await newPeople();
    const event = update({ ...ids, changes: moved });
    await apply([event], staff, now.add({ hours: 25 }));
    expect(await toldIn(tenantId)).toEqual([]);
    await apply([event], staff, now.add({ hours: 24 }));
    const past = { start_time: inHours(-2), end_time: inHours(-1) };
    const back = { end_time: { from: inHours(3), to: inHours(-1) } };
    await apply([update({ ...ids, ...past, booking_id: newId(), changes: back })]);
    expect((await toldIn(tenantId)).map(([id]) => id)).toEqual([booker, client, booker, client]);
  });

  test('that arrives twice is recorded once', async () => {
    const { tenantId, client, other, ids } = await newPeople();
    const changes = { ...moved, client_id: { from: other, to: client } };
    const announced = await apply([update({ ...ids, changes })]);
    await inTransaction(db, (tx) => applyEvents(reactions, announced, { tx, now, log: as().log }));
    expect(await recordedIn(tenantId)).toHaveLength(3);
  });
});

describe('a booking that is given to another client', () => {
  test('is new to them, and as it was no longer for the earlier client', async () => {
    const { tenantId, client, other, ids } = await newPeople();
    const metadata = { note: 'of the new client' };
    await apply([
      update({ ...ids, status: 'pending', metadata, changes: { client_id: { from: other, to: client } } }),
    ]);
    expect(await recordedIn(tenantId)).toMatchObject([
      { userId: client, type: 'booking.created', payload: { status: 'pending', client_id: client } },
      { userId: other, type: 'booking.reassigned', payload: { client_id: other, metadata: {} } },
    ]);
  });

  test('with fewer seats had more of them for the earlier client', async () => {
    const { tenantId, client, other, ids } = await newPeople();
    const changes = { client_id: { from: other, to: client }, seats: { from: 3, to: 2 } };
    await apply([update({ ...ids, seats: 2, changes })]);
    expect(await recordedIn(tenantId)).toMatchObject([
      { userId: client, payload: { seats: 2 } },
      { userId: other, payload: { seats: 3 } },
    ]);
  });

  test('and moved tells each person one thing', async () => {
    const { tenantId, booker, client, other, ids } = await newPeople();
    const [from, to] = [newId(), newId()];
    const changes = { ...moved, client_id: { from: other, to: client }, resource_id: { from, to } };
    await apply([update({ ...ids, resource_id: to, resource_ids: [to], changes })]);
    const at = { start_time: inHours(24), end_time: inHours(25), resource_id: to };
    const before = {
      start_time: inHours(22),
      end_time: inHours(23),
      resource_id: from,
      resource_ids: [from],
    };
    expect(await recordedIn(tenantId)).toMatchObject([
      { userId: client, type: 'booking.created', payload: at },
      { userId: other, type: 'booking.reassigned', payload: before },
      { userId: booker, type: 'booking.moved', payload: at },
    ]);
  });

  test('by or from its booker tells the booker once', async () => {
    const { tenantId, booker, client, ids } = await newPeople();
    await apply([update({ ...ids, changes: { ...moved, client_id: { from: booker, to: client } } })]);
    const back = { ...moved, client_id: { from: client, to: booker } };
    await apply([update({ ...ids, client_id: booker, changes: back })]);
    expect(await toldIn(tenantId)).toEqual([
      [client, 'booking.created'],
      [booker, 'booking.reassigned'],
      [booker, 'booking.created'],
      [client, 'booking.reassigned'],
    ]);
  });
});

describe('an update of a series', () => {
  test('is one e-mail for each person', async () => {
    const { tenantId, ids } = await newPeople();
    const room = newId();
    const occurrence = () =>
      update({ ...ids, booking_id: newId(), resource_id: room, resource_ids: [room], changes: moved });
    await apply([occurrence(), occurrence(), occurrence()]);
    const recorded = await recordedIn(tenantId);
    expect(recorded).toHaveLength(6);
    expect(recorded.filter(({ isSentWith }) => !isSentWith)).toHaveLength(2);
  });

  test('names each earlier resource in an e-mail of its own', async () => {
    const { tenantId, ids } = await newPeople();
    const room = newId();
    const from = (earlier: string) =>
      update({
        ...ids,
        booking_id: newId(),
        resource_id: room,
        resource_ids: [room],
        changes: { resource_id: { from: earlier, to: room } },
      });
    await apply([from(newId()), from(newId())]);
    const recorded = await recordedIn(tenantId);
    expect(recorded.map(({ isSentWith }) => isSentWith)).toEqual([false, false, false, false]);
  });
});
