/** When deliveries are sent, sent again and given up, in which order, and what becomes of their address. */
import type { TenantId } from '@libs/auth/tenantId';
import { newId } from '@libs/db/ids';
import type { AnnouncedFact } from '@libs/events/catalogue';
import { fixedClock, systemClock } from '@libs/time/clock';
import { describe, expect, test } from 'vitest';
import { bookingFact, receiver, type Receiver } from '../tenant.fixtures.ts';
import { updateWebhook } from '../webhooks/updateWebhook.ts';
import { answering, deliveryWorld, idOf } from './deliveries.fixtures.ts';
import { redeliverWebhook } from './redeliverWebhook.ts';
import { DELIVERY_RETRY_DELAYS_MS } from './schedule.ts';
import { DELIVERIES_KEPT_DAYS, deliverOnce, startDeliveryWorker, purgeDeliveries } from './worker.ts';

const { db, sql, happen, options, hook, deliveryOf, isActive } = await deliveryWorld();

describe('the schedule, by a moved clock', () => {
  test('ten attempts, each about as much later as promised, all with one id; then it is given up', async () => {
    const { url, received } = await receiver(answering(500));
    const { tenantId } = await hook(url);
    const fact = bookingFact(tenantId);
    const clock = fixedClock('2026-12-01T00:00:00Z');
    await happen(fact, clock.now());
    const attemptAt = (ms: number) => clock.set(clock.now().add({ milliseconds: ms }).toString());
    for (const [place, delayMs] of DELIVERY_RETRY_DELAYS_MS.entries()) {
      expect(await deliverOnce({ ...options, clock })).toBe(1);
      const row = await deliveryOf(fact);
      expect(row).toMatchObject({
        status: 'PENDING',
        attempts: place + 1,
        response_status: 500,
        error: 'HTTP 500',
      });
      attemptAt(delayMs - 1);
      expect(await deliverOnce({ ...options, clock })).toBe(0);
      attemptAt(1);
    }
    expect(await deliverOnce({ ...options, clock })).toBe(1);
    expect(await deliveryOf(fact)).toMatchObject({ status: 'FAILED', attempts: 10, next_attempt_at: null });
    expect(received.map(idOf)).toEqual(Array(10).fill(fact.eventId));
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
  });

  test('a receiver that is down for a day gets everything that happened, once each', async () => {
    const up = await receiver();
    const port = Number(new URL(up.url).port);
    const { tenantId } = await hook(up.url);
    await up.stop();
    const clock = fixedClock('2026-12-01T00:00:00Z');
    const facts: AnnouncedFact<'booking.created'>[] = [];
    for (let hour = 0; hour < 24; hour += 1) {
      facts.push(bookingFact(tenantId));
      await happen(facts.at(-1)!, clock.now());
      await deliverOnce({ ...options, clock });
      clock.set(clock.now().add({ hours: 1 }).toString());
    }
    const again = await receiver(undefined, port);
    for (let hour = 0; hour < 24; hour += 1) {
      await deliverOnce({ ...options, clock });
      clock.set(clock.now().add({ hours: 1 }).toString());
    }
    expect(again.received).toHaveLength(24);
    expect(new Set(again.received.map(idOf))).toEqual(new Set(facts.map(({ eventId }) => eventId)));
  });

  test.each([
    ['seconds', '120', 120_000],
    ['a date', 'Tue, 01 Dec 2026 00:10:00 GMT', 600_000],
    ['less than the schedule', '1', 5_000],
    ['nonsense', 'soon', 5_000],
    ['a year', '31536000', 86_400_000],
  ])('Retry-After with %s', async (_, header, waitMs) => {
    const { url } = await receiver(answering(503, { 'retry-after': header }));
    const { tenantId } = await hook(url);
    const fact = bookingFact(tenantId);
    const clock = fixedClock('2026-12-01T00:00:00Z');
    await happen(fact, clock.now());
    await deliverOnce({ ...options, clock });
    const { next_attempt_at: next } = await deliveryOf(fact);
    expect(new Date(next).getTime() - clock.now().epochMilliseconds).toBe(waitMs);
  });

  test('old deliveries leave the log, newer ones stay', async () => {
    const { url } = await receiver();
    const { tenantId } = await hook(url);
    const [old, newer] = [bookingFact(tenantId), bookingFact(tenantId)];
    const now = systemClock.now();
    await happen(old, now.subtract({ hours: 24 * DELIVERIES_KEPT_DAYS + 1 }));
    await happen(newer, now.subtract({ hours: 24 * DELIVERIES_KEPT_DAYS - 1 }));
    while (await purgeDeliveries({ db }));
    const rows = await sql`select event_id from webhook_deliveries where tenant_id = ${tenantId}`;
    expect(rows.map((row) => row['event_id'])).toEqual([newer.eventId]);
  });
});

