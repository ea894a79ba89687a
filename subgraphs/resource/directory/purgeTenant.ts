import type { ReactionContext } from '@libs/events/reactions';
import { removeCategories } from '../categories/store.ts';
import { removeResources } from '../resources/store.ts';
import { markTenantDeleted } from './store.ts';

/** Deletes everything of a deleted tenant, and blocks new rows. */
export async function purgeTenant({ tx, event, now, log }: ReactionContext<'tenant.deleted'>): Promise<void> {
  const { tenantId } = event;
  await markTenantDeleted(tenantId, tx, now);
  const resources = await removeResources(tenantId, tx);
  const categories = await removeCategories(tenantId, tx);
  log.info({ tenantId, resources, categories }, 'tenant purged');
}
