/** The facts that webhooks announce. */
import type { DomainEvent } from '@libs/events/catalogue';
import { formatInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';

/** Its receiver answered 410, or every attempt failed for days. */
export type DisabledReason = 'gone' | 'failing';

/** An address was turned off by us; the tenant's administrators are to be told. */
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
