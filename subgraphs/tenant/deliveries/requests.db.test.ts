/** The requests that receivers get, and how their responses count. */
import { spawnSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { metricValue } from '@libs/testing/metricValue';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { announcedBookingEvent, receiver, type AnswerOf } from '../tenant.fixtures.ts';
import { updateWebhook } from '../webhooks/updateWebhook.ts';
import { answering, deliverySetup } from './deliveries.fixtures.ts';
import { ssrfGuard } from './ssrfGuard.ts';
import { deliverOnce } from './deliveryWorker.ts';

const { sql, applyEvent, options, newWebhook, deliveryOf } = await deliverySetup();
const secret = `whsec_${randomBytes(24).toString('base64')}`;

describe('a request', () => {
  test('is a POST of exactly the event and its data as JSON, with both signatures', async () => {
    const { url, received } = await receiver();
    const { tenantId } = await newWebhook(url, secret);
    const event = announcedBookingEvent(tenantId);
    await applyEvent(event);
    await deliverOnce(options);
    const { headers, body } = received[0]!;
    expect(body).toBe(JSON.stringify({ event: 'booking.created', data: event.payload }));
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': event.eventId });
    expect(headers['x-webhook-signature']).toBe(
      `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    );
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual(JSON.parse(body));
    expect(await deliveryOf(event)).toMatchObject({
      status: 'SUCCEEDED',
      attempts: 1,
      response_status: 204,
      error: null,
      next_attempt_at: null,
    });
  });

  test('has no signature without a secret', async () => {
    const { url, received } = await receiver();
    const { tenantId } = await newWebhook(url);
    await applyEvent(announcedBookingEvent(tenantId));
    await deliverOnce(options);
    expect(received[0]!.headers).not.toHaveProperty('x-webhook-signature');
    expect(received[0]!.headers).not.toHaveProperty('webhook-signature');
    expect(received[0]!.headers).toHaveProperty('webhook-timestamp');
  });

  test('is signed by both secrets for 24 hours after a rotation, then by the new one alone', async () => {
    const { url, received } = await receiver();
    const { tenantId, ctx, id } = await newWebhook(url, secret);
    const next = `whsec_${randomBytes(32).toString('base64')}`;
    await updateWebhook(ctx, { id, secret: next });
    await applyEvent(announcedBookingEvent(tenantId));
    await deliverOnce(options);
    const { headers, body } = received[0]!;
    for (const key of [secret, next]) {
      expect(new Webhook(key).verify(body, headers as Record<string, string>)).toBeTruthy();
      expect(headers['x-webhook-signature']).toContain(createHmac('sha256', key).update(body).digest('hex'));
    }
    await applyEvent(announcedBookingEvent(tenantId));
    await sql`update webhooks set previous_secret_until = now() - interval '1 second' where id = ${id}`;
    await deliverOnce(options);
    const late = received[1]!;
    expect(new Webhook(next).verify(late.body, late.headers as Record<string, string>)).toBeTruthy();
    expect(() => new Webhook(secret).verify(late.body, late.headers as Record<string, string>)).toThrow();
    expect(late.headers['x-webhook-signature']).toMatch(/^sha256=[\da-f]{64}$/);
  });

  test('is not sent unsigned if the secret cannot be read', async () => {
    const { url, received } = await receiver();
    const { tenantId, id } = await newWebhook(url, secret);
    await sql`update webhooks set secret = 'v1.AAAA' where id = ${id}`;
    const event = announcedBookingEvent(tenantId);
    await applyEvent(event);
    const before = await metricValue('vaga_webhook_secrets_unreadable_total');
    await deliverOnce(options);
    expect(received).toHaveLength(0);
    expect(await metricValue('vaga_webhook_secrets_unreadable_total')).toBe(before + 1);
    expect(await deliveryOf(event)).toMatchObject({
      status: 'PENDING',
      error: expect.stringContaining('secret'),
    });
  });

  test('is not sent by production to a URL that only development allows', async () => {
    const { url, received, sockets } = await receiver();
    const { tenantId } = await newWebhook(url);
    const event = announcedBookingEvent(tenantId);
    await applyEvent(event);
    await deliverOnce({ ...options, guard: ssrfGuard({ isProduction: true, ownHosts: [] }) });
    expect([received.length, sockets.max]).toEqual([0, 0]);
    expect(await deliveryOf(event)).toMatchObject({
      error: 'the address is not public',
      response_status: null,
    });
  });
});

describe('an attempt', () => {
  test.each([200, 201, 202, 204, 299])('succeeds with %i', async (status) => {
    const { url } = await receiver(answering(status));
    const { tenantId } = await newWebhook(url);
    const event = announcedBookingEvent(tenantId);
    await applyEvent(event);
    await deliverOnce(options);
    expect(await deliveryOf(event)).toMatchObject({ status: 'SUCCEEDED', response_status: status });
  });

  test.each([301, 302, 307, 308])('fails with a redirect (%i), and does not follow it', async (status) => {
    const elsewhere = await receiver();
    const { url } = await receiver(answering(status, { location: elsewhere.url }));
    const { tenantId } = await newWebhook(url, secret);
    const event = announcedBookingEvent(tenantId);
    await applyEvent(event);
    await deliverOnce(options);
    expect(elsewhere.sockets.max).toBe(0);
    expect(await deliveryOf(event)).toMatchObject({
      status: 'PENDING',
      response_status: status,
      error: `HTTP ${status}: redirects are not followed`,
    });
  });

  test.each<[string, AnswerOf, RegExp]>([
    ['silence', () => {}, /no complete answer within 0.3 s/],
    [
      'a body that drips',
      (_, response) => {
        response.writeHead(200);
        const timer = setInterval(() => response.write('.'), 20);
        response.on('close', () => clearInterval(timer));
      },
      /no complete answer within 0.3 s/,
    ],
    [
      'headers that drip',
      (_, __, socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        const timer = setInterval(() => socket.write('x-drip: 1\r\n'), 20);
        socket.on('close', () => clearInterval(timer));
      },
      /no complete answer within 0.3 s/,
    ],
    ['a reset', (_, __, socket) => void socket.resetAndDestroy(), /closed before the answer/],
    ['an end without an answer', (_, __, socket) => void socket.end(), /closed before the answer/],
    ['what is not HTTP', (_, __, socket) => void socket.end('SSH-2.0-OpenSSH\r\n\r\n'), /not HTTP/],
    [
      'endless headers',
      (_, __, socket) => void socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(65_536)}`),
      /HPE_/,
    ],
    [
      'half a body',
      (_, response, socket) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('half');
        setTimeout(() => socket.destroy(), 20);
      },
      /closed before the answer/,
    ],
  ])('fails with %s', async (_, answer, error) => {
    const { url, sockets } = await receiver(answer);
    const { tenantId } = await newWebhook(url);
    const event = announcedBookingEvent(tenantId);
    await applyEvent(event);
    await deliverOnce({ ...options, timeoutMs: 300 });
    expect(await deliveryOf(event)).toMatchObject({
      status: 'PENDING',
      attempts: 1,
      response_status: null,
      error: expect.stringMatching(error),
    });
    await expect.poll(() => sockets.open).toBe(0);
  });

  test('succeeds with a response that ends with its connection', async () => {
    const { url } = await receiver((_, __, socket) => {
      socket.write('HTTP/1.0 200 OK\r\n\r\n');
      setTimeout(() => socket.end('that is all'), 20);
    });
    const { tenantId } = await newWebhook(url);
    const event = announcedBookingEvent(tenantId);
    await applyEvent(event);
    await deliverOnce(options);
    expect(await deliveryOf(event)).toMatchObject({ status: 'SUCCEEDED', error: null });
  });

  test('fails if nothing listens', async () => {
    const deleted = await receiver();
    await deleted.stop();
    const { tenantId } = await newWebhook(deleted.url);
    const event = announcedBookingEvent(tenantId);
    await applyEvent(event);
    await deliverOnce(options);
    expect(await deliveryOf(event)).toMatchObject({ status: 'PENDING', error: 'the connection was refused' });
  });

  test('reads 16 KB of an endless response, and counts its status', async () => {
    let sentBytes = 0;
    const { url, sockets } = await receiver((_, response) => {
      response.writeHead(200);
      const chunk = Buffer.alloc(65_536, 'x');
      const send = (): void => {
        while (!response.destroyed && response.write(chunk)) sentBytes += chunk.length;
        if (!response.destroyed) response.once('drain', send);
      };
      send();
    });
    const { tenantId } = await newWebhook(url);
    const event = announcedBookingEvent(tenantId);
    await applyEvent(event);
    await deliverOnce(options);
    expect(await deliveryOf(event)).toMatchObject({ status: 'SUCCEEDED', response_status: 200 });
    // Only what the system's buffers took.
    expect(sentBytes).toBeLessThan(16 * 1024 * 1024);
    await expect.poll(() => sockets.open).toBe(0);
  });
});

