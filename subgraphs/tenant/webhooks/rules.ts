import { nullRefusals } from '@libs/outcome/checks';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { CreateWebhookInput, UpdateWebhookInput, WebhookEvent } from '../generated.ts';

const MAX_SECRET_CHARACTERS = 200;
/** Marks a secret as a base64 key (Standard Webhooks). */
export const SECRET_PREFIX = 'whsec_';

const BASE64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/;

/** Whether the text is non-empty base64 (RFC 4648 §4). */
export const isBase64 = (text: string): boolean => text !== '' && BASE64.test(text);

/** The API's name of each event type in the catalogue, in the API's order. */
export const WEBHOOK_EVENT_BY_TYPE = {
  'booking.created': 'BOOKING_CREATED',
  'booking.updated': 'BOOKING_UPDATED',
  'booking.cancelled': 'BOOKING_CANCELLED',
  'booking.status_changed': 'BOOKING_STATUS_CHANGED',
  'booking.reminder': 'BOOKING_REMINDER',
} as const satisfies Record<string, WebhookEvent>;
export type WebhookEventType = keyof typeof WEBHOOK_EVENT_BY_TYPE;

/** In the API's order, each once. */
export const eventsOf = (requested: readonly WebhookEvent[]): WebhookEvent[] =>
  Object.values(WEBHOOK_EVENT_BY_TYPE).filter((event) => requested.includes(event));

export type UrlFault = 'urlMalformed' | 'urlHasCredentials' | 'urlNotHttps' | 'urlNotPublic';

function secretRefusals(secret: string | null | undefined): Refusal[] {
  const field = ['input', 'secret'];
  if (secret == null) return [];
  if (secret.trim() === '') return [refusal('INVALID', 'webhook.secretEmpty', field)];
  if (secret.length > MAX_SECRET_CHARACTERS) {
    return [refusal('INVALID', 'webhook.secretTooLong', field, { max: MAX_SECRET_CHARACTERS })];
  }
  if (secret.startsWith(SECRET_PREFIX) && !isBase64(secret.slice(SECRET_PREFIX.length))) {
    return [refusal('INVALID', 'webhook.secretMalformed', field)];
  }
  return [];
}

/** Every reason at once; `fault` is the SSRF guard's verdict. */
export function webhookRefusals(
  input: CreateWebhookInput | UpdateWebhookInput,
  fault: UrlFault | undefined,
): Refusal[] {
  const refusals = 'id' in input ? nullRefusals(input, 'input', 'url', 'events', 'isActive') : [];
  if (fault) refusals.push(refusal('INVALID', `webhook.${fault}`, ['input', 'url']));
  if (input.events?.length === 0) refusals.push(refusal('INVALID', 'webhook.noEvent', ['input', 'events']));
  return [...refusals, ...secretRefusals(input.secret)];
}

export const webhookNotFound = (field: string[]): Refusal => refusal('NOT_FOUND', 'webhook.notFound', field);
