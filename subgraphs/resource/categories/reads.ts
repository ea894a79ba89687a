import type { CategoryRow, ResourceRow } from '@drizzle/resource/tables';
import { byId, type PageArgs } from '@libs/db/keysetPages';
import { emptyConnection, readConnection, type Connection } from '@libs/graphql/connections';
import { missing } from '@libs/graphql/missingReferences';
import type { Context } from '../context.ts';
import { visible, visibleTenant } from '../directory/tenantVisibility.ts';
import { unknownCategory } from './placeholder.ts';
import { countCategories, listCategories } from './store.ts';

export type CategoryPage = Connection<CategoryRow>;

/** The category, active or not, if the caller may see it. Public if the tenant is active. */
export async function category(ctx: Context, id: string): Promise<CategoryRow | null> {
  const row = await ctx.categoryById.load(id);
  return row?.deletedAt ? null : visible(ctx, row);
}

/** A category referred to by another subgraph; also a deleted one with a session. Else a placeholder. */
export async function categoryReference(ctx: Context, id: string): Promise<CategoryRow | null> {
  const row = await (ctx.caller.kind === 'anonymous'
    ? category(ctx, id)
    : visible(ctx, await ctx.categoryById.load(id)));
  return row || ctx.caller.kind === 'service' ? row : placeholder(ctx, id);
}

/** Also a deleted category; a placeholder for a placeholder. */
export async function categoryOf(ctx: Context, { categoryId }: ResourceRow): Promise<CategoryRow> {
  return (await ctx.categoryById.load(categoryId)) ?? placeholder(ctx, categoryId);
}

const placeholder = async (ctx: Context, id: string): Promise<CategoryRow> =>
  unknownCategory(await missing(ctx, 'ResourceCategory', id, 'category.unknownName'));

/** None if the public may not see the tenant. */
export async function categories(
  ctx: Context,
  requestedTenantId: string | null | undefined,
  args: PageArgs,
): Promise<CategoryPage> {
  const tenantId = await visibleTenant(ctx, requestedTenantId);
  if (!tenantId) return emptyConnection();
  return readConnection(
    byId<CategoryRow>(`categories of ${tenantId}`),
    args,
    (range) => listCategories(tenantId, ctx.db, range),
    () => countCategories(tenantId, ctx.db),
  );
}
