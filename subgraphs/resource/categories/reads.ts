/** Queries on categories. */
import type { CategoryRow, ResourceRow } from '@drizzle/resource/tables';
import { decodeCursor, pageOf, rowsToRead, type PageArgs } from '@libs/db/keysetPages';
import { connection, pageArgs, type Connection } from '@libs/graphql/connections';
import { missing } from '@libs/graphql/missingReferences';
import type { Context } from '../context.ts';
import { visible, visibleTenant } from '../directory/tenantVisibility.ts';
import { byCreation, emptyPage } from '../listPages.ts';
import { unknownCategory } from './placeholder.ts';
import { countCategories, listCategories } from './store.ts';

export type CategoryPage = Connection<CategoryRow>;

/** The category, active or not, if the caller may see it. Public if the tenant is active. */
export async function category(ctx: Context, id: string): Promise<CategoryRow | null> {
  const row = await ctx.categoryById.load(id);
  return row?.deletedAt ? null : visible(ctx, row);
}

/** The category that another subgraph refers to: by the same rules, deleted ones only with a session; else a placeholder. */
export async function categoryReference(ctx: Context, id: string): Promise<CategoryRow | null> {
  const row = await (ctx.caller.kind === 'anonymous'
    ? category(ctx, id)
    : visible(ctx, await ctx.categoryById.load(id)));
  return row || ctx.caller.kind === 'service' ? row : placeholder(ctx, id);
}

/** The category of a resource that the caller may see, also deleted; a placeholder for a placeholder. */
export async function categoryOf(ctx: Context, { categoryId }: ResourceRow): Promise<CategoryRow> {
  return (await ctx.categoryById.load(categoryId)) ?? placeholder(ctx, categoryId);
}

const placeholder = async (ctx: Context, id: string): Promise<CategoryRow> =>
  unknownCategory(await missing(ctx, 'ResourceCategory', id, 'category.unknownName'));

/** The tenant's categories; none if the public may not see them. */
export async function categories(
  ctx: Context,
  requestedTenantId: string | null | undefined,
  args: PageArgs,
): Promise<CategoryPage> {
  const tenantId = await visibleTenant(ctx, requestedTenantId);
  if (!tenantId) return emptyPage(args);
  const { first, after } = pageArgs(args);
  const order = byCreation<CategoryRow>(`categories of ${tenantId}`);
  const rows = await listCategories(tenantId, ctx.db, decodeCursor(order, after)?.[0], rowsToRead(first));
  return connection(pageOf(order, rows, { first, after }), () => countCategories(tenantId, ctx.db));
}
