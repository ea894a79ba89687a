import type { WebhookRow } from '@drizzle/tenant/tables';
import type { DomainEvent } from '@libs/events/catalogue';
import { recordedChanges } from '@libs/events/recordedChanges';
import { formatInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';

/** The values that events compare; of a secret they only tell that it changed. */
const valuesOf = ({ url, events, isActive, secret }: WebhookRow): object => ({
  url,
  events,
  isActive,
  secret,
});

const webhookEvent = (
  type: 'webhook.created' | 'webhook.updated' | 'webhook.deleted',
  { id, tenantId }: WebhookRow,
  changes: ReturnType<typeof recordedChanges> = {},
): DomainEvent => ({ type, payload: { webhook_id: id, tenant_id: tenantId, changes } });

export const webhookCreated = (row: WebhookRow): DomainEvent =>
  webhookEvent('webhook.created', row, recordedChanges(null, valuesOf(row)));

/** None if nothing that clients see has changed. */
export function webhookChanges(before: WebhookRow, row: WebhookRow): DomainEvent[] {
  const changes = recordedChanges(valuesOf(before), valuesOf(row));
  return Object.keys(changes).length === 0 ? [] : [webhookEvent('webhook.updated', row, changes)];
}

export const webhookDeleted = (row: WebhookRow): DomainEvent => webhookEvent('webhook.deleted', row);

export const webhookRedelivered = (delivery: {
  id: string;
  webhookId: string;
  tenantId: string;
}): DomainEvent => ({
  type: 'webhook.redelivered',
  payload: { webhook_id: delivery.webhookId, tenant_id: delivery.tenantId, delivery_id: delivery.id },
});

/** `gone`: the receiver answered 410. `failing`: every attempt failed for days. */
export type DisabledReason = 'gone' | 'failing';

/** Its tenant's administrators get an e-mail. */
export const webhookDisabled = (
  webhook: { webhookId: string; tenantId: string; url: string },
  reason: DisabledReason,
  failingSince: Temporal.Instant,
): DomainEvent<'webhook.disabled'> => ({
  type: 'webhook.disabled',
  payload: {
    webhook_id: webhook.webhookId,
    tenant_id: webhook.tenantId,
    url: webhook.url,
    reason,
    failing_since: formatInstant(failingSince),
  },
});
