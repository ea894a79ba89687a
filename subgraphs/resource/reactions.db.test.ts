import { bookingPayload } from '@libs/testing/eventFixtures';
import type { TenantId } from '@libs/auth/tenantId';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import type { DomainEvent } from '@libs/events/catalogue';
import { consumeOnce } from '@libs/events/consumer/consumer';
import { announce } from '@libs/events/outbox';
import { relayOnce } from '@libs/events/relay/relay';
import { administratorOf, platformAdministrator, userOf } from '@libs/testing/contexts';
import { testRedis } from '@libs/testing/testDatabases';
import { newTraceId } from '@libs/telemetry/trace';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { createResourceCategory } from './categories/createResourceCategory.ts';
import { markTenantDeleted, lockTenantForShare } from './directory/store.ts';
import { catalogue, refusalsOf, valueOf } from './resource.fixtures.ts';
import { reactions } from './reactions.ts';
import { createResource } from './resources/createResource.ts';
import { deleteResource } from './resources/deleteResource.ts';
import { resource, statsOf } from './resources/reads.ts';
import { insertCategory } from './categories/store.ts';

const setup = await catalogue();
const { redis } = await testRedis();
const { as, db } = setup;

/** Events arrive through an outbox, a relay and the streams, as from another subgraph; this subgraph's own outbox serves. */
async function publishEvents(events: DomainEvent[], at = '2026-12-01T12:00:00.000Z'): Promise<void> {
  const eventContext = { now: Temporal.Instant.from(at), traceId: newTraceId() };
  await inTransaction(db, (tx) => announce(tx, events, eventContext));
  await relayOnce({ db, redis });
}
const consume = () => consumeOnce({ group: 'resource-service', reactions, db, redis });

const bookingOf = (tenantId: string, resourceId: string) =>
  bookingPayload({ resource_id: resourceId, tenant_id: tenantId });
const created = (tenantId: string, resourceId: string): DomainEvent => ({
  type: 'booking.created',
  payload: bookingOf(tenantId, resourceId),
});
const cancelled = (tenantId: string, resourceId: string): DomainEvent => ({
  type: 'booking.cancelled',
  payload: { ...bookingOf(tenantId, resourceId), reason: null, cancelled_by: null },
});

describe('statistics', () => {
  const shown = async (tenantId: TenantId, id: string) => {
    const ctx = as(userOf(tenantId));
    const { lastBookedAt, ...counts } = await statsOf(ctx, (await resource(ctx, id))!);
    return { ...counts, lastBookedAt: lastBookedAt?.toString() ?? null };
  };

  test('count created and cancelled bookings, and keep the latest creation, in any order of arrival', async () => {
    const tenantId = setup.tenant();
    const { id } = await setup.resource(await setup.category(tenantId));
    await publishEvents([created(tenantId, id)], '2026-12-02T09:00:00.500Z');
    await publishEvents([created(tenantId, id), created(tenantId, id)], '2026-12-01T09:00:00.000Z');
    await publishEvents([cancelled(tenantId, id)], '2026-12-03T09:00:00.000Z');
    await consume();
    expect(await shown(tenantId, id)).toMatchObject({
      bookingsCreated: 3,
      bookingsCancelled: 1,
      lastBookedAt: '2026-12-02T09:00:00.5Z',
    });
  });

  test('count an event once, however often it is delivered', async () => {
    const tenantId = setup.tenant();
    const { id } = await setup.resource(await setup.category(tenantId));
    await publishEvents([created(tenantId, id)]);
    await consume();
    const entries = await redis.xrange('booking-events', '-', '+');
    for (const [, fields] of entries) await redis.xadd('booking-events', '*', ...fields);
    await consume();
    expect(await shown(tenantId, id)).toMatchObject({ bookingsCreated: 1 });
  });

  test('count at deleted resources too, and ignore resources of other tenants and unknown ones', async () => {
    const tenantId = setup.tenant();
    const category = await setup.category(tenantId);
    const [kept, deleted] = [await setup.resource(category), await setup.resource(category)];
    valueOf(await deleteResource(as(administratorOf(tenantId)), deleted.id));
    await publishEvents([
      created(tenantId, deleted.id),
      created(setup.tenant(), kept.id),
      created(tenantId, newId()),
    ]);
    expect(await consume()).toBeGreaterThanOrEqual(3);
    expect(await shown(tenantId, kept.id)).toMatchObject({ bookingsCreated: 0, lastBookedAt: null });
    expect(
      await setup.sql`select bookings_created from resource_stats where resource_id = ${deleted.id}`,
    ).toEqual([{ bookings_created: 1 }]);
  });
});

