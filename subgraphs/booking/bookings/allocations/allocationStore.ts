/** SQL of allocations: what keeps others out of a resource (docs/decisions/0029-allocations.md). */
import type { TenantId } from '@libs/auth/tenantId';
import { instantOfText } from '@libs/db/columns';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import type { ConflictingBooking, ConflictingHold } from '@libs/outcome/outcome';
import { formatInstant } from '@libs/time/instants';
import type { Span } from '@libs/time/spans';
import type postgres from 'postgres';
import type { Temporal } from 'temporal-polyfill';
import { formatSeats, lowestOf, parseSeats, type TakenSeats } from '../../scheduling/seats.ts';
import type { AllocationOwner, NewAllocation } from './demands.ts';

/** Violated if two writers are given the same seat, or one session overlaps another. */
export const NO_OVERLAP = ['allocations_no_overlap', 'allocations_one_session'];

/** Bookings in an answer, and as many holds. */
export const MAX_CONFLICTS = 100;

/** `spans` include the buffers. */
export type AllocationQuery = {
  resourceId: string;
  spans: readonly Span[];
  now: Temporal.Instant;
  /** Bookings whose own allocations are not in the way. */
  except?: readonly string[];
};

export type InTheWay = {
  /** By start. */
  bookings: (ConflictingBooking & { occupied: Span })[];
  holds: (Omit<ConflictingHold, 'isMine'> & { occupied: Span; createdBy: string | null })[];
  taken: TakenSeats[];
  /** Whether there are expired holds, which are in nobody's way but must be ended before others can be allocated. */
  hasExpired: boolean;
};

type RawTaken = {
  start: number;
  end: number;
  seats: string;
  session: string | null;
  expiresAt: string | null;
};

const textsOf = (spans: readonly Span[]): [starts: string[], ends: string[]] => [
  spans.map(({ start }) => formatInstant(start)),
  spans.map(({ end }) => formatInstant(end)),
];

const takenOf = ({ start, end, seats, session }: RawTaken): TakenSeats => ({
  start: Math.round(start),
  end: Math.round(end),
  seats: parseSeats(seats),
  session,
});

/** At most this many rows, of which one may be too many. */
const MAX_IN_THE_WAY = 2 * MAX_CONFLICTS + 1;

/**
 * The rows of each span by itself, at most `maxOfEach`. In a join, Postgres might read all that was ever allocated of the resource rather
 * than search the index for each span: what it then costs grows with the years. The spans are in subqueries so that Postgres keeps the plan
 * (decision 51).
 */
function matching(
  { sql }: Queryable,
  tenantId: TenantId,
  { resourceId, spans, except = [] }: AllocationQuery,
  maxOfEach: number | null = null,
) {
  const [starts, ends] = textsOf(spans);
  return sql`
    from unnest((select ${starts}::text[]), (select ${ends}::text[])) as requested(start_text, end_text)
    cross join lateral (
      select * from allocations
      where resource_id = ${resourceId}::uuid and tenant_id = ${tenantId}::uuid
        and occupied && tstzrange(start_text::timestamptz, end_text::timestamptz, '[)')
        and (booking_id is null or booking_id <> all(${[...except]}::uuid[]))
      ${maxOfEach === null ? sql`offset 0` : sql`order by start_time, booking_id, hold_id limit ${maxOfEach}`}
    ) as allocation`;
}

/**
 * The bookings and holds that overlap `spans`: the first of all; with `isComplete` all of them; with `isForEach` the first of each span.
 */
