import type { DomainEvent } from '@libs/events/catalogue';
import { formatInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';

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
