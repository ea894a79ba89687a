/** When deliveries are sent, retried and given up, in which order, and when their webhook is deactivated. */
import type { TenantId } from '@libs/auth/tenantId';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import type { AnnouncedEvent } from '@libs/events/catalogue';
import { erasedPayload } from '@libs/events/erasedPayload';
import { fixedClock, systemClock } from '@libs/time/clock';
import { describe, expect, test } from 'vitest';
import { announcedBookingEvent, receiver, type Receiver } from '../tenant.fixtures.ts';
import { updateWebhook } from '../webhooks/updateWebhook.ts';
import { answering, deliverySetup, idOf } from './deliveries.fixtures.ts';
import { redeliverWebhook } from './redeliverWebhook.ts';
import { DELIVERY_RETRY_DELAYS_MS } from './deliveryBackoff.ts';
import { insertRedelivery, lockDelivery } from './deliveryStore.ts';
import {
  countFailingWebhooksOfAllTenants,
  deliveryDepthOfAllTenants,
  eraseDeliveriesOfAllTenants,
} from './queueStore.ts';
import {
  DELIVERY_RETENTION_DAYS,
  deliverOnce,
  startDeliveryWorker,
  purgeDeliveries,
} from './deliveryWorker.ts';

const { db, sql, applyEvent, options, newWebhook, deliveryOf, isActive } = await deliverySetup();

test('the depth of the queue is what is due to webhooks that do not fail', async () => {
  const { url } = await receiver();
  const [failing, healthy] = [await newWebhook(url), await newWebhook(url)];
  await sql`update webhooks set failing_since = now() where tenant_id = ${failing.tenantId}`;
  const before = await deliveryDepthOfAllTenants(db);
  const failed = await countFailingWebhooksOfAllTenants(db);
  const since = systemClock.now().subtract({ seconds: 90 });
  for (const { tenantId } of [failing, healthy, healthy])
    await applyEvent(announcedBookingEvent(tenantId), since);
  const { due, oldestSeconds } = await deliveryDepthOfAllTenants(db);
  expect(due).toBe(before.due + 2);
  expect(oldestSeconds).toBeGreaterThanOrEqual(90);
  expect(failed).toBeGreaterThan(0);
  await deliverOnce(options);
  expect((await deliveryDepthOfAllTenants(db)).due).toBe(before.due);
});

