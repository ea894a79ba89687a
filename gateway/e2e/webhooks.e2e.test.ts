/** From a booking at the gateway to the receiver. */
import { setTimeout as sleep } from 'node:timers/promises';
import { federation } from '@libs/testing/federation';
import { receiver } from '@subgraphs/tenant/tenant.fixtures';
import { expect, test } from 'vitest';
import { daysAhead, mutate, setUpTenant, type TenantSetup } from '../testing/tenantSetup.ts';

const vaga = await federation();
const platform = await vaga.signIn();
const [setup, other] = [await setUpTenant(vaga, platform), await setUpTenant(vaga, platform)];

/** About a second on an idle machine. */
const ARRIVAL_LIMIT_MS = 5_000;
/** With a retry or a process start. */
const RETRY_LIMIT_MS = 20_000;

async function register(of: TenantSetup, url: string): Promise<string> {
  const events = ['BOOKING_CREATED', 'BOOKING_CANCELLED'];
  const { webhook } = await mutate(vaga, of.admin.token, 'createWebhook', { url, events }, 'webhook { id }');
  return webhook.id;
}
async function book(hour: number): Promise<string> {
  const { booking } = await mutate(
    vaga,
    setup.user.token,
    'createBooking',
    { resourceId: setup.resourceId, startTime: daysAhead(5, hour), endTime: daysAhead(5, hour + 1) },
    'booking { id }',
  );
  return booking.id;
}
/** The tenant's rules are cached, unless Redis answers too late: then it is as the message says, and a client tries again. */
async function bookDuringOutage(hour: number): Promise<string> {
  for (;;) {
    try {
      return await book(hour);
    } catch (error) {
      if (!String(error).includes('SERVICE_UNAVAILABLE')) throw error;
    }
    await sleep(200);
  }
}
async function logOf(webhookId: string) {
  const { tenantByDomain } = await vaga.data(
    `query ($domain: String!) { tenantByDomain(domain: $domain) {
      webhooks { id deliveries(first: 5) { nodes { eventId event status attempts responseStatus error } } }
    } }`,
    { domain: setup.domain },
    { token: setup.admin.token },
  );
  return tenantByDomain.webhooks.find(({ id }: { id: string }) => id === webhookId).deliveries.nodes;
}

test('delivers each booking to its own tenant only, by retry after an outage of the receiver or the worker', async () => {
  const to = await receiver();
  const elsewhere = await receiver();
  const webhookId = await register(setup, to.url);
  await register(other, elsewhere.url);

  const first = await book(9);
  await to.waitForRequests(1, ARRIVAL_LIMIT_MS);
  expect(JSON.parse(to.received[0]!.body)).toMatchObject({
    event: 'booking.created',
    data: { booking_id: first, tenant_id: setup.tenantId, status: 'confirmed' },
  });

  await to.stop();
  const second = await book(11);
  await expect
    .poll(() => logOf(webhookId), { timeout: RETRY_LIMIT_MS, interval: 200 })
    .toMatchObject([
      { status: 'PENDING', attempts: 1, error: 'the connection was refused' },
      { status: 'SUCCEEDED' },
    ]);
  const again = await receiver(undefined, Number(new URL(to.url).port));
  await again.waitForRequests(1, RETRY_LIMIT_MS);
  expect(JSON.parse(again.received[0]!.body).data.booking_id).toBe(second);

  // At least once: a success that is not recorded yet would be repeated.
  await expect
    .poll(() => logOf(webhookId), { timeout: ARRIVAL_LIMIT_MS, interval: 100 })
    .toMatchObject([{ status: 'SUCCEEDED' }, { status: 'SUCCEEDED' }]);

  await vaga.end('tenant', 'SIGKILL');
  const third = await bookDuringOutage(13);
  await vaga.start('tenant');
  await again.waitForRequests(2, RETRY_LIMIT_MS);
  expect(JSON.parse(again.received[1]!.body).data.booking_id).toBe(third);
  await expect
    .poll(() => logOf(webhookId), { timeout: ARRIVAL_LIMIT_MS, interval: 100 })
    .toMatchObject([
      { event: 'BOOKING_CREATED', status: 'SUCCEEDED', attempts: 1, responseStatus: 204 },
      { status: 'SUCCEEDED', attempts: 2, responseStatus: 204, error: null },
      { status: 'SUCCEEDED', attempts: 1 },
    ]);
  expect(elsewhere.received).toHaveLength(0);
});
