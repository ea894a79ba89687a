import type { CategoryRow, ResourceRow } from '@drizzle/resource/tables';
import { requireSession } from '@libs/auth/caller';
import { tenantOfRow } from '@libs/auth/tenantId';
import { decodeCursor, pageOf, rowsToRead, type PageArgs } from '@libs/db/keysetPages';
import { connection, pageArgs, type Connection } from '@libs/graphql/connections';
import { missing } from '@libs/graphql/missingReferences';
import type { Context } from '../context.ts';
import { visible, visibleTenant } from '../directory/tenantVisibility.ts';
import { byCreation, emptyPage } from '../listPages.ts';
import { unknownResource } from './placeholder.ts';
import type { Stats } from './stats.ts';
import type { ResourceListFilter, ResourceScope } from './store.ts';

export type ResourcePage = Connection<ResourceRow>;

/** The resource, active or not, if the caller may see it. Public if the tenant is active. */
export async function resource(ctx: Context, id: string): Promise<ResourceRow | null> {
  const row = await ctx.resourceById.load(id);
  return row?.deletedAt ? null : visible(ctx, row);
}

/** A resource referred to by another subgraph; also a deleted one with a session. Else a placeholder. */
export async function resourceReference(ctx: Context, id: string): Promise<ResourceRow | null> {
  const row = await (ctx.caller.kind === 'anonymous'
    ? resource(ctx, id)
    : visible(ctx, await ctx.resourceById.load(id)));
  return row || ctx.caller.kind === 'service'
    ? row
    : unknownResource(await missing(ctx, 'Resource', id, 'resource.unknownName'));
}

/** None if the public may not see the tenant. */
export async function resources(
  ctx: Context,
  requestedTenantId: string | null | undefined,
  filter: ResourceListFilter,
  args: PageArgs,
): Promise<ResourcePage> {
  const tenantId = await visibleTenant(ctx, requestedTenantId);
  return tenantId ? pageIn(ctx, { id: tenantId, tenantId }, filter, args) : emptyPage(args);
}

export function resourcesOfCategory(
  ctx: Context,
  category: CategoryRow,
  args: PageArgs,
): Promise<ResourcePage> {
  const { id } = category;
  return pageIn(ctx, { id, tenantId: tenantOfRow(category), categoryId: id }, null, args);
}

async function pageIn(
  ctx: Context,
  scope: ResourceScope,
  filter: ResourceListFilter,
  args: PageArgs,
): Promise<ResourcePage> {
  const { first, after } = pageArgs(args);
  const order = byCreation<ResourceRow>(`resources of ${scope.id}`);
  const page = { filter, afterId: decodeCursor(order, after)?.[0], limit: rowsToRead(first) };
  const of = scope.categoryId === undefined ? 'TENANT' : 'CATEGORY';
  const rows = await ctx.pageOfResources(scope, { of, page });
  return connection(pageOf(order, rows, { first, after }), () => ctx.resourceCounts(scope, { of, filter }));
}

/** UNAUTHENTICATED without a session: statistics are never public. */
export async function statsOf(ctx: Context, row: ResourceRow): Promise<Stats> {
  requireSession(ctx.caller);
  return ctx.statsById.load(row.id);
}