describe('the retry schedule', () => {
  test('attempts a delivery ten times with one id, each at its scheduled delay or later, then gives up', async () => {
    const { url, received } = await receiver(answering(500));
    const { tenantId } = await newWebhook(url);
    const event = announcedBookingEvent(tenantId);
    const clock = fixedClock('2026-12-01T00:00:00Z');
    await applyEvent(event, clock.now());
    const attemptAt = (ms: number) => clock.set(clock.now().add({ milliseconds: ms }).toString());
    for (const [index, delayMs] of DELIVERY_RETRY_DELAYS_MS.entries()) {
      expect(await deliverOnce({ ...options, clock })).toBe(1);
      const row = await deliveryOf(event);
      expect(row).toMatchObject({
        status: 'PENDING',
        attempts: index + 1,
        response_status: 500,
        error: 'HTTP 500',
      });
      attemptAt(delayMs - 1);
      expect(await deliverOnce({ ...options, clock })).toBe(0);
      attemptAt(1);
    }
    expect(await deliverOnce({ ...options, clock })).toBe(1);
    expect(await deliveryOf(event)).toMatchObject({ status: 'FAILED', attempts: 10, next_attempt_at: null });
    expect(received.map(idOf)).toEqual(Array(10).fill(event.eventId));
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
  });

  test('delivers every event exactly once to a receiver that was down for a day', async () => {
    const up = await receiver();
    const port = Number(new URL(up.url).port);
    const { tenantId } = await newWebhook(up.url);
    await up.stop();
    const clock = fixedClock('2026-12-01T00:00:00Z');
    const events: AnnouncedEvent<'booking.created'>[] = [];
    for (let hour = 0; hour < 24; hour += 1) {
      events.push(announcedBookingEvent(tenantId));
      await applyEvent(events.at(-1)!, clock.now());
      await deliverOnce({ ...options, clock });
      clock.set(clock.now().add({ hours: 1 }).toString());
    }
    const again = await receiver(undefined, port);
    for (let hour = 0; hour < 24; hour += 1) {
      await deliverOnce({ ...options, clock });
      clock.set(clock.now().add({ hours: 1 }).toString());
    }
    expect(again.received).toHaveLength(24);
    expect(new Set(again.received.map(idOf))).toEqual(new Set(events.map(({ eventId }) => eventId)));
  });

  test.each([
    ['seconds', '120', 120_000],
    ['a date', 'Tue, 01 Dec 2026 00:10:00 GMT', 600_000],
    ['less than the schedule', '1', 5_000],
    ['nonsense', 'soon', 5_000],
    ['a year', '31536000', 86_400_000],
  ])('honors a Retry-After with %s', async (_, header, waitMs) => {
    const { url } = await receiver(answering(503, { 'retry-after': header }));
    const { tenantId } = await newWebhook(url);
    const event = announcedBookingEvent(tenantId);
    const clock = fixedClock('2026-12-01T00:00:00Z');
    await applyEvent(event, clock.now());
    await deliverOnce({ ...options, clock });
    const { next_attempt_at: next } = await deliveryOf(event);
    expect(new Date(next).getTime() - clock.now().epochMilliseconds).toBe(waitMs);
  });

  test('purges old deliveries from the log and keeps newer ones', async () => {
    const { url } = await receiver();
    const { tenantId } = await newWebhook(url);
    const [old, newer] = [announcedBookingEvent(tenantId), announcedBookingEvent(tenantId)];
    const now = systemClock.now();
    await applyEvent(old, now.subtract({ hours: 24 * DELIVERY_RETENTION_DAYS + 1 }));
    await applyEvent(newer, now.subtract({ hours: 24 * DELIVERY_RETENTION_DAYS - 1 }));
    while (await purgeDeliveries({ db }));
    const rows = await sql`select event_id from webhook_deliveries where tenant_id = ${tenantId}`;
    expect(rows.map((row) => row['event_id'])).toEqual([newer.eventId]);
  });
});

