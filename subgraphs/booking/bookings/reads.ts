/** Queries on bookings: who may see what. */
import type { BookingRow, SeriesRow } from '@drizzle/booking/tables';
import { requireSession, type SignedInCaller } from '@libs/auth/caller';
import { isOfCallersTenant, tenantFor, tenantOfRow, type TenantId } from '@libs/auth/tenantId';
import { isUuid } from '@libs/db/ids';
import { decodeCursor, pageOf, rowsToRead, type ListOrder, type PageArgs } from '@libs/db/keysetPages';
import { connection, pageArgs, type Connection } from '@libs/graphql/connections';
import { badUserInput } from '@libs/outcome/apiErrors';
import {
  formatInstant,
  formatLocal,
  parseDateTime,
  toInstant,
  type DateTimeInput,
} from '@libs/time/instants';
import { Temporal } from 'temporal-polyfill';
import type { Context } from '../context.ts';
import type { BookingFilter } from '../generated.ts';
import { canRead, onlyBookingsOf } from './access.ts';
import type { BookingListFilter, ListParent } from './lists/listStore.ts';
import { canCancel } from './status.ts';

/** The zone of a tenant that does not exist (any more). */
const ZONE_WITHOUT_TENANT = 'UTC';

export type BookingPage = Connection<BookingRow>;
/** An entity of another subgraph, known here only by its id. */
export type Reference = { id: string };
export type ListArgs = PageArgs & { filter?: BookingFilter | null | undefined };

/** The booking, if the caller may read it. UNAUTHENTICATED without a session. */
export async function booking(ctx: Context, id: string): Promise<BookingRow | null> {
  requireSession(ctx.caller);
  return bookingReference(ctx, id);
}

/** The booking as an entity that another subgraph refers to, under the same rules. */
export async function bookingReference(ctx: Context, id: string): Promise<BookingRow | null> {
  const row = await ctx.bookingById.load(id);
  return row && canRead(row, ctx.caller) ? row : null;
}

/** The tenant's bookings that the caller may read. */
export async function bookings(
  ctx: Context,
  args: ListArgs & { tenantId?: string | null | undefined },
): Promise<BookingPage> {
  const tenantId = tenantFor(requireSession(ctx.caller), args.tenantId);
  return page(ctx, tenantId, 'TENANT', tenantId, args);
}

/** A resource's bookings; none for an unknown or another tenant's resource. */
export async function bookingsOfResource(ctx: Context, id: string, args: ListArgs): Promise<BookingPage> {
  const tenantId = await tenantOfParent(requireSession(ctx.caller), () =>
    ctx.directory.resourceOfAllTenants(id),
  );
  return tenantId ? page(ctx, tenantId, 'RESOURCE', id, args) : NO_BOOKINGS;
}

/** The bookings made by or for a user; none for an unknown or another tenant's user. */
export async function bookingsOfUser(ctx: Context, id: string, args: ListArgs): Promise<BookingPage> {
  const tenantId = await tenantOfParent(requireSession(ctx.caller), () =>
    ctx.directory.memberOfAllTenants(id),
  );
  return tenantId ? page(ctx, tenantId, 'USER', id, args) : NO_BOOKINGS;
}

export async function bookingsOfSeries(
  ctx: Context,
  series: SeriesRow,
  args: PageArgs,
): Promise<BookingPage> {
  requireSession(ctx.caller);
  const isTheirs = isOfCallersTenant(ctx.caller, series.tenantId);
  return isTheirs ? page(ctx, tenantOfRow(series), 'SERIES', series.id, args) : NO_BOOKINGS;
}

export async function seriesOfBooking(ctx: Context, row: BookingRow): Promise<SeriesRow | null> {
  return row.seriesId ? ctx.seriesById.load(row.seriesId) : null;
}

/** The time in the zone of the booking's tenant; in UTC if the tenant does not exist. */
export async function localTimeOf(
  ctx: Context,
  row: { tenantId: string },
  instant: Temporal.Instant,
): Promise<string> {
  const tenant = await ctx.directory.tenant(tenantOfRow(row));
  return formatLocal(instant, tenant?.settings.timezone ?? ZONE_WITHOUT_TENANT);
}

/** Whether the caller could cancel the booking now; false if its tenant does not exist. */
export async function canCancelNow(ctx: Context, row: BookingRow): Promise<boolean> {
  const tenant = await ctx.directory.tenant(tenantOfRow(row));
  return tenant !== undefined && canCancel(row, { now: ctx.now, rules: tenant.settings }, ctx.caller);
}

/** A user's own tenant; for a platform administrator, the parent's. */
async function tenantOfParent(
  caller: SignedInCaller,
  find: () => Promise<{ tenant: { id: TenantId } } | undefined>,
): Promise<TenantId | undefined> {
  return caller.kind === 'user' ? caller.tenantId : (await find())?.tenant.id;
}

const NO_BOOKINGS: BookingPage = connection(
  { rows: [], hasNextPage: false, hasPreviousPage: false, cursorOf: () => '' },
  async () => 0,
);

/** By start, then id; a cursor is valid only for the list of its own parent. */
const byStart = (tenantId: TenantId, of: ListParent, parentId: string): ListOrder<BookingRow> => ({
  list: `bookings ${tenantId} ${of} ${parentId}`,
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
  const { first, after } = pageArgs(args);
  const order = byStart(tenantId, of, parentId);
  const [start, id] = decodeCursor(order, after) ?? [];
  const list = {
    of,
    onlyOf: onlyBookingsOf(ctx.caller),
    filter: await filterOf(ctx, tenantId, args.filter),
  };
  const parent = { id: parentId };
  const last = start && id ? { startTime: Temporal.Instant.from(start), id } : undefined;
  const rows = await ctx.pageOfBookings(parent, {
    tenantId,
    list,
    page: { after: last, limit: rowsToRead(first) },
  });
  return connection(pageOf(order, rows, { first, after }), () =>
    ctx.countOfBookings(parent, { tenantId, list }),
  );
}

/** Converts the filter's times to instants, in the tenant's zone. BAD_USER_INPUT if it does not end after its start. */
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
  return { ...filter, from, to };
}
