import { connectRedis } from '@libs/cache/redis';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import type { DomainEvent } from '@libs/events/catalogue';
import { consumeOnce } from '@libs/events/consumer/consumer';
import { announce } from '@libs/events/outbox';
import { relayOnce } from '@libs/events/relay/relay';
import { silentLog } from '@libs/telemetry/log';
import { systemClock } from '@libs/time/clock';
import { request } from '@libs/testing/contexts';
import { testDatabase, testRedis } from '@libs/testing/testDatabases';
import { afterAll, describe, expect, test } from 'vitest';
import { userFixtures, valueOf } from '../user.fixtures.ts';
import { reactions } from '../reactions.ts';
import { deleteUser } from '../users/deleteUser.ts';
import { updateUser } from '../users/updateUser.ts';
import {
  cancelledEvent,
  createdEvent,
  reminderEvent,
  statusChangedEvent,
  webhookDisabledEvent,
} from './notifications.fixtures.ts';
import { purgeNotifications } from './purgeNotifications.ts';
import { NOTIFICATION_RETENTION_DAYS } from './notificationBackoff.ts';

const { url, sql } = await testDatabase('user');
const { url: redisUrl, redis: streams } = await testRedis();
const db = connect(url, { name: 'record.db.test' });
const redis = connectRedis(redisUrl, { name: 'record.db.test', log: silentLog() });
afterAll(async () => {
  redis.disconnect();
  await db.close();
});
const { as, newTenant, newUser, platformAdministrator } = userFixtures(db, request);

const announceEvents = (...events: DomainEvent[]) => inTransaction(db, (tx) => announce(tx, events, as()));
const consume = async () => {
  await relayOnce({ db, redis });
  return consumeOnce({ group: 'user-service', reactions, db, redis });
};
const recordedIn = (tenantId: string) =>
  sql<{ user_id: string; event_id: string; event_type: string; status: string }[]>`
    select user_id, event_id, event_type, status from notifications where tenant_id = ${tenantId} order by arrival`;
const notifiedIn = async (tenantId: string) => (await recordedIn(tenantId)).map((row) => row.user_id);

/** A tenant with a booker and a client, and the ids that an event of their booking carries. */
async function newBookerAndClient() {
  const tenantId = newTenant().id;
  const [booker, client] = [await newUser(tenantId), await newUser(tenantId)];
  return { tenantId, booker, client, ids: { tenant_id: tenantId, user_id: booker.id, client_id: client.id } };
}

describe('a booking event', () => {
  test.each([
    ['booking.created', createdEvent],
    ['booking.cancelled', cancelledEvent],
    ['booking.status_changed', statusChangedEvent],
    ['booking.reminder', reminderEvent],
  ])('%s is recorded once for the booker and once for the client', async (type, eventOf) => {
    const { tenantId, booker, client, ids } = await newBookerAndClient();
    const [eventId] = await announceEvents(eventOf(ids));
    await consume();
    const row = { event_id: eventId, event_type: type, status: 'PENDING' };
    expect(await recordedIn(tenantId)).toEqual([
      { ...row, user_id: booker.id },
      { ...row, user_id: client.id },
    ]);
  });

  test('is recorded once if booker and client are the same', async () => {
    const { tenantId, booker } = await newBookerAndClient();
    await announceEvents(createdEvent({ tenant_id: tenantId, user_id: booker.id, client_id: booker.id }));
    await consume();
    expect(await notifiedIn(tenantId)).toEqual([booker.id]);
  });

  test('that arrives twice is recorded once, even if the consumer has forgotten it', async () => {
    const { tenantId, booker, client, ids } = await newBookerAndClient();
    await announceEvents(createdEvent(ids));
    await consume();
    const [[, fields]] = (await streams.xrevrange('booking-events', '+', '-', 'COUNT', 1)) as [
      [string, string[]],
    ];
    await streams.xadd('booking-events', '*', ...fields);
    await consume();
    await sql`truncate consumed_events`;
    await streams.xadd('booking-events', '*', ...fields);
    expect(await consume()).toBe(1);
    expect(await notifiedIn(tenantId)).toEqual([booker.id, client.id]);
  });

  test('is not recorded for users who are inactive, deleted, unknown, or of another tenant', async () => {
    const { tenantId, booker, client } = await newBookerAndClient();
    const stranger = await newUser();
    const admin = as(await platformAdministrator());
    valueOf(await updateUser(admin, { id: booker.id, isActive: false }));
    valueOf(await deleteUser(admin, client.id));
    await announceEvents(
      createdEvent({ tenant_id: tenantId, user_id: booker.id, client_id: client.id }),
      createdEvent({ tenant_id: tenantId, user_id: stranger.id, client_id: newId() }),
    );
    expect(await consume()).toBeGreaterThanOrEqual(2);
    expect(await notifiedIn(tenantId)).toEqual([]);
    expect(await notifiedIn(stranger.tenantId)).toEqual([]);
  });

  test('of hundreds leaves rows without asking another subgraph', async () => {
    const { tenantId, ids } = await newBookerAndClient();
    await announceEvents(...Array.from({ length: 200 }, () => cancelledEvent(ids)));
    await consume();
    expect(await recordedIn(tenantId)).toHaveLength(400);
  });
});