describe('an address that is turned off', () => {
  const facts = (webhookId: string) =>
    sql`select event_type, payload from outbox where payload ->> 'webhook_id' = ${webhookId}`;

  test('by 410, at once; what is pending waits, and is announced for the administrators', async () => {
    const { url } = await receiver(answering(410));
    const { tenantId, id, ctx } = await hook(url);
    const [first, second] = [bookingFact(tenantId), bookingFact(tenantId)];
    await happen(first);
    await deliverOnce(options);
    expect(await isActive(id)).toBe(false);
    expect(await deliveryOf(first)).toMatchObject({ status: 'FAILED', response_status: 410, attempts: 1 });
    expect([...(await facts(id))]).toMatchObject([
      { event_type: 'webhook.disabled', payload: { reason: 'gone', tenant_id: tenantId, url } },
    ]);
    await happen(second);
    expect(await sql`select 1 from webhook_deliveries where event_id = ${second.eventId}`).toHaveLength(0);
    const other = await receiver();
    await updateWebhook(ctx, { id, url: other.url, isActive: true });
    await redeliverWebhook(ctx, (await deliveryOf(first))['id']);
    await deliverOnce(options);
    expect(other.received.map(idOf)).toEqual([first.eventId]);
  });

  test('after five days of nothing but failure; a success in between begins anew', async () => {
    let status = 500;
    const { url } = await receiver((_, response) => void response.writeHead(status).end());
    const { tenantId, id } = await hook(url);
    const clock = fixedClock('2026-12-01T00:00:00Z');
    const aDay = async (): Promise<void> => {
      await happen(bookingFact(tenantId), clock.now());
      await deliverOnce({ ...options, clock });
      clock.set(clock.now().add({ hours: 24 }).toString());
    };
    for (let day = 0; day < 4; day += 1) await aDay();
    status = 200;
    await aDay();
    status = 500;
    for (let day = 0; day < 5; day += 1) await aDay();
    expect([await isActive(id), (await facts(id)).length]).toEqual([true, 0]);
    await aDay();
    expect(await isActive(id)).toBe(false);
    expect([...(await facts(id))]).toMatchObject([
      { payload: { reason: 'failing', failing_since: '2026-12-06T00:00:00.000Z' } },
    ]);
  });

  test('by its tenant: what was pending goes on when it is on again', async () => {
    const { url, received } = await receiver();
    const { tenantId, ctx, id } = await hook(url);
    const fact = bookingFact(tenantId);
    await happen(fact);
    await updateWebhook(ctx, { id, isActive: false });
    await deliverOnce(options);
    expect(received).toHaveLength(0);
    await updateWebhook(ctx, { id, isActive: true });
    await deliverOnce(options);
    expect(received.map(idOf)).toEqual([fact.eventId]);
  });

  test('an answer of the old address does not turn a new one off', async () => {
    const next = await receiver();
    const { ctx, tenantId, id } = await hook(next.url);
    const old = await receiver((_, response) => {
      void updateWebhook(ctx, { id, url: next.url }).then(() => response.writeHead(410).end());
    });
    await updateWebhook(ctx, { id, url: old.url });
    await happen(bookingFact(tenantId));
    await deliverOnce(options);
    expect(old.received).toHaveLength(1);
    expect(await isActive(id)).toBe(true);
  });
});

