import type { TenantId } from '@libs/auth/tenantId';
import { newId } from '@libs/db/ids';
import type { Tx } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import type { Context } from '../context.ts';
import { deviceOf } from '../sessions/devices.ts';
import type { SignIn } from './rules.ts';
import { insertNotificationOf } from './store.ts';

/** Call it in the transaction of the sign-in, with the user locked. */
export async function recordSignIn(
  { now, traceId, userAgent }: Context,
  tx: Tx,
  user: { tenantId: TenantId; id: string },
): Promise<void> {
  const payload: SignIn['payload'] = {
    device: userAgent ? deviceOf(userAgent) : null,
    signed_in_at: formatInstant(now),
  };
  const event = { eventId: newId(), type: 'user.signed_in' as const, subjectId: user.id, payload, traceId };
  await insertNotificationOf(user.tenantId, tx, user.id, event, now);
}
