import type { TenantId } from '@libs/auth/tenantId';
import type { DomainEvent } from '@libs/events/catalogue';

export const tenantDeleted = (tenantId: TenantId): DomainEvent => ({
  type: 'tenant.deleted',
  payload: { tenant_id: tenantId },
});
