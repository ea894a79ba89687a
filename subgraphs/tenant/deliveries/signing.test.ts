import { createHmac, randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { signedHeaders } from './signing.ts';

const body = '{"event":"booking.created","data":{"note":"às três ☕"}}';
const signed = () => ({
  eventId: '01938f2e-0000-7000-8000-000000000001',
  timestampSeconds: Math.floor(Date.now() / 1_000),
  body,
});
const prefixed = `whsec_${randomBytes(24).toString('base64')}`;
const plain = 'a plain secret, with ç';

test('without a secret, a request has id and time but no signature', () => {
  expect(Object.keys(signedHeaders(signed(), []))).toEqual(['webhook-id', 'webhook-timestamp']);
});

test('X-Webhook-Signature is the hex HMAC-SHA256 of the body under the secret as it was given', () => {
  for (const secret of [prefixed, plain]) {
    const hex = createHmac('sha256', secret).update(body).digest('hex');
    expect(signedHeaders(signed(), [secret])['x-webhook-signature']).toBe(`sha256=${hex}`);
  }
});

test('the standardwebhooks library verifies a whsec_ secret', () => {
  expect(new Webhook(prefixed).verify(body, signedHeaders(signed(), [prefixed]))).toEqual(JSON.parse(body));
});

test('the library verifies any other text as a raw key, and unprefixed base64 in both ways', () => {
  const raw = new Webhook(Buffer.from(plain), { format: 'raw' });
  expect(raw.verify(body, signedHeaders(signed(), [plain]))).toEqual(JSON.parse(body));
  const base64 = randomBytes(24).toString('base64');
  const headers = signedHeaders(signed(), [base64]);
  expect(new Webhook(base64).verify(body, headers)).toEqual(JSON.parse(body));
  expect(new Webhook(base64, { format: 'raw' }).verify(body, headers)).toEqual(JSON.parse(body));
});

test('while two secrets sign, either verifies by both headers', () => {
  const headers = signedHeaders(signed(), [prefixed, plain]);
  expect(new Webhook(prefixed).verify(body, headers)).toBeTruthy();
  expect(new Webhook(Buffer.from(plain), { format: 'raw' }).verify(body, headers)).toBeTruthy();
  const hexes = [prefixed, plain].map((secret) => createHmac('sha256', secret).update(body).digest('hex'));
  expect(headers['x-webhook-signature']).toBe(hexes.map((hex) => `sha256=${hex}`).join(','));
});

test('another body, id, time or secret does not verify', () => {
  const headers = signedHeaders(signed(), [prefixed]);
  const webhook = new Webhook(prefixed);
  expect(() => webhook.verify(`${body} `, headers)).toThrow();
  expect(() => webhook.verify(body, { ...headers, 'webhook-id': 'another' })).toThrow();
  expect(() =>
    webhook.verify(body, {
      ...headers,
      'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1),
    }),
  ).toThrow();
  expect(() => new Webhook(`whsec_${randomBytes(24).toString('base64')}`).verify(body, headers)).toThrow();
});
