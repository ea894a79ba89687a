import type { ResourceRow } from '@drizzle/resource/tables';
import type { DomainEvent } from '@libs/events/catalogue';

export const resourceDeleted = ({ id, tenantId }: ResourceRow): DomainEvent<'resource.deleted'> => ({
  type: 'resource.deleted',
  payload: { resource_id: id, tenant_id: tenantId },
});
