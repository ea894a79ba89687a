import type { TenantId } from '@libs/auth/tenantId';
import { newId } from '@libs/db/ids';
import type { Tx } from '@libs/db/inTransaction';
import type { EventContext } from '@libs/events/catalogue';
import { formatInstant } from '@libs/time/instants';
import type { EmailChange } from './rules.ts';
import { insertNotificationOf } from './store.ts';

/**
 * To the user's old address, in the transaction of the change, also if the user is inactive. The user must be locked. Notices of
 * one user are sent in order.
 */
export async function recordEmailChange(
  { now, traceId }: EventContext,
  tx: Tx,
  user: { tenantId: TenantId; id: string; oldEmail: string },
): Promise<void> {
  const payload: EmailChange['payload'] = { old_email: user.oldEmail, changed_at: formatInstant(now) };
  const event = {
    eventId: newId(),
    type: 'user.email_changed' as const,
    subjectId: user.id,
    payload,
    traceId,
  };
  await insertNotificationOf(user.tenantId, tx, user.id, event, now);
}
