/** Queries on closures: public for active tenants. */
import type { ClosureRow } from '@drizzle/booking/tables';
import { publicTenantFor, type TenantId } from '@libs/auth/tenantId';
import { isUuid } from '@libs/db/ids';
import type { Queryable } from '@libs/db/inTransaction';
import type { ListOrder, PageArgs } from '@libs/db/keysetPages';
import { emptyConnection, readConnection, type Connection } from '@libs/graphql/connections';
import { badUserInput } from '@libs/outcome/apiErrors';
import { dateAt, parseLocalDate } from '@libs/time/days';
import { Temporal } from 'temporal-polyfill';
import type { Context } from '../context.ts';
import type { ClosureFilter } from '../generated.ts';
import type { DayOfSlots } from '../availability/slotLoader.ts';
import { closedSpans, type ClosureTimes } from '../scheduling/closures.ts';
import { appliesTo, type ResourceOfCategory } from './rules.ts';
import {
  closureVersionsOfAllTenants,
  countClosures,
  findClosures,
  listClosures,
  valuesOfRow,
  type ClosureQuery,
  type TenantDates,
} from './store.ts';

export type ClosurePage = Connection<ClosureRow>;

export const timesOf = (row: ClosureRow): ClosureTimes => {
  const { from, to, startTime, endTime } = valuesOfRow(row);
  return { from, to, startTime, endTime };
};

/** For each resource, the closures that apply to it and may overlap the time. One statement. */
export async function closuresFor(
  tenantId: TenantId,
  db: Queryable,
  query: {
    resources: readonly ResourceOfCategory[];
    from: Temporal.Instant;
    to: Temporal.Instant;
    zone: string;
  },
): Promise<ClosureTimes[][]> {
  const { resources, zone } = query;
  if (resources.length === 0) return [];
  const [from, to] = [dateAt(query.from, zone), dateAt(query.to, zone)];
  const rows = await findClosures(tenantId, db, { resources, dates: [{ from, to }] });
  return resources.map((resource) => rows.filter((row) => appliesTo(row, resource)).map(timesOf));
}

/** For each request, in order, text that changes whenever the tenant's closures on any of its dates do. Callers check access first. */
export const closureSignatures = (db: Queryable, requests: readonly TenantDates[]): Promise<string[]> =>
  closureVersionsOfAllTenants(db, requests);

const byDate = (list: string): ListOrder<ClosureRow> => ({
  list,
  keyOf: (row) => [row.fromDate, row.id],
  isKey: ([date = '', id = '', ...rest]) =>
    rest.length === 0 && parseLocalDate(date) !== undefined && isUuid(id),
});

/** None if the public may not see the tenant. Throws BAD_USER_INPUT for reversed dates. */
export async function closures(
  ctx: Context,
  {
    tenantId: requestedId,
    filter,
    ...page
  }: PageArgs & { tenantId?: string | null | undefined; filter?: ClosureFilter | null | undefined },
): Promise<ClosurePage> {
  const tenantId = publicTenantFor(ctx.caller, requestedId);
  const { from, to } = filter ?? {};
  if (from && to && Temporal.PlainDate.compare(from, to) > 0) throw badUserInput('shared.datesReversed');
  if (ctx.caller.kind === 'anonymous' && !(await ctx.directory.tenant(tenantId))?.isActive) {
    return emptyConnection();
  }
  const query: ClosureQuery = { from, to };
  if (filter?.resourceId != null) {
    const resource = await ctx.directory.resource(tenantId, filter.resourceId);
    if (!resource || resource.isDeleted) return emptyConnection();
    query.resources = [resource];
  }
  return readConnection(
    byDate(`closures of ${tenantId}`),
    page,
    (range) => listClosures(tenantId, ctx.db, query, range),
    () => countClosures(tenantId, ctx.db, query),
  );
}

/** The closures of a resource on the dates from `from` to `to` (inclusive), by date. */
export function closuresOfResource(
  ctx: Pick<Context, 'closures'>,
  resource: ResourceOfCategory & { tenant: { id: TenantId } },
  from: Temporal.PlainDate,
  to: Temporal.PlainDate,
): Promise<ClosureRow[]> {
  return ctx.closures.load({ resource, from: from.toString(), to: to.toString() });
}

export type AvailableDay = DayOfSlots & { resourceId: string };

/** Those that cover any part of the day; hours that the clock skips cover none. */
export async function closuresOfDay(
  ctx: Context,
  { date, timezone, resourceId }: AvailableDay,
): Promise<ClosureRow[]> {
  const resource = await ctx.directory.resourceOfAllTenants(resourceId);
  if (!resource) return [];
  const rows = await closuresOfResource(ctx, resource, date, date);
  return rows.filter((row) => closedSpans([timesOf(row)], { first: date, last: date }, timezone).length > 0);
}