describe('a webhook is deactivated', () => {
  const events = (webhookId: string) =>
    sql`select event_type, payload from outbox
        where payload ->> 'webhook_id' = ${webhookId} and event_type = 'webhook.disabled'`;

  test('by a 410 at once; pending deliveries wait, and its administrators are notified', async () => {
    const { url } = await receiver(answering(410));
    const { tenantId, id, ctx } = await newWebhook(url);
    const [first, second] = [announcedBookingEvent(tenantId), announcedBookingEvent(tenantId)];
    await applyEvent(first);
    await deliverOnce(options);
    expect(await isActive(id)).toBe(false);
    expect(await deliveryOf(first)).toMatchObject({ status: 'FAILED', response_status: 410, attempts: 1 });
    expect([...(await events(id))]).toMatchObject([
      { event_type: 'webhook.disabled', payload: { reason: 'gone', tenant_id: tenantId, url } },
    ]);
    await applyEvent(second);
    expect(await sql`select 1 from webhook_deliveries where event_id = ${second.eventId}`).toHaveLength(0);
    const other = await receiver();
    await updateWebhook(ctx, { id, url: other.url, isActive: true });
    await redeliverWebhook(ctx, (await deliveryOf(first))['id']);
    await deliverOnce(options);
    expect(other.received.map(idOf)).toEqual([first.eventId]);
  });

  test('after five days of failures only; a success in between restarts the count', async () => {
    let status = 500;
    const { url } = await receiver((_, response) => void response.writeHead(status).end());
    const { tenantId, id } = await newWebhook(url);
    const clock = fixedClock('2026-12-01T00:00:00Z');
    const aDay = async (): Promise<void> => {
      await applyEvent(announcedBookingEvent(tenantId), clock.now());
      await deliverOnce({ ...options, clock });
      clock.set(clock.now().add({ hours: 24 }).toString());
    };
    for (let day = 0; day < 4; day += 1) await aDay();
    status = 200;
    await aDay();
    status = 500;
    for (let day = 0; day < 5; day += 1) await aDay();
    expect([await isActive(id), (await events(id)).length]).toEqual([true, 0]);
    await aDay();
    expect(await isActive(id)).toBe(false);
    expect([...(await events(id))]).toMatchObject([
      { payload: { reason: 'failing', failing_since: '2026-12-06T00:00:00.000Z' } },
    ]);
  });

  test('but not by the first failure of an event long after another was given up', async () => {
    let status = 422;
    const { url, received } = await receiver((_, response) => void response.writeHead(status).end());
    const { tenantId, id } = await newWebhook(url);
    const clock = fixedClock('2026-12-01T00:00:00Z');
    const refusedEvent = announcedBookingEvent(tenantId);
    await applyEvent(refusedEvent, clock.now());
    for (let hour = 0; hour < 90; hour += 1) {
      await deliverOnce({ ...options, clock });
      clock.set(clock.now().add({ hours: 1 }).toString());
    }
    expect(await deliveryOf(refusedEvent)).toMatchObject({ status: 'FAILED' });
    clock.set('2026-12-08T00:00:00Z');
    status = 503;
    const event = announcedBookingEvent(tenantId);
    await applyEvent(event, clock.now());
    await deliverOnce({ ...options, clock });
    expect(await isActive(id)).toBe(true);
    status = 204;
    clock.set('2026-12-08T00:00:06Z');
    await deliverOnce({ ...options, clock });
    expect(await deliveryOf(event)).toMatchObject({ status: 'SUCCEEDED' });
    expect(received.filter((request) => idOf(request) === event.eventId)).toHaveLength(2);
  });

  test('by its tenant; pending deliveries continue once it is active again', async () => {
    const { url, received } = await receiver();
    const { tenantId, ctx, id } = await newWebhook(url);
    const event = announcedBookingEvent(tenantId);
    await applyEvent(event);
    await updateWebhook(ctx, { id, isActive: false });
    await deliverOnce(options);
    expect(received).toHaveLength(0);
    await updateWebhook(ctx, { id, isActive: true });
    await deliverOnce(options);
    expect(received.map(idOf)).toEqual([event.eventId]);
  });

  test('but not by a response from its old URL', async () => {
    const next = await receiver();
    const { ctx, tenantId, id } = await newWebhook(next.url);
    const old = await receiver((_, response) => {
      void updateWebhook(ctx, { id, url: next.url }).then(() => response.writeHead(410).end());
    });
    await updateWebhook(ctx, { id, url: old.url });
    await applyEvent(announcedBookingEvent(tenantId));
    await deliverOnce(options);
    expect(old.received).toHaveLength(1);
    expect(await isActive(id)).toBe(true);
  });
});

