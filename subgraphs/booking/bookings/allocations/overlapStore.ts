/** SQL of allocations that overlap each other, whose seats are assigned anew (`reassignAllocations`). */
import type { TenantId } from '@libs/auth/tenantId';
import type { Tx } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import { overlap, type Span } from '@libs/time/spans';
import { countSeats, formatSeats, parseSeats, type Seats } from '../../scheduling/seats.ts';

/** A row of the table by its place in it, valid within the transaction. */
export type ClusterRow = Span & { ctid: string; bookingId: string | null; count: number };

/**
 * The allocations that overlap `first`, directly, through others or through `wanted` times, and the time that they take together. Locks them.
 * Call it under the resource's lock, once expired holds have been ended.
 */
export async function findCluster(
  tenantId: TenantId,
  tx: Tx,
  resourceId: string,
  { first, wanted }: { first: Span; wanted: readonly Span[] },
): Promise<{ rows: ClusterRow[]; bounds: Span }> {
  let bounds: Span = first;
  for (let isWhole = false; ;) {
    // Locks them at once when all are known, and so in one order (`inLockOrder`). Until then some may leave, and none can come.
    const found = await tx.sql<
      { ctid: string; bookingId: string | null; start: number; end: number; seats: string }[]
    >`
      select ctid::text, booking_id as "bookingId", extract(epoch from lower(occupied))::float8 * 1000 as start,
             extract(epoch from upper(occupied))::float8 * 1000 as end, seats::text as seats
      from allocations
      where resource_id = ${resourceId}::uuid and tenant_id = ${tenantId}::uuid
        and occupied && tstzrange(${formatInstant(bounds.start)}::timestamptz, ${formatInstant(bounds.end)}::timestamptz, '[)')
      order by occupied, seats
      ${isWhole ? tx.sql`for update` : tx.sql``}`;
    const rows = found.map(({ ctid, bookingId, start, end, seats }) => ({
      ctid,
      bookingId,
      start: Math.round(start),
      end: Math.round(end),
      count: countSeats(parseSeats(seats)),
    }));
    if (isWhole) return { rows, bounds };
    const members: Span[] = [...rows, ...wanted.filter((one) => overlap(one, bounds))];
    const wider = {
      start: Math.min(bounds.start, ...members.map(({ start }) => start)),
      end: Math.max(bounds.end, ...members.map(({ end }) => end)),
    };
    isWhole = wider.start === bounds.start && wider.end === bounds.end;
    bounds = wider;
  }
}

/** Above all seats that a resource can have, so that no step of a reassignment gives one twice. */
const SEAT_OFFSET = 1_000_000_000;

/** In place, in two steps, so that a cancellation at the same time still finds its allocation. */
export async function updateSeats(
  tenantId: TenantId,
  tx: Tx,
  changes: readonly { ctid: string; seats: Seats }[],
): Promise<void> {
  const { sql } = tx;
  const raised = ({ seats }: { seats: Seats }) =>
    formatSeats(seats.map(({ from, to }) => ({ from: from + SEAT_OFFSET, to: to + SEAT_OFFSET })));
  const moved = await sql<{ ctid: string; seats: string }[]>`
    update allocations set seats = change.seats::int4multirange
    from unnest(${changes.map(({ ctid }) => ctid)}::text[], ${changes.map(raised)}::text[]) as change(row, seats)
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
