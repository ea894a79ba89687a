import type { TenantId } from '@libs/auth/tenantId';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { Directory } from '../directory/bookingDirectory.ts';
import type { ClosureValues } from './rules.ts';

/** Ids in a message. */
const MAX_SHOWN_IDS = 5;

/** NOT_FOUND for resources that are deleted, and for resources and categories that do not exist, or that are another tenant's. */
export async function referenceRefusals(
  directory: Directory,
  tenantId: TenantId,
  { resourceIds, categoryIds }: Pick<ClosureValues, 'resourceIds' | 'categoryIds'>,
  path: string[],
): Promise<Refusal[]> {
  const [resources, categories] = await Promise.all([
    missingOf(resourceIds, async (id) => {
      const resource = await directory.resource(tenantId, id);
      return resource?.isDeleted ? undefined : resource;
    }),
    missingOf(categoryIds, (id) => directory.category(tenantId, id)),
  ]);
  const shown = (ids: string[]) => ({ ids: ids.slice(0, MAX_SHOWN_IDS).join(', ') });
  const refusals: Refusal[] = [];
  if (resources.length > 0) {
    const field = [...path, 'resourceIds'];
    refusals.push(refusal('NOT_FOUND', 'closure.resourcesNotFound', field, shown(resources)));
  }
  if (categories.length > 0) {
    const field = [...path, 'categoryIds'];
    refusals.push(refusal('NOT_FOUND', 'closure.categoriesNotFound', field, shown(categories)));
  }
  return refusals;
}

async function missingOf(
  ids: readonly string[] | null,
  find: (id: string) => Promise<unknown>,
): Promise<string[]> {
  const all = ids ?? [];
  const found = await Promise.all(all.map(find));
  return all.filter((_, index) => found[index] === undefined);
}