describe('delivery order', () => {
  const series = (tenantId: TenantId, n: number) => {
    const booking_id = newId();
    return Array.from({ length: n }, (_, index) =>
      announcedBookingEvent(tenantId, { booking_id, booking_version: index + 1 }),
    );
  };
  const versionsOf = (to: Receiver) =>
    to.received.map(({ body }) => JSON.parse(body).data.booking_version as number);

  test("sends one booking's events one after another, in parallel with other bookings' events", async () => {
    let inFlight = 0;
    let max = 0;
    const to = await receiver((_, response) => {
      max = Math.max(max, (inFlight += 1));
      setTimeout(() => {
        inFlight -= 1;
        response.writeHead(204).end();
      }, 5);
    });
    const { tenantId } = await newWebhook(to.url);
    const many = Array.from({ length: 4 }, () => series(tenantId, 6));
    for (let index = 0; index < 6; index += 1) for (const events of many) await applyEvent(events[index]!);
    await deliverOnce(options);
    for (const events of many) {
      const ids = new Set(events.map(({ eventId }) => eventId));
      expect(to.received.map(idOf).filter((id) => ids.has(id as string))).toEqual(
        events.map(({ eventId }) => eventId),
      );
    }
    expect(max).toBeGreaterThan(1);
    expect(max).toBeLessThanOrEqual(4);
  });

  test('makes later events wait for the first retry of an earlier one, but not for the second', async () => {
    let failures = 1;
    const to = await receiver((one, response) => {
      const isFirst = JSON.parse(one.body).data.booking_version === 1;
      response.writeHead(isFirst && failures-- > 0 ? 500 : 204).end();
    });
    const { tenantId } = await newWebhook(to.url);
    const clock = fixedClock('2026-12-01T00:00:00Z');
    const deliver = () => deliverOnce({ ...options, clock });
    for (const event of series(tenantId, 3)) await applyEvent(event, clock.now());
    await deliver();
    expect(versionsOf(to)).toEqual([1]);
    clock.set('2026-12-01T00:00:06Z');
    await deliver();
    expect(versionsOf(to)).toEqual([1, 1, 2, 3]);

    failures = 2;
    for (const event of series(tenantId, 2)) await applyEvent(event, clock.now());
    await deliver();
    clock.set('2026-12-01T00:00:12Z');
    await deliver();
    expect(versionsOf(to).slice(4)).toEqual([1, 1, 2]);
    clock.set('2026-12-01T00:06:00Z');
    await deliver();
    expect(versionsOf(to).slice(4)).toEqual([1, 1, 2, 1]);
  });

  test('makes no later event wait for longer than the schedule because of a Retry-After', async () => {
    const to = await receiver((one, response) => {
      const isFirst = JSON.parse(one.body).data.booking_version === 1;
      if (isFirst) response.writeHead(429, { 'retry-after': '36000' }).end();
      else response.writeHead(204).end();
    });
    const { tenantId } = await newWebhook(to.url);
    const clock = fixedClock('2026-12-01T00:00:00Z');
    for (const event of series(tenantId, 2)) await applyEvent(event, clock.now());
    await deliverOnce({ ...options, clock });
    expect(versionsOf(to)).toEqual([1, 2]);
  });

  test('sends everything after an outage, however many later events were recorded meanwhile', async () => {
    let isAway = true;
    const to = await receiver((_, response) => void response.writeHead(isAway ? 503 : 204).end());
    const { tenantId } = await newWebhook(to.url);
    const clock = fixedClock('2026-12-01T00:00:00Z');
    const bookings = Array.from({ length: 250 }, () => series(tenantId, 2));
    for (const [created] of bookings) await applyEvent(created!, clock.now());
    await deliverOnce({ ...options, clock });
    clock.set('2026-12-01T00:00:04Z');
    for (const [, changed] of bookings) await applyEvent(changed!, clock.now());
    await deliverOnce({ ...options, clock });
    isAway = false;
    to.received.length = 0;
    clock.set('2026-12-01T00:00:06Z');
    await deliverOnce({ ...options, clock });
    const sent = to.received.map(idOf);
    expect(new Set(sent)).toEqual(new Set(bookings.flat().map(({ eventId }) => eventId)));
    for (const [created, changed] of bookings)
      expect(sent.indexOf(created!.eventId)).toBeLessThan(sent.indexOf(changed!.eventId));
  });
});

