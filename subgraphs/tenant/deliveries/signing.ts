/**
 * The signatures of a request. `X-Webhook-Signature` is our own and simple; beside it stand the headers of Standard Webhooks 1.0.0
 * (github.com/standard-webhooks/standard-webhooks), which cover id and time too, so that a request cannot be played again.
 */
import { createHmac } from 'node:crypto';
import { isBase64, SECRET_PREFIX } from '../webhooks/rules.ts';

/** Text without the prefix that decodes to at least this many bytes is likely to have been made as a key in base64. */
const MIN_KEY_BYTES = 24;

/**
 * The keys that a secret stands for in `webhook-signature`: the bytes of a `whsec_…` one, else those of the text. Text that looks
 * like a key in base64 gets both: libraries decode it with and without the prefix.
 */
function standardKeys(secret: string): Buffer[] {
  if (secret.startsWith(SECRET_PREFIX)) return [Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64')];
  const keys = [Buffer.from(secret)];
  const decoded = Buffer.from(isBase64(secret) ? secret : '', 'base64');
  if (decoded.length >= MIN_KEY_BYTES) keys.push(decoded);
  return keys;
}

export type Signed = {
  /** The event's id: `webhook-id`. */
  eventId: string;
  /** Whole seconds since 1970: `webhook-timestamp`. */
  timestampSeconds: number;
  body: string;
};

/**
 * The headers of a request, signed with every secret, the newest first: `X-Webhook-Signature` with `sha256=<hex HMAC-SHA256 of the
 * body>` of each, separated by a comma, and `webhook-signature` with `v1,<base64 HMAC-SHA256 of id.timestamp.body>` of each,
 * separated by a space. Without a secret there are no signatures.
 */
export function signedHeaders(
  { eventId, timestampSeconds, body }: Signed,
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
