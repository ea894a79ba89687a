/** Queries on bookings: who may see what. */
import type { BookingRow, SeriesRow } from '@drizzle/booking/tables';
import { tenantIdOf, type KnownCaller } from '@libs/auth/caller';
import { isOfCallersTenant, tenantFor, tenantOfRow, type TenantId } from '@libs/auth/tenantId';
import { isUuid } from '@libs/db/ids';
import { byId, type ListOrder, type PageArgs } from '@libs/db/keysetPages';
import { emptyConnection, readConnection, type Connection } from '@libs/graphql/connections';
import { badUserInput } from '@libs/outcome/apiErrors';
import type { UserErrorCode } from '@libs/outcome/outcome';
import {
  formatInstant,
  formatLocal,
  parseDateTime,
  toInstant,
  type DateTimeInput,
} from '@libs/time/instants';
import { Temporal } from 'temporal-polyfill';
import type { Context } from '../context.ts';
import type { BookingFilter, BookingOrder } from '../generated.ts';
import type { OverridableRule } from '../scheduling/rules.ts';
import { canChange, canRead, onlyBookingsOf, readsAsStaff, requireReader } from './access.ts';
import type { BookingListFilter, ListParent } from './lists/listStore.ts';
import { cancellationContextOf } from './cancellationWindow.ts';
import { canCancel, cancellableUntil, cancelRefusal } from './status.ts';

const ZONE_WITHOUT_TENANT = 'UTC';

export type BookingPage = Connection<BookingRow>;
export type Reference = { id: string };
export type ShownOverride = {
  rules: OverridableRule[];
  reason: string;
  by: Reference | null;
  at: Temporal.Instant;
};
export type ListArgs = PageArgs & {
  filter?: BookingFilter | null | undefined;
  orderBy?: BookingOrder | null | undefined;
};

/** Null unless the caller may read it. Throws what `requireReader` does. */
export async function booking(ctx: Context, id: string): Promise<BookingRow | null> {
  requireReader(ctx.caller);
  return bookingReference(ctx, id);
}

/** The same for an entity reference of another subgraph. */
export async function bookingReference(ctx: Context, id: string): Promise<BookingRow | null> {
  const row = await ctx.bookingById.load(id);
  return row && canRead(row, ctx.caller) ? row : null;
}

export async function bookings(
  ctx: Context,
  args: ListArgs & { tenantId?: string | null | undefined },
): Promise<BookingPage> {
  const tenantId = tenantFor(requireReader(ctx.caller), args.tenantId);
  return page(ctx, tenantId, 'TENANT', tenantId, args);
}

/** Empty for an unknown or another tenant's resource. */
export async function bookingsOfResource(ctx: Context, id: string, args: ListArgs): Promise<BookingPage> {
  const tenantId = await tenantOfParent(requireReader(ctx.caller), () =>
    ctx.directory.resourceOfAllTenants(id),
  );
  return tenantId ? page(ctx, tenantId, 'RESOURCE', id, args) : emptyConnection();
}

/** By and for the user; empty for an unknown or another tenant's user. */
export async function bookingsOfUser(ctx: Context, id: string, args: ListArgs): Promise<BookingPage> {
  const tenantId = await tenantOfParent(requireReader(ctx.caller), () =>
    ctx.directory.memberOfAllTenants(id),
  );
  return tenantId ? page(ctx, tenantId, 'USER', id, args) : emptyConnection();
}

export async function bookingsOfSeries(
  ctx: Context,
  series: SeriesRow,
  args: PageArgs,
): Promise<BookingPage> {
  requireReader(ctx.caller);
  const isTheirs = isOfCallersTenant(ctx.caller, series.tenantId);
  return isTheirs ? page(ctx, tenantOfRow(series), 'SERIES', series.id, args) : emptyConnection();
}

export async function seriesOfBooking(ctx: Context, row: BookingRow): Promise<SeriesRow | null> {
  return row.seriesId ? ctx.seriesById.load(row.seriesId) : null;
}

/** In the zone of the booking's tenant; in UTC if that does not exist. */
export async function localTimeOf(
  ctx: Context,
  row: { tenantId: string },
  instant: Temporal.Instant,
): Promise<string> {
  const tenant = await ctx.directory.tenant(tenantOfRow(row));
  return formatLocal(instant, tenant?.settings.timezone ?? ZONE_WITHOUT_TENANT);
}

export async function canCancelNow(ctx: Context, row: BookingRow): Promise<boolean> {
  const tenant = await ctx.directory.tenant(tenantOfRow(row));
  return tenant !== undefined && canCancel(row, await cancellationContextOf(ctx, row, tenant), ctx.caller);
}

