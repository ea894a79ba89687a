/** The facts that users announce. */
import type { TenantId } from '@libs/auth/tenantId';
import type { Fact } from '@libs/events/catalogue';

/** The user is gone; their bookings are cancelled. */
export const userDeleted = (tenantId: TenantId, userId: string): Fact => ({
  type: 'user.deleted',
  payload: { user_id: userId, tenant_id: tenantId },
});
