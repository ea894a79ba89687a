/** What a webhook's fields must be. Pure. */
import { nullRefusals } from '@libs/outcome/checks';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { CreateWebhookInput, UpdateWebhookInput, WebhookEvent } from '../generated.ts';

/** Webhooks of one tenant at most. */
export const MAX_WEBHOOKS = 100;
/** A secret at most, in characters. */
export const MAX_SECRET_CHARACTERS = 200;
/** A secret in this form is a key in base64, as Standard Webhooks has it. */
export const SECRET_PREFIX = 'whsec_';

const BASE64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/;

/** Whether the text is base64 of something (RFC 4648 §4). */
export const isBase64 = (text: string): boolean => text !== '' && BASE64.test(text);

/** Every event by its name in the catalogue of facts, in the API's order. */
export const WEBHOOK_EVENT_BY_TYPE = {
  'booking.created': 'BOOKING_CREATED',
  'booking.updated': 'BOOKING_UPDATED',
  'booking.cancelled': 'BOOKING_CANCELLED',
  'booking.status_changed': 'BOOKING_STATUS_CHANGED',
} as const satisfies Record<string, WebhookEvent>;
export type WebhookEventType = keyof typeof WEBHOOK_EVENT_BY_TYPE;

/** The events in the API's order, each once. */
export const eventsOf = (requested: readonly WebhookEvent[]): WebhookEvent[] =>
  Object.values(WEBHOOK_EVENT_BY_TYPE).filter((event) => requested.includes(event));

/** Why an address is not taken. */
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

/** Every reason not to take the fields of a new or changed webhook; `fault` is what the guard says of its address. */
export function webhookRefusals(
  input: CreateWebhookInput | UpdateWebhookInput,
  fault: UrlFault | undefined,
): Refusal[] {
  const refusals = 'id' in input ? nullRefusals(input, 'input', 'url', 'events', 'isActive') : [];
  if (fault) refusals.push(refusal('INVALID', `webhook.${fault}`, ['input', 'url']));
  if (input.events?.length === 0) refusals.push(refusal('INVALID', 'webhook.noEvent', ['input', 'events']));
  return [...refusals, ...secretRefusals(input.secret)];
}

/** The tenant has no such webhook. */
export const webhookNotFound = (field: string[]): Refusal => refusal('NOT_FOUND', 'webhook.notFound', field);