export async function findInTheWay(
  tenantId: TenantId,
  db: Queryable,
  query: AllocationQuery,
  { isComplete = false, isForEach = false } = {},
): Promise<InTheWay> {
  const isLimited = !isComplete && !isForEach;
  const rows = await db.sql<
    (RawTaken & {
      bookingId: string | null;
      createdBy: string | null;
      startTime: string;
      endTime: string;
      isExpired: boolean;
    })[]
  >`
    select distinct on (start_time, booking_id, hold_id)
      booking_id as "bookingId", start_time as "startTime", end_time as "endTime", expires_at as "expiresAt",
      (select created_by from holds where holds.id = hold_id) as "createdBy",
      coalesce(expires_at <= ${formatInstant(query.now)}::timestamptz, false) as "isExpired",
      extract(epoch from lower(occupied))::float8 * 1000 as start, extract(epoch from upper(occupied))::float8 * 1000 as end,
      seats::text as seats, session
    ${matching(db, tenantId, query, isForEach ? MAX_IN_THE_WAY : null)}
    order by start_time, booking_id, hold_id
    limit ${isLimited ? MAX_IN_THE_WAY : null}`;
  const current = rows.filter(({ isExpired }) => !isExpired);
  const found: InTheWay = {
    bookings: [],
    holds: [],
    taken: current.map(takenOf),
    hasExpired: current.length < rows.length,
  };
  for (const { bookingId, startTime, endTime, expiresAt, createdBy, start, end } of current) {
    const times = {
      startTime: instantOfText(startTime),
      endTime: instantOfText(endTime),
      occupied: { start: Math.round(start), end: Math.round(end) },
    };
    if (bookingId !== null) found.bookings.push({ bookingId, ...times });
    else found.holds.push({ ...times, expiresAt: instantOfText(expiresAt!), createdBy });
  }
  return found;
}

/** The seats that are taken within `spans`; those of one session and of equal times together. */
export async function findTaken(
  tenantId: TenantId,
  db: Queryable,
  query: AllocationQuery,
): Promise<Pick<InTheWay, 'taken' | 'hasExpired'>> {
  const rows = await db.sql<RawTaken[]>`
    select extract(epoch from lower(occupied))::float8 * 1000 as start, extract(epoch from upper(occupied))::float8 * 1000 as end,
           session, expires_at as "expiresAt", range_agg(seats)::text as seats
    ${matching(db, tenantId, query)}
    group by occupied, session, expires_at
    order by occupied`;
  const current = rows.filter(
    ({ expiresAt }) =>
      expiresAt === null || instantOfText(expiresAt).epochMilliseconds > query.now.epochMilliseconds,
  );
  return { taken: current.map(takenOf), hasExpired: current.length < rows.length };
}

/** Positions of the sessions in which the client has a booking or hold. The sessions are in subqueries like the spans of `matching`. */
export async function findClientSessions(
  tenantId: TenantId,
  db: Queryable,
  query: {
    resourceId: string;
    clientId: string;
    sessions: readonly (Span & { session: string })[];
    now: Temporal.Instant;
    /** Bookings and holds. */
    except: readonly string[];
  },
): Promise<number[]> {
  const [starts, ends] = textsOf(query.sessions);
  const sessions = query.sessions.map(({ session }) => session);
  const rows = await db.sql<{ position: number }[]>`
    select distinct requested.position::int - 1 as position
    from unnest((select ${sessions}::text[]), (select ${starts}::text[]), (select ${ends}::text[]))
      with ordinality as requested(name, start_text, end_text, position)
    cross join lateral (
      select coalesce(booking_id, hold_id) as owner_id, case when hold_id is null
        then (select client_id from bookings where bookings.id = allocations.booking_id and bookings.tenant_id = ${tenantId}::uuid)
        else (select client_id from holds where holds.id = allocations.hold_id and holds.tenant_id = ${tenantId}::uuid)
      end as client_id
      from allocations
      where resource_id = ${query.resourceId}::uuid and tenant_id = ${tenantId}::uuid and session = name
        and occupied && tstzrange(start_text::timestamptz, end_text::timestamptz, '[)')
        and (expires_at is null or expires_at > ${formatInstant(query.now)}::timestamptz)
      offset 0
    ) as allocation
    where client_id = ${query.clientId}::uuid and owner_id <> all(${[...query.except]}::uuid[])
    order by 1`;
  return rows.map(({ position }) => position);
}

/**
 * For a statement that changes allocations without the locks of their resources: `lock` is a CTE that locks the rows first, in the order in
 * which `reassignAllocations` does. `isLocked` is the condition that makes a change wait for them: that of the rows, and that of their bookings. Otherwise
 * the two could deadlock, because `reassignAllocations` updates a row twice, which makes Postgres check its foreign keys and wait for whoever is changing
 * keys of its booking. A transaction may have only one such statement while others can book.
 */
export const inLockOrder = (sql: Queryable['sql'], which: postgres.Fragment) => ({
  lock: sql`locked_allocations as materialized (
    select from allocations where ${which} order by resource_id, occupied, seats for update
  )`,
  isLocked: sql`(select count(*) from locked_allocations) is not null`,
});