/** FORBIDDEN for a caller who may only read it. */
export async function cannotCancelReason(ctx: Context, row: BookingRow): Promise<UserErrorCode | null> {
  const tenant = await ctx.directory.tenant(tenantOfRow(row));
  if (!tenant) return 'NOT_FOUND';
  if (!canChange(row, ctx.caller)) return 'USER_CANNOT_BOOK';
  return cancelRefusal(row, await cancellationContextOf(ctx, row, tenant), ctx.caller)?.code ?? null;
}

export async function cancellableUntilOf(ctx: Context, row: BookingRow): Promise<Temporal.Instant> {
  const tenant = await ctx.directory.tenant(tenantOfRow(row));
  return tenant ? cancellableUntil(row, await cancellationContextOf(ctx, row, tenant)) : row.startTime;
}

/** Everything that the booking occupies, its own resource first. */
export const bookedResources = ({ resourceId, seats, additionalResources }: BookingRow) =>
  [{ resourceId, seats }, ...(additionalResources ?? [])].map((one) => ({
    resource: { id: one.resourceId },
    seats: one.seats,
  }));

/** The time that it keeps from others: the earliest start and the latest end of all its resources. */
export function blockedTime(row: BookingRow): { start: Temporal.Instant; end: Temporal.Instant } {
  const all = [row, ...(row.additionalResources ?? [])];
  return {
    start: row.startTime.subtract({ minutes: Math.max(...all.map(({ bufferBefore }) => bufferBefore)) }),
    end: row.endTime.add({ minutes: Math.max(...all.map(({ bufferAfter }) => bufferAfter)) }),
  };
}

/** For staff. */
export function overrideShown(ctx: Context, row: BookingRow): ShownOverride | null {
  if (!row.override || !readsAsStaff(row, ctx.caller)) return null;
  const { rules, reason, by, at } = row.override;
  return {
    rules: rules as OverridableRule[],
    reason,
    by: by === null ? null : { id: by },
    at: Temporal.Instant.from(at),
  };
}

/** The caller's own tenant; for a platform administrator, the parent's. */
async function tenantOfParent(
  caller: KnownCaller,
  find: () => Promise<{ tenant: { id: TenantId } } | undefined>,
): Promise<TenantId | undefined> {
  return tenantIdOf(caller) ?? (await find())?.tenant.id;
}

const byStart = (list: string, isDescending: boolean): ListOrder<BookingRow> => ({
  list,
  isDescending,
  keyOf: (row) => [formatInstant(row.startTime), row.id],
  isKey: ([start = '', id = '', ...rest]) =>
    rest.length === 0 && parseDateTime(start) instanceof Temporal.Instant && isUuid(id),
});

async function page(
  ctx: Context,
  tenantId: TenantId,
  of: ListParent,
  parentId: string,
  args: ListArgs,
): Promise<BookingPage> {
  const list = {
    of,
    onlyOf: onlyBookingsOf(ctx.caller),
    filter: await filterOf(ctx, tenantId, args.filter),
  };
  const parent = { id: parentId };
  const { field = 'START_TIME', direction } = args.orderBy ?? {};
  // A cursor is valid only for the list of its parent.
  const name = `bookings ${tenantId} ${of} ${parentId}`;
  const isDescending = direction === 'DESC';
  return readConnection(
    field === 'START_TIME'
      ? byStart(name, isDescending)
      : byId<BookingRow>(`${name} by creation`, isDescending),
    args,
    (range) => ctx.pageOfBookings(parent, { tenantId, list, page: { field, range } }),
    () => ctx.countOfBookings(parent, { tenantId, list }),
  );
}

/** Converts wall-clock times in the tenant's zone. Throws BAD_USER_INPUT for an empty window. */
async function filterOf(
  ctx: Context,
  tenantId: TenantId,
  filter: BookingFilter | null | undefined,
): Promise<BookingListFilter> {
  if (!filter) return {};
  const instantOf = async (time: DateTimeInput | null | undefined) => {
    if (time == null || time instanceof Temporal.Instant) return time;
    return toInstant(time, (await ctx.directory.tenant(tenantId))?.settings.timezone ?? ZONE_WITHOUT_TENANT);
  };
  const [from, to] = await Promise.all([instantOf(filter.from), instantOf(filter.to)]);
  if (from && to && Temporal.Instant.compare(from, to) >= 0) throw badUserInput('booking.windowReversed');
  const { categoryId, ...rest } = filter;
  const resourceIds =
    categoryId == null ? undefined : await ctx.directory.resourcesOfCategory(tenantId, categoryId);
  return { ...rest, from, to, ...(resourceIds && { resourceIds }) };
}
