import type { ReactionContext } from '@libs/events/reactions';
import { insertNotificationsForAdministrators } from './store.ts';

/** For each active administrator of the tenant. */
export async function recordForAdministrators({
  tx,
  event,
  now,
}: ReactionContext<'webhook.disabled'>): Promise<void> {
  const { tenantId, eventId, type, payload, traceId } = event;
  const recorded = { eventId, type, subjectId: payload.webhook_id, payload, traceId };
  await insertNotificationsForAdministrators(tenantId, tx, recorded, now);
}
