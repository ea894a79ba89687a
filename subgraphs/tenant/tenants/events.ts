import type { TenantId } from '@libs/auth/tenantId';
import type { DomainEvent } from '@libs/events/catalogue';

/** The tenant was deleted; its users, resources and bookings follow. */
export const tenantDeleted = (tenantId: TenantId): DomainEvent => ({
  type: 'tenant.deleted',
  payload: { tenant_id: tenantId },
});