test('a redelivery at the moment of an erasure is sent without what is erased', async () => {
  const { url, received } = await receiver();
  const { tenantId, ctx } = await newWebhook(url);
  const event = announcedBookingEvent(tenantId, { metadata: { reason: 'knee surgery' } });
  await applyEvent(event);
  await deliverOnce(options);
  const { id } = await deliveryOf(event);
  let erased: Promise<unknown> = Promise.resolve();
  await inTransaction(db, async (tx) => {
    const locked = await lockDelivery(tenantId, tx, id);
    await insertRedelivery(tenantId, tx, locked!, ctx.now);
    erased = inTransaction(db, (other) =>
      eraseDeliveriesOfAllTenants(other, [event.payload.booking_id], (data) => erasedPayload(other, data)),
    );
    await expect
      .poll(
        () =>
          sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      .toHaveLength(1);
  });
  await erased;
  await deliverOnce(options);
  expect(received.map(({ body }) => JSON.parse(body).data.metadata)).toEqual([
    { reason: 'knee surgery' },
    {},
  ]);
});

test('a reminder is delivered with its hours, to webhooks that asked for it', async () => {
  const { url, received } = await receiver();
  const { tenantId } = await newWebhook(url);
  const { payload, ...event } = announcedBookingEvent(tenantId);
  await applyEvent({ ...event, type: 'booking.reminder', payload: { ...payload, hours_before: 24 } });
  expect(await deliverOnce(options)).toBe(1);
  expect(JSON.parse(received[0]!.body)).toEqual({
    event: 'booking.reminder',
    data: { ...payload, hours_before: 24 },
  });
});

describe('the delivery worker', () => {
  test('shares deliveries with other workers, each sent once, over at most 4 connections per webhook', async () => {
    const to = await receiver((_, response) => void setTimeout(() => response.writeHead(204).end(), 3));
    const { tenantId } = await newWebhook(to.url);
    const events = Array.from({ length: 60 }, () => announcedBookingEvent(tenantId));
    for (const event of events) await applyEvent(event);
    const counts = await Promise.all(Array.from({ length: 4 }, () => deliverOnce(options)));
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(60);
    expect(new Set(to.received.map(idOf)).size).toBe(60);
    expect(to.received).toHaveLength(60);
    expect(to.sockets.max).toBeLessThanOrEqual(4);
  });

  test('takes over an abandoned claim once its lease has ended, and ignores the late result', async () => {
    let isSlow = true;
    const to = await receiver((_, response) => {
      if (!isSlow) return void response.writeHead(204).end();
      isSlow = false;
      setTimeout(() => response.writeHead(500).end(), 400);
    });
    const { tenantId } = await newWebhook(to.url);
    const event = announcedBookingEvent(tenantId);
    await applyEvent(event);
    const late = deliverOnce({ ...options, leaseMs: 50 });
    await to.waitForRequests(1);
    const now = systemClock.now().add({ milliseconds: 60 });
    expect(await deliverOnce({ ...options, clock: { now: () => now } })).toBe(1);
    await late;
    expect(await deliveryOf(event)).toMatchObject({ status: 'SUCCEEDED', attempts: 1 });
  });

  test('attempts one delivery at a time for a failing webhook', async () => {
    const to = await receiver((_, response) => void setTimeout(() => response.writeHead(500).end(), 20));
    const { tenantId } = await newWebhook(to.url);
    await applyEvent(announcedBookingEvent(tenantId));
    await deliverOnce(options);
    const before = to.sockets.max;
    for (let n = 0; n < 6; n += 1) await applyEvent(announcedBookingEvent(tenantId));
    await deliverOnce(options);
    expect(before).toBe(1);
    expect(to.sockets.max).toBe(1);
    expect(to.received).toHaveLength(7);
  });

  test('aborts hanging attempts when it stops, without counting them', async () => {
    const to = await receiver(() => {});
    const { tenantId } = await newWebhook(to.url);
    const event = announcedBookingEvent(tenantId);
    const worker = startDeliveryWorker(options);
    await applyEvent(event);
    await to.waitForRequests(1);
    await worker.stop();
    expect(await deliveryOf(event)).toMatchObject({ status: 'PENDING', attempts: 0, error: null });
    const [row] = await sql`select claim_id from webhook_deliveries where event_id = ${event.eventId}`;
    expect(row).toEqual({ claim_id: null });
    await expect.poll(() => to.sockets.open).toBe(0);
  });

  test('sends an event as soon as its transaction commits', async () => {
    const to = await receiver();
    const { tenantId } = await newWebhook(to.url);
    const worker = startDeliveryWorker(options);
    try {
      await applyEvent(announcedBookingEvent(tenantId));
      await to.waitForRequests(1, 1_000);
    } finally {
      await worker.stop();
    }
  });
});