describe('tenant.deleted', () => {
  const deleted = (tenantId: string): DomainEvent => ({
    type: 'tenant.deleted',
    payload: { tenant_id: tenantId },
  });
  const rowsOf = async (tenantId: string) => {
    const [row] = await setup.sql`
      select (select count(*)::int from resources where tenant_id = ${tenantId}) as resources,
             (select count(*)::int from resource_categories where tenant_id = ${tenantId}) as categories,
             (select count(*)::int from resource_stats where tenant_id = ${tenantId}) as stats`;
    return row;
  };

  test('removes the tenant’s resources, categories and statistics, deleted ones too, and no other tenant’s', async () => {
    const [tenantId, tenantSubgraph] = [setup.tenant(), setup.tenant()];
    for (const one of [tenantId, tenantSubgraph]) {
      const category = await setup.category(one);
      const booked = await setup.resource(category);
      const deleted = await setup.resource(category);
      valueOf(await deleteResource(as(administratorOf(one)), deleted.id));
      await publishEvents([created(one, booked.id), created(one, deleted.id)]);
    }
    await consume();
    await publishEvents([deleted(tenantId)]);
    await consume();
    expect(await rowsOf(tenantId)).toEqual({ resources: 0, categories: 0, stats: 0 });
    expect(await rowsOf(tenantSubgraph)).toEqual({ resources: 2, categories: 1, stats: 2 });
  });

  test('blocks creations for the tenant afterwards, even while its cached settings say active', async () => {
    const tenantId = setup.tenant();
    const category = await setup.category(tenantId);
    await publishEvents([deleted(tenantId)]);
    await consume();
    const ctx = as(administratorOf(tenantId));
    const late = { name: 'Tarde', type: 'PHYSICAL' as const };
    expect(refusalsOf(await createResourceCategory(ctx, late))).toEqual(['NOT_FOUND input.tenantId']);
    expect(refusalsOf(await createResource(ctx, { name: 'Tarde', categoryId: category.id }))).toEqual([
      'NOT_FOUND input.tenantId',
    ]);
    await publishEvents([created(tenantId, newId())]);
    await consume();
    expect(await rowsOf(tenantId)).toEqual({ resources: 0, categories: 0, stats: 0 });
  });

  test('waits for creations under way, and removes their results', async () => {
    const tenantId = setup.tenant();
    let removal: Promise<number> | undefined;
    await publishEvents([deleted(tenantId)]);
    await inTransaction(db, async (tx) => {
      expect(await lockTenantForShare(tenantId, tx)).toBe(true);
      removal = consume();
      await setup.waitForLocks(1);
      const now = Temporal.Instant.from('2026-12-01T12:00:00Z');
      await insertCategory(tenantId, tx, { name: 'Última', type: 'HUMAN', createdAt: now, updatedAt: now });
    });
    await removal;
    expect(await rowsOf(tenantId)).toMatchObject({ categories: 0 });
  });

  test('refuses creations that arrive while it runs', async () => {
    const tenantId = setup.tenant();
    let late: Promise<string[]> | undefined;
    await inTransaction(db, async (tx) => {
      await markTenantDeleted(tenantId, tx, Temporal.Instant.from('2026-12-01T12:00:00Z'));
      const platform = as(platformAdministrator());
      late = createResourceCategory(platform, { name: 'Tarde', type: 'HUMAN', tenantId }).then(refusalsOf);
      await setup.waitForLocks(1);
    });
    expect(await late).toEqual(['NOT_FOUND input.tenantId']);
  });
});