describe('webhook.disabled', () => {
  test("is recorded for the tenant's active administrators only", async () => {
    const { tenantId } = await newBookerAndClient();
    const [first, second, away] = await Promise.all(
      [1, 2, 3].map(() => newUser(tenantId, { userType: 'ADMIN' })),
    );
    valueOf(await updateUser(as(await platformAdministrator()), { id: away!.id, isActive: false }));
    await newUser(newTenant().id, { userType: 'ADMIN' });
    await announceEvents(webhookDisabledEvent({ tenant_id: tenantId }));
    await consume();
    expect((await notifiedIn(tenantId)).toSorted()).toEqual([first!.id, second!.id].toSorted());
  });
});

describe('a recorded notification', () => {
  const recordedFor = async () => {
    const people = await newBookerAndClient();
    await announceEvents(createdEvent(people.ids));
    await consume();
    return people;
  };

  test('is erased with its user', async () => {
    const { tenantId, booker, client } = await recordedFor();
    valueOf(await deleteUser(as(await platformAdministrator()), client.id));
    expect(await notifiedIn(tenantId)).toEqual([booker.id]);
  });

  test('is erased with its tenant, and none is recorded afterwards', async () => {
    const { tenantId, ids } = await recordedFor();
    const other = await recordedFor();
    await announceEvents({ type: 'tenant.deleted', payload: { tenant_id: tenantId } });
    await consume();
    await announceEvents(cancelledEvent(ids));
    await consume();
    expect(await notifiedIn(tenantId)).toEqual([]);
    expect(await notifiedIn(other.tenantId)).toHaveLength(2);
  });

  test('of a user deleted at that moment leaves nothing behind', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { tenantId, booker, client, ids } = await newBookerAndClient();
      await announceEvents(...Array.from({ length: 10 }, () => createdEvent(ids)));
      await relayOnce({ db, redis });
      await Promise.all([
        consumeOnce({ group: 'user-service', reactions, db, redis }),
        deleteUser(as(await platformAdministrator()), client.id),
      ]);
      expect(new Set(await notifiedIn(tenantId))).toEqual(new Set([booker.id]));
    }
  });

  test(`is purged after ${NOTIFICATION_RETENTION_DAYS} days`, async () => {
    const { tenantId } = await recordedFor();
    const [old] = await recordedIn(tenantId);
    await sql`update notifications set created_at = now() - make_interval(days => ${NOTIFICATION_RETENTION_DAYS}, mins => 1)
              where event_id = ${old!.event_id} and user_id = ${old!.user_id}`;
    expect(await purgeNotifications({ db, now: systemClock.now() })).toBe(false);
    expect(await notifiedIn(tenantId)).toHaveLength(1);
    expect(await notifiedIn(tenantId)).not.toContain(old!.user_id);
  });
});

test("never goes to another tenant's users, whatever ids an event carries", async () => {
  const { ids } = await newBookerAndClient();
  const other = newTenant().id;
  await announceEvents(createdEvent({ ...ids, tenant_id: other }));
  await consume();
  expect(await notifiedIn(other)).toEqual([]);
});
