import type { CategoryRow, ResourceRow } from '@drizzle/resource/tables';
import { requireService, requireUserOr } from '@libs/auth/caller';
import { tenantOfRow } from '@libs/auth/tenantId';
import { namedOrder, type PageArgs } from '@libs/db/keysetPages';
import { DEFAULT_BOOKING_RULES, effectiveRules, type BookingRules } from '@libs/directory/bookingRules';
import { emptyConnection, readConnection, type Connection } from '@libs/graphql/connections';
import { missing } from '@libs/graphql/missingReferences';
import type { Context } from '../context.ts';
import type { ResourceOrder } from '../generated.ts';
import { visible, visibleTenant } from '../directory/tenantVisibility.ts';
import { rulesOf } from './ownRules.ts';
import { unknownResource } from './placeholder.ts';
import type { Stats } from './stats.ts';
import {
  versionRowsOfAllTenants,
  type ResourceListFilter,
  type ResourceScope,
  type VersionRow,
} from './store.ts';

export type ResourcePage = Connection<ResourceRow>;
type ListArgs = PageArgs & { orderBy?: ResourceOrder | null | undefined };

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

/**
 * Another text whenever the resource or its category has changed. The number alone would not do: after a fail-over that lost commits, it may
 * come back.
 */
const versionText = ({ version, updatedAt, category }: VersionRow): string =>
  JSON.stringify([
    version,
    updatedAt.epochMilliseconds,
    category.updatedAt.epochMilliseconds,
    category.isActive,
  ]);

/** By id. FORBIDDEN for clients. */
export async function internalResourceVersions(
  ctx: Context,
  ids: readonly string[],
): Promise<Record<string, { version: string; bytes: number }>> {
  requireService(ctx.caller);
  const rows = await versionRowsOfAllTenants(ctx.db, ids);
  return Object.fromEntries(rows.map((row) => [row.id, { version: versionText(row), bytes: row.bytes }]));
}

/** None if the public may not see the tenant. */
export async function resources(
  ctx: Context,
  requestedTenantId: string | null | undefined,
  filter: ResourceListFilter,
  args: ListArgs,
): Promise<ResourcePage> {
  const tenantId = await visibleTenant(ctx, requestedTenantId);
  return tenantId ? pageIn(ctx, { id: tenantId, tenantId }, filter, args) : emptyConnection();
}

export function resourcesOfCategory(
  ctx: Context,
  category: CategoryRow,
  args: ListArgs,
): Promise<ResourcePage> {
  const { id } = category;
  return pageIn(ctx, { id, tenantId: tenantOfRow(category), categoryId: id }, null, args);
}

async function pageIn(
  ctx: Context,
  scope: ResourceScope,
  filter: ResourceListFilter,
  args: ListArgs,
): Promise<ResourcePage> {
  const of = scope.categoryId === undefined ? 'TENANT' : 'CATEGORY';
  const { field = 'CREATED_AT', direction = 'ASC' } = args.orderBy ?? {};
  return readConnection(
    namedOrder<ResourceRow>(`resources of ${scope.id}`, { field, direction }),
    args,
    (range) => ctx.pageOfResources(scope, { of, page: { filter, field, range } }),
    () => ctx.resourceCounts(scope, { of, filter }),
  );
}

/** UNAUTHENTICATED without a session: statistics are never public. An API key needs BOOKINGS_READ. */
export async function statsOf(ctx: Context, row: ResourceRow): Promise<Stats> {
  requireUserOr(ctx.caller, 'canReadBookings');
  return ctx.statsById.load(row.id);
}

/** If the tenant is gone, the resource's own rules; the rest are the defaults. */
export async function effectiveRulesOf(ctx: Context, row: ResourceRow): Promise<BookingRules> {
  const tenant = await ctx.tenantById.load(row.tenantId);
  return effectiveRules(tenant?.settings ?? DEFAULT_BOOKING_RULES, rulesOf(row.rules));
}
