/**
 * Our own simple `X-Webhook-Signature`, and the headers of Standard Webhooks 1.0.0
 * (github.com/standard-webhooks/standard-webhooks), which also cover id and time and so prevent replay.
 */
import { createHmac } from 'node:crypto';
import { isBase64, SECRET_PREFIX } from '../webhooks/rules.ts';

/** Text that decodes to this much was probably generated as a base64 key. */
const MIN_KEY_BYTES = 24;

/**
 * Keys for `webhook-signature`: the bytes of a `whsec_…` secret, else of the text. Text that looks like a base64 key gets both:
 * libraries decode it with or without the prefix.
 */
function standardKeys(secret: string): Buffer[] {
  if (secret.startsWith(SECRET_PREFIX)) return [Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64')];
  const keys = [Buffer.from(secret)];
  const decoded = Buffer.from(isBase64(secret) ? secret : '', 'base64');
  if (decoded.length >= MIN_KEY_BYTES) keys.push(decoded);
  return keys;
}

export type SignedContent = {
  /** Header `webhook-id`. */
  eventId: string;
  /** Header `webhook-timestamp`: seconds since 1970. */
  timestampSeconds: number;
  body: string;
};

/**
 * Signs with every secret, newest first: `X-Webhook-Signature` with comma-separated `sha256=<hex HMAC-SHA256 of the body>`, and
 * `webhook-signature` with space-separated `v1,<base64 HMAC-SHA256 of id.timestamp.body>`. No signatures without a secret.
 */
export function signedHeaders(
  { eventId, timestampSeconds, body }: SignedContent,
  secrets: readonly string[],
): Record<string, string> {
  const headers = { 'webhook-id': eventId, 'webhook-timestamp': String(timestampSeconds) };
  if (secrets.length === 0) return headers;
  const signed = `${eventId}.${timestampSeconds}.${body}`;
  return {
    ...headers,
    'x-webhook-signature': secrets
      .map((secret) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`)
      .join(','),
    'webhook-signature': secrets
      .flatMap(standardKeys)
      .map((key) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
      .join(' '),
  };
}
