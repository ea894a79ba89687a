/** The facts that resources announce. */
import type { ResourceRow } from '@drizzle/resource/tables';
import type { Fact } from '@libs/events/catalogue';

/** The resource is gone; its bookings follow. */
export const resourceDeleted = ({ id, tenantId }: ResourceRow): Fact<'resource.deleted'> => ({
  type: 'resource.deleted',
  payload: { resource_id: id, tenant_id: tenantId },
});
