/** The resources of categories, from the resource subgraph. */
import type { TenantId } from '@libs/auth/tenantId';
import type { SubgraphClient } from '@libs/directory/subgraphClient';
import { badUserInput } from '@libs/outcome/apiErrors';
import { z } from 'zod';

/** Resources of a category, in one request; a list of bookings by a larger one would be slow. */
const MAX_CATEGORY_RESOURCES = 1_000;
const PAGE_SIZE = 100;

const categorySchema = z.object({
  id: z.uuid(),
  tenant: z.object({ id: z.uuid().transform((id) => id as TenantId) }),
  resources: z.object({
    nodes: z.array(z.object({ id: z.uuid() })),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  }),
});
type CategoryPage = z.output<typeof categorySchema>;

/** Without deleted resources. */
export type CategoryResources = { tenant: { id: TenantId }; resourceIds: string[] };

/** The cursor is the resource subgraph's own, in base64url: it needs no escapes. */
const fieldsAfter = (cursor: string | null): string => `{
  id tenant { id }
  resources(first: ${PAGE_SIZE}, after: ${JSON.stringify(cursor)}) { nodes { id } pageInfo { hasNextPage endCursor } }
}`;

/** The first page of all categories in one query, the rest of large ones one by one. undefined: unknown. Throws BAD_USER_INPUT for too many. */
export async function loadCategoryResources(
  client: SubgraphClient,
  ids: readonly string[],
): Promise<(CategoryResources | undefined)[]> {
  const load = async (some: readonly string[], cursor: string | null) =>
    (await client.entities<unknown>('ResourceCategory', fieldsAfter(cursor), some)).map((one) =>
      one === null ? undefined : categorySchema.parse(one),
    );
  const rest = async (page: CategoryPage): Promise<CategoryResources> => {
    const resourceIds = page.resources.nodes.map(({ id }) => id);
    let last: CategoryPage | undefined = page;
    while (last?.resources.pageInfo.hasNextPage) {
      if (resourceIds.length >= MAX_CATEGORY_RESOURCES) {
        throw badUserInput('booking.categoryTooLarge', { max: MAX_CATEGORY_RESOURCES });
      }
      [last] = await load([page.id], last.resources.pageInfo.endCursor);
      resourceIds.push(...(last?.resources.nodes ?? []).map(({ id }) => id));
    }
    return { tenant: page.tenant, resourceIds };
  };
  const first = await load(ids, null);
  return Promise.all(first.map(async (page) => (page ? rest(page) : undefined)));
}