describe('order', () => {
  const series = (tenantId: TenantId, n: number) => {
    const booking_id = newId();
    return Array.from({ length: n }, (_, place) =>
      bookingFact(tenantId, { booking_id, booking_version: place + 1 }),
    );
  };
  const versionsOf = (to: Receiver) =>
    to.received.map(({ body }) => JSON.parse(body).data.booking_version as number);

  test("one booking's events come one after another, other bookings' beside them", async () => {
    let underWay = 0;
    let most = 0;
    const to = await receiver((_, response) => {
      most = Math.max(most, (underWay += 1));
      setTimeout(() => {
        underWay -= 1;
        response.writeHead(204).end();
      }, 5);
    });
    const { tenantId } = await hook(to.url);
    const many = Array.from({ length: 4 }, () => series(tenantId, 6));
    for (let place = 0; place < 6; place += 1) for (const facts of many) await happen(facts[place]!);
    await deliverOnce(options);
    for (const facts of many) {
      const ids = new Set(facts.map(({ eventId }) => eventId));
      expect(to.received.map(idOf).filter((id) => ids.has(id as string))).toEqual(
        facts.map(({ eventId }) => eventId),
      );
    }
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(4);
  });

  test('later events wait for the first retry of an earlier one, and not for the next, which is minutes away', async () => {
    let failures = 1;
    const to = await receiver((one, response) => {
      const isFirst = JSON.parse(one.body).data.booking_version === 1;
      response.writeHead(isFirst && failures-- > 0 ? 500 : 204).end();
    });
    const { tenantId } = await hook(to.url);
    const clock = fixedClock('2026-12-01T00:00:00Z');
    const deliver = () => deliverOnce({ ...options, clock });
    for (const fact of series(tenantId, 3)) await happen(fact, clock.now());
    await deliver();
    expect(versionsOf(to)).toEqual([1]);
    clock.set('2026-12-01T00:00:06Z');
    await deliver();
    expect(versionsOf(to)).toEqual([1, 1, 2, 3]);

    failures = 2;
    for (const fact of series(tenantId, 2)) await happen(fact, clock.now());
    await deliver();
    clock.set('2026-12-01T00:00:12Z');
    await deliver();
    expect(versionsOf(to).slice(4)).toEqual([1, 1, 2]);
    clock.set('2026-12-01T00:06:00Z');
    await deliver();
    expect(versionsOf(to).slice(4)).toEqual([1, 1, 2, 1]);
  });
});

describe('turns', () => {
  test('of several workers at once each delivery is sent by one, and none has more than 4 connections', async () => {
    const to = await receiver((_, response) => void setTimeout(() => response.writeHead(204).end(), 3));
    const { tenantId } = await hook(to.url);
    const facts = Array.from({ length: 60 }, () => bookingFact(tenantId));
    for (const fact of facts) await happen(fact);
    const counts = await Promise.all(Array.from({ length: 4 }, () => deliverOnce(options)));
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(60);
    expect(new Set(to.received.map(idOf)).size).toBe(60);
    expect(to.received).toHaveLength(60);
    expect(to.sockets.most).toBeLessThanOrEqual(4);
  });

  test('a turn that nobody ended is given to another once it is over, and its late end changes nothing', async () => {
    let isSlow = true;
    const to = await receiver((_, response) => {
      if (!isSlow) return void response.writeHead(204).end();
      isSlow = false;
      setTimeout(() => response.writeHead(500).end(), 400);
    });
    const { tenantId } = await hook(to.url);
    const fact = bookingFact(tenantId);
    await happen(fact);
    const late = deliverOnce({ ...options, leaseMs: 50 });
    await to.has(1);
    const now = systemClock.now().add({ milliseconds: 60 });
    expect(await deliverOnce({ ...options, clock: { now: () => now } })).toBe(1);
    await late;
    expect(await deliveryOf(fact)).toMatchObject({ status: 'SUCCEEDED', attempts: 1 });
  });

  test('an address whose last attempt failed is tried one at a time', async () => {
    const to = await receiver((_, response) => void setTimeout(() => response.writeHead(500).end(), 20));
    const { tenantId } = await hook(to.url);
    await happen(bookingFact(tenantId));
    await deliverOnce(options);
    const before = to.sockets.most;
    for (let n = 0; n < 6; n += 1) await happen(bookingFact(tenantId));
    await deliverOnce(options);
    expect(before).toBe(1);
    expect(to.sockets.most).toBe(1);
    expect(to.received).toHaveLength(7);
  });

  test('a worker that stops breaks off what hangs, and the attempt does not count', async () => {
    const to = await receiver(() => {});
    const { tenantId } = await hook(to.url);
    const fact = bookingFact(tenantId);
    const worker = startDeliveryWorker(options);
    await happen(fact);
    await to.has(1);
    await worker.stop();
    expect(await deliveryOf(fact)).toMatchObject({ status: 'PENDING', attempts: 0, error: null });
    const [row] = await sql`select claim_id from webhook_deliveries where event_id = ${fact.eventId}`;
    expect(row).toEqual({ claim_id: null });
    await expect.poll(() => to.sockets.open).toBe(0);
  });

  test('an event is sent as soon as its transaction commits', async () => {
    const to = await receiver();
    const { tenantId } = await hook(to.url);
    const worker = startDeliveryWorker(options);
    try {
      await happen(bookingFact(tenantId));
      await to.has(1, 1_000);
    } finally {
      await worker.stop();
    }
  });
});
