/** How many deliveries are in progress at once, over claims of any workers. */
import { newId } from '@libs/db/ids';
import { systemClock } from '@libs/time/clock';
import { expect, test } from 'vitest';
import { announcedBookingEvent } from '../tenant.fixtures.ts';
import { createWebhook } from '../webhooks/createWebhook.ts';
import { deliverySetup } from './deliveries.fixtures.ts';
import { claimDueDeliveries, settleSuccesses, type ClaimedDelivery } from './queueStore.ts';

const { db, sql, applyEvent, newWebhook } = await deliverySetup();
const URL_OF_NOBODY = 'http://localhost:1/';
const LEASE_SECONDS = 15;
const limits = { perWebhook: 4, perFailingWebhook: 1, perTenant: 6 };

/** A claim as by a worker of its own. */
function claim(at = systemClock.now()): Promise<ClaimedDelivery[]> {
  const lease = { claimId: newId(), now: at, until: at.add({ seconds: LEASE_SECONDS }) };
  return claimDueDeliveries(db, lease, { limits, limit: 100, failingLimit: 100 });
}

const settle = (claimed: readonly ClaimedDelivery[]) =>
  settleSuccesses(
    db,
    claimed.map((delivery) => ({ delivery, responseStatus: 204, now: systemClock.now() })),
  );

const ofTenant = (claimed: readonly ClaimedDelivery[], tenantId: string) =>
  claimed.filter((delivery) => delivery.tenantId === tenantId);

/** A tenant with this many webhooks, and 5 events due to each. */
async function tenantWithDueDeliveries(webhooks: number) {
  const { tenantId, ctx, id } = await newWebhook(URL_OF_NOBODY);
  const input = { url: URL_OF_NOBODY, secret: null, events: ['BOOKING_CREATED' as const] };
  for (let n = 1; n < webhooks; n += 1) await createWebhook(ctx, input);
  for (let n = 0; n < 5; n += 1) await applyEvent(announcedBookingEvent(tenantId));
  return { tenantId, id };
}

test('a tenant has as many in progress as its limit, over all claims, and none more until one is settled', async () => {
  const one = await tenantWithDueDeliveries(3);
  const first = ofTenant(await claim(), one.tenantId);
  expect(first).toHaveLength(6);
  expect(await claim()).toHaveLength(0);

  const other = await tenantWithDueDeliveries(3);
  const second = await claim();
  expect([ofTenant(second, one.tenantId).length, ofTenant(second, other.tenantId).length]).toEqual([0, 6]);

  await settle(first.slice(0, 2));
  expect(ofTenant(await claim(), one.tenantId)).toHaveLength(2);
  expect(await claim()).toHaveLength(0);
});

test('a webhook has at most 4 in progress, over all claims, and 1 while it fails', async () => {
  await tenantWithDueDeliveries(1);
  const first = await claim();
  expect(first).toHaveLength(4);
  expect(await claim()).toHaveLength(0);
  await settle(first.slice(0, 1));
  expect(await claim()).toHaveLength(1);

  const failing = await tenantWithDueDeliveries(1);
  await sql`update webhooks set failing_since = now() where id = ${failing.id}`;
  expect((await claim()).map(({ webhookId }) => webhookId)).toEqual([failing.id]);
  expect(await claim()).toHaveLength(0);
});

test('claims that have expired count no longer', async () => {
  await tenantWithDueDeliveries(3);
  expect(await claim()).toHaveLength(6);
  const later = systemClock.now().add({ seconds: LEASE_SECONDS + 1 });
  expect(await claim(later)).toHaveLength(6);
});
