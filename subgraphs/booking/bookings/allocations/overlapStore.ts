/** SQL of allocations whose seats are assigned anew (`reassignAllocations`). */
import type { TenantId } from '@libs/auth/tenantId';
import type { Tx } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import type { Span } from '@libs/time/spans';
import { countSeats, formatSeats, lowestOf, parseSeats, type Seats } from '../../scheduling/seats.ts';

/** `ownerId`: the booking or hold, which has one allocation of a resource. */
export type OverlappingRow = Span & { ownerId: string; bookingId: string | null; seats: Seats };

const rangeOf = ({ sql }: Tx, { start, end }: Span) =>
  sql`tstzrange(${formatInstant(start)}::timestamptz, ${formatInstant(end)}::timestamptz, '[)')`;

/** The allocations that overlap the span. Under the resource's lock some may leave, and none can come. */
export async function findAllocations(
  tenantId: TenantId,
  tx: Tx,
  resourceId: string,
  span: Span,
): Promise<OverlappingRow[]> {
  const rows = await tx.sql<(Omit<OverlappingRow, 'seats'> & { seats: string })[]>`
    select coalesce(booking_id, hold_id) as "ownerId", booking_id as "bookingId",
           extract(epoch from lower(occupied))::float8 * 1000 as start, extract(epoch from upper(occupied))::float8 * 1000 as end,
           seats::text as seats
    from allocations
    where resource_id = ${resourceId}::uuid and tenant_id = ${tenantId}::uuid
      and occupied && ${rangeOf(tx, span)}`;
  return rows.map((row) => ({
    ...row,
    start: Math.round(row.start),
    end: Math.round(row.end),
    seats: parseSeats(row.seats),
  }));
}

/** Above all seats that a resource can have, so that no step of a reassignment gives one twice. */
const SEAT_OFFSET = 1_000_000_000;

/**
 * Gives allocations of one resource other seats, or the lowest of these if they have given seats back meanwhile. In place, in two steps, so that a
 * cancellation at the same time still finds its allocation. Locks them at once, and so in one order (`inLockOrder`).
 */
export async function updateSeats(
  tenantId: TenantId,
  tx: Tx,
  resourceId: string,
  changes: readonly { row: OverlappingRow; seats: Seats }[],
): Promise<void> {
  if (changes.length === 0) return;
  const { sql } = tx;
  const start = Math.min(...changes.map(({ row }) => row.start));
  const end = Math.max(...changes.map(({ row }) => row.end));
  const locked = await sql<{ ctid: string; ownerId: string; seats: string }[]>`
    select ctid::text, coalesce(booking_id, hold_id) as "ownerId", seats::text as seats
    from allocations
    where resource_id = ${resourceId}::uuid and tenant_id = ${tenantId}::uuid
      and occupied && ${rangeOf(tx, { start, end })}
      and coalesce(booking_id, hold_id) = any(${changes.map(({ row }) => row.ownerId)}::uuid[])
    order by occupied, seats for update`;
  const wanted = new Map(changes.map(({ row, seats }) => [row.ownerId, seats]));
  const final = locked.map(({ ownerId, seats }) =>
    lowestOf(wanted.get(ownerId)!, countSeats(parseSeats(seats))),
  );
  const raised = final.map((seats) =>
    formatSeats(seats.map(({ from, to }) => ({ from: from + SEAT_OFFSET, to: to + SEAT_OFFSET }))),
  );
  const moved = await sql<{ ctid: string; seats: string }[]>`
    update allocations set seats = change.seats::int4multirange
    from unnest(${locked.map(({ ctid }) => ctid)}::text[], ${raised}::text[]) as change(row, seats)
    where ctid = change.row::tid and tenant_id = ${tenantId}::uuid
    returning allocations.ctid::text, allocations.seats::text as seats`;
  const lowered = moved.map(({ seats }) =>
    formatSeats(
      parseSeats(seats).map(({ from, to }) => ({ from: from - SEAT_OFFSET, to: to - SEAT_OFFSET })),
    ),
  );
  await sql`
    update allocations set seats = change.seats::int4multirange
    from unnest(${moved.map(({ ctid }) => ctid)}::text[], ${lowered}::text[]) as change(row, seats)
    where ctid = change.row::tid and tenant_id = ${tenantId}::uuid`;
}