/** The expired holds that occupy any of the resources in their `spans`, by id. */
export async function findExpiredHolds(
  tenantId: TenantId,
  tx: Tx,
  wanted: readonly { resourceId: string; spans: readonly Span[] }[],
  now: Temporal.Instant,
): Promise<string[]> {
  const [starts, ends] = textsOf(wanted.flatMap(({ spans }) => spans));
  const resources = wanted.flatMap(({ resourceId, spans }) => spans.map(() => resourceId));
  const rows = await tx.sql<{ id: string }[]>`
    select distinct hold_id as id
    from unnest(${resources}::uuid[], ${starts}::text[], ${ends}::text[]) as requested(resource, start_text, end_text)
    cross join lateral (
      select hold_id from allocations
      where resource_id = resource and tenant_id = ${tenantId}::uuid and expires_at <= ${formatInstant(now)}::timestamptz
        and occupied && tstzrange(start_text::timestamptz, end_text::timestamptz, '[)')
      offset 0
    ) as expired`;
  return rows.map(({ id }) => id);
}

/** For jsonb_populate_recordset(null::allocations, …). */
const rowOf = (tenantId: TenantId, owner: AllocationOwner, allocation: NewAllocation): object => ({
  tenant_id: tenantId,
  resource_id: allocation.resourceId,
  booking_id: 'bookingId' in owner ? owner.bookingId : null,
  hold_id: 'holdId' in owner ? owner.holdId : null,
  start_time: formatInstant(allocation.startTime),
  end_time: formatInstant(allocation.endTime),
  occupied: `["${formatInstant(allocation.occupied.start)}","${formatInstant(allocation.occupied.end)}")`,
  seats: formatSeats(allocation.seats),
  session: allocation.session,
  expires_at: 'holdId' in owner ? formatInstant(owner.expiresAt) : null,
});

export type OwnedAllocations = { owner: AllocationOwner; allocations: readonly NewAllocation[] };

/** The rows as JSON, for statements that insert them beside their owners. */
export const allocationsJson = (tenantId: TenantId, owned: readonly OwnedAllocations[]): string =>
  JSON.stringify(
    owned.flatMap(({ owner, allocations }) => allocations.map((one) => rowOf(tenantId, owner, one))),
  );

const COLUMNS = 'resource_id, start_time, end_time, occupied, seats, session';

/** Gives the booking, which has `before` allocations, other seats or times. Throws on NO_OVERLAP if a seat is taken. */
export async function replaceAllocations(
  tenantId: TenantId,
  tx: Tx,
  bookingId: string,
  allocations: readonly NewAllocation[],
  before: number,
): Promise<void> {
  const { sql } = tx;
  const json = allocationsJson(tenantId, [{ owner: { bookingId }, allocations }]);
  const rows = sql`jsonb_populate_recordset(null::allocations, ${json}::jsonb)`;
  const isOwn = sql`booking_id = ${bookingId}::uuid and tenant_id = ${tenantId}::uuid`;
  if (allocations.length === 1 && before === 1) {
    const columns = sql.unsafe(COLUMNS);
    await sql`update allocations set (${columns}) = (select ${columns} from ${rows}) where ${isOwn}`;
    return;
  }
  // Two statements, one round trip: within one, the new rows would meet the old ones.
  await Promise.all([
    sql`delete from allocations where ${isOwn}`,
    sql`insert into allocations select * from ${rows}`,
  ]);
}

/** Gives all but the lowest `count` seats of its own resource back. One that has the whole resource keeps it. */
export async function releaseSeats(
  tenantId: TenantId,
  tx: Tx,
  { id, resourceId }: { id: string; resourceId: string },
  count: number,
): Promise<void> {
  const { sql } = tx;
  const isOwn = sql`booking_id = ${id}::uuid and resource_id = ${resourceId}::uuid and tenant_id = ${tenantId}::uuid`;
  const [row] = await sql<{ seats: string }[]>`select seats::text as seats from allocations where ${isOwn}`;
  const kept = formatSeats(lowestOf(parseSeats(row!.seats), count));
  await sql`update allocations set seats = ${kept}::text::int4multirange where ${isOwn}`;
}
