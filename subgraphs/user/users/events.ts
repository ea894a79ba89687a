import type { TenantId } from '@libs/auth/tenantId';
import type { DomainEvent } from '@libs/events/catalogue';

export const userDeleted = (tenantId: TenantId, userId: string): DomainEvent => ({
  type: 'user.deleted',
  payload: { user_id: userId, tenant_id: tenantId },
});
