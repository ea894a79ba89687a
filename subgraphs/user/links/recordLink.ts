import type { LinkEventType } from '@drizzle/user/tables';
import type { TenantId } from '@libs/auth/tenantId';
import { newId } from '@libs/db/ids';
import type { Tx } from '@libs/db/inTransaction';
import type { EventContext } from '@libs/events/catalogue';
import { formatInstant } from '@libs/time/instants';
import { insertNotificationOf } from '../notifications/store.ts';

/**
 * Queues the e-mail, in the transaction of what it is about. Its token is made when it is sent. The user must be locked. Somebody is
 * waiting for it: it overtakes the e-mails of the last hour, and waits for no other of the user.
 */
export async function recordLink(
  { now, traceId }: EventContext,
  tx: Tx,
  user: { tenantId: TenantId; id: string },
  type: LinkEventType,
): Promise<void> {
  const payload = { requested_at: formatInstant(now) };
  const dueAt = now.subtract({ hours: 1 });
  const event = { eventId: newId(), type, subjectId: newId(), payload, traceId, dueAt };
  await insertNotificationOf(user.tenantId, tx, user.id, event, now);
}
