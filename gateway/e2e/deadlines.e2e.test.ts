/** What the clock does to bookings, from the tenant's settings to e-mails and webhooks. */
import { sharedFederation } from '@libs/testing/federation';
import { receiver } from '@subgraphs/tenant/tenant.fixtures';
import { expect, test } from 'vitest';
import { daysAhead, mutate, setUpTenant } from '../testing/tenantSetup.ts';

/** The booking subgraph reads tenants' rules every 30 seconds. */
const RULES_LIMIT_MS = 45_000;
const ARRIVAL_LIMIT_MS = 15_000;

const vaga = await sharedFederation();
const { admin, user, manager, tenantId, resourceId } = await setUpTenant(vaga, await vaga.signIn());
const { sql } = vaga.databases.booking;

async function changeSettings(input: object): Promise<void> {
  const query =
    'mutation ($input: OrganizationSettingsInput!) { updateOrganizationSettings(input: $input) { userErrors { code } } }';
  const { updateOrganizationSettings } = await vaga.data(query, { input }, { token: admin.token });
  expect(updateOrganizationSettings.userErrors).toEqual([]);
}

async function book(hour: number): Promise<string> {
  const input = {
    resourceId,
    userId: manager.id,
    clientId: user.id,
    startTime: daysAhead(6, hour),
    endTime: daysAhead(6, hour + 1),
  };
  const { booking } = await mutate(vaga, manager.token, 'createBooking', input, 'booking { id }');
  return booking.id;
}

/** As if the booking had been made for an hour that starts so long from now, and 10 minutes ago. */
const moveTo = (id: string, start: string) =>
  sql.begin(async (tx) => {
    const at = tx.unsafe(`date_trunc('milliseconds', now()) + interval '${start}'`);
    const end = tx`${at} + interval '1 hour'`;
    await tx`update bookings set start_time = ${at}, end_time = ${end}, updated_at = now() - interval '10 minutes' where id = ${id}`;
    await tx`
      update allocations set start_time = ${at}, end_time = ${end}, occupied = tstzrange(${at}, ${end}) where booking_id = ${id}`;
  });

const bookingOf = async (id: string) => {
  const query = 'query ($id: ID!) { booking(id: $id) { status decisionDeadline version } }';
  return (await vaga.data(query, { id }, { token: manager.token })).booking;
};

const emailsOf = async (id: string, type: string) => {
  const rows = await vaga.databases.user.sql`
    select user_id, payload from notifications where subject_id = ${id} and event_type = ${type} order by user_id`;
  return [...rows];
};
const both = [manager.id, user.id].toSorted();

test('rejects, reminds of and completes bookings, and tells their people and webhooks once', async () => {
  const to = await receiver();
  const events = ['BOOKING_REMINDER', 'BOOKING_STATUS_CHANGED'];
  await mutate(vaga, admin.token, 'createWebhook', { url: to.url, events }, 'webhook { id }');
  await changeSettings({ reminderHours: [2], completeAutomatically: true });
  const [reminded, ended] = [await book(9), await book(11)];
  await changeSettings({ autoConfirm: false, approvalHours: 1 });
  const undecided = await book(13);
  expect(await bookingOf(undecided)).toMatchObject({ status: 'PENDING', version: 1 });
  const rules = () => sql`select hours from reminder_progress where tenant_id = ${tenantId}`;
  await expect.poll(rules, { timeout: RULES_LIMIT_MS, interval: 200 }).toHaveLength(1);

  await moveTo(reminded, '2 hours');
  await moveTo(ended, '-2 hours');
  await sql`update bookings set decision_deadline = now() where id = ${undecided}`;
  const statuses = async () => [(await bookingOf(undecided)).status, (await bookingOf(ended)).status];
  await expect.poll(statuses, { timeout: ARRIVAL_LIMIT_MS }).toEqual(['REJECTED', 'COMPLETED']);
  await to.waitForRequests(3, ARRIVAL_LIMIT_MS);
  expect(await bookingOf(reminded)).toMatchObject({ status: 'CONFIRMED', version: 1 });
  expect(await bookingOf(ended)).toMatchObject({ status: 'COMPLETED', version: 2 });
  expect(await bookingOf(undecided)).toEqual({ status: 'REJECTED', version: 2, decisionDeadline: null });
  const bodies = to.received.map(({ body }) => JSON.parse(body));
  expect(
    bodies.toSorted((a, b) => (a.event + a.data.status < b.event + b.data.status ? -1 : 1)),
  ).toMatchObject([
    { event: 'booking.reminder', data: { booking_id: reminded, hours_before: 2 } },
    { event: 'booking.status_changed', data: { booking_id: ended, automatic: 'completed' } },
    { event: 'booking.status_changed', data: { booking_id: undecided, automatic: 'approval_deadline' } },
  ]);
  const recipients = async (id: string, type: string) =>
    (await emailsOf(id, type)).map((row) => row['user_id'] as string);
  const polled = { timeout: ARRIVAL_LIMIT_MS };
  await expect.poll(() => recipients(reminded, 'booking.reminder'), polled).toEqual(both);
  await expect.poll(() => recipients(undecided, 'booking.status_changed'), polled).toEqual(both);
  await to.stop();
});