describe('a connection', () => {
  test('is used again for the next request to the same host, and closed when idle', async () => {
    const { url, sockets } = await receiver(answering(200));
    const { tenantId } = await newWebhook(url);
    for (let number = 0; number < 3; number += 1) {
      await applyEvent(announcedBookingEvent(tenantId));
      await deliverOnce(options);
    }
    expect(sockets.opened).toBe(1);
    await expect.poll(() => sockets.open, { timeout: 5_000 }).toBe(0);
  });

  test('waits longer for an answer than it may be idle', async () => {
    const { url } = await receiver((_, response) => void setTimeout(() => response.end(), 1_500));
    const { tenantId } = await newWebhook(url);
    const event = announcedBookingEvent(tenantId);
    await applyEvent(event);
    await deliverOnce(options);
    expect(await deliveryOf(event)).toMatchObject({ status: 'SUCCEEDED', attempts: 1 });
  });

  test('that the receiver has closed meanwhile costs no attempt', async () => {
    const perSocket = new WeakMap<object, number>();
    const { url, sockets, received } = await receiver((_, response, socket) => {
      const requests = (perSocket.get(socket) ?? 0) + 1;
      perSocket.set(socket, requests);
      if (requests === 1) response.writeHead(200).end();
      else socket.resetAndDestroy();
    });
    const { tenantId } = await newWebhook(url);
    await applyEvent(announcedBookingEvent(tenantId));
    await deliverOnce(options);
    const event = announcedBookingEvent(tenantId);
    await applyEvent(event);
    await deliverOnce(options);
    expect(await deliveryOf(event)).toMatchObject({ status: 'SUCCEEDED', attempts: 1, error: null });
    expect([sockets.opened, received.length]).toEqual([2, 3]);
  });
});

test('sends nothing to a server with an untrusted certificate', async ({ skip }) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'vaga-certificate-'));
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  const created = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
  ]);
  if (created.status !== 0) return skip('no openssl');
  let requests = 0;
  const server = https.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => {
    requests += 1;
    response.end();
  });
  rmSync(folder, { recursive: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { tenantId } = await newWebhook(
      `https://localhost:${(server.address() as AddressInfo).port}/`,
      secret,
    );
    const event = announcedBookingEvent(tenantId);
    await applyEvent(event);
    await deliverOnce(options);
    expect(requests).toBe(0);
    expect(await deliveryOf(event)).toMatchObject({
      status: 'PENDING',
      error: 'the exchange failed (DEPTH_ZERO_SELF_SIGNED_CERT)',
    });
  } finally {
    server.close();
  }
});
