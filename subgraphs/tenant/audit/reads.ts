/** Queries on the audit trail. */
import type { AuditEntryRow } from '@drizzle/tenant/tables';
import { requirePermission, requireService, tenantIdOf } from '@libs/auth/caller';
import { tenantFor, type TenantId } from '@libs/auth/tenantId';
import { isUuid } from '@libs/db/ids';
import { MAX_PAGE_SIZE, type ListOrder, type PageArgs } from '@libs/db/keysetPages';
import { DEFAULT_SETTINGS } from '@libs/directory/defaultSettings';
import { EVENT_TYPES } from '@libs/events/catalogue';
import { emptyConnection, readConnection, type Connection } from '@libs/graphql/connections';
import { formatInstant, parseDateTime, toInstant } from '@libs/time/instants';
import { Temporal } from 'temporal-polyfill';
import type { Context } from '../context.ts';
import type { AuditFilter } from '../generated.ts';
import { zoneOfTenant } from '../tenants/reads.ts';
import { listEntries, type AuditListFilter } from './store.ts';

export type AuditPage = Omit<Connection<AuditEntryRow>, 'totalCount'>;

const isTimeKey = ([time = '', id = '', ...rest]: readonly string[]): boolean =>
  rest.length === 0 && parseDateTime(time) instanceof Temporal.Instant && isUuid(id);

const byTime = (tenantId: TenantId): ListOrder<AuditEntryRow> => ({
  list: `audit trail of ${tenantId}`,
  keyOf: (row) => [formatInstant(row.occurredAt), row.id],
  isKey: isTimeKey,
  isDescending: true,
});

/** By version first: of two changes at the same moment, the later one may have begun earlier. */
const byVersion = (subjectId: string): ListOrder<AuditEntryRow> => ({
  list: `history of ${subjectId}`,
  keyOf: (row) => [String(row.subjectVersion), formatInstant(row.occurredAt), row.id],
  isKey: ([version = '', ...rest]) => /^(0|[1-9]\d{0,9})$/.test(version) && isTimeKey(rest),
  isDescending: true,
});

const withoutCount = ({ edges, nodes, pageInfo }: Connection<AuditEntryRow>): AuditPage => ({
  edges,
  nodes,
  pageInfo,
});

/** Local times are of the tenant's zone; that of a deleted tenant is not known any more. */
async function listFilter(
  ctx: Context,
  tenantId: TenantId,
  { subjectId, actorId, action, from, to }: AuditFilter,
): Promise<AuditListFilter> {
  const isLocal = [from, to].some((time) => time instanceof Temporal.PlainDateTime);
  const zone = isLocal ? await zoneOfTenant(ctx.db, tenantId) : DEFAULT_SETTINGS.timezone;
  return {
    subjectId: subjectId ?? undefined,
    actorId: actorId ?? undefined,
    // With an actor, the index has the action before the time.
    actions: action || actorId ? EVENT_TYPES.filter((type) => type.startsWith(action ?? '')) : undefined,
    from: from == null ? undefined : toInstant(from, zone),
    to: to == null ? undefined : toInstant(to, zone),
  };
}

/** Requires an administrator of the tenant, or an API key with REPORTS_READ. Empty for a tenant that never was. */
export async function auditTrail(
  ctx: Context,
  {
    tenantId: requestedId,
    filter,
    ...args
  }: PageArgs & { tenantId?: string | null; filter?: AuditFilter | null },
): Promise<AuditPage> {
  requirePermission(ctx.caller, 'canReadAuditTrail');
  const tenantId = tenantFor(ctx.caller, requestedId);
  const list = await listFilter(ctx, tenantId, filter ?? {});
  const order = list.subjectId === undefined ? byTime(tenantId) : byVersion(list.subjectId);
  const isNothing = list.actions?.length === 0;
  return withoutCount(
    await readConnection(
      order,
      args,
      async (range) => (isNothing ? [] : listEntries(tenantId, ctx.db, list, range)),
      emptyConnection().totalCount,
    ),
  );
}

/** Entries about a booking that the caller has seen in the booking subgraph. Requires canReadBookings; empty for bookings of other tenants. */
export async function historyOf(ctx: Context, booking: { id: string }, args: PageArgs): Promise<AuditPage> {
  requirePermission(ctx.caller, 'canReadBookings');
  const tenantId = tenantIdOf(ctx.caller);
  return withoutCount(
    await readConnection(
      byVersion(booking.id),
      args,
      (range) => ctx.historyOfSubject(booking, { tenantId, range }),
      emptyConnection().totalCount,
    ),
  );
}

/** A page of JSON for the user subgraph. FORBIDDEN for clients. */
export async function internalAuditOfPerson(
  ctx: Context,
  { userId, after, ...args }: { tenantId: string; userId: string; after?: string | null },
): Promise<Record<string, unknown>> {
  requireService(ctx.caller);
  const tenantId = tenantFor(ctx.caller, args.tenantId);
  const filter = { actorId: userId, actions: EVENT_TYPES };
  const { nodes, pageInfo } = await readConnection(
    byTime(tenantId),
    { first: MAX_PAGE_SIZE, after },
    (range) => listEntries(tenantId, ctx.db, filter, range),
    emptyConnection().totalCount,
  );
  const items = nodes.map(({ occurredAt, action, subjectId, changes }) => ({
    occurredAt: formatInstant(occurredAt),
    action,
    subjectId,
    changes,
  }));
  return { items, next: pageInfo.hasNextPage ? pageInfo.endCursor : null };
}
