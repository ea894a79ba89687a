/** The facts that tenants announce. */
import type { Fact } from '@libs/events/catalogue';
import type { TenantId } from '@libs/auth/tenantId';
import type { Context } from '../context.ts';

/** The tenant is gone; users, resources and bookings follow. */
export function tenantDeleted(ctx: Context, tenantId: TenantId): Fact {
  return {
    type: 'tenant.deleted',
    tenantId,
    occurredAt: ctx.now,
    traceId: ctx.traceId,
    payload: { tenant_id: tenantId },
  };
}
