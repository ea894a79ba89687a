/** Replays the events of a seat history: what was occupied after each transaction. Additional resources have one seat each. */
import type { Span } from '@libs/time/spans';
import type postgres from 'postgres';

export type Payload = {
  booking_id: string;
  hold_id: string | null;
  resource_id: string;
  resource_ids: string[];
  status: string;
  start_time: string;
  end_time: string;
  series_id: string | null;
  booking_version: number;
  seats: number;
  expires_at: string;
  reason: string;
  changes?: { is_exception?: { to: boolean }; series_id?: { from: string | null } };
};
export type SeatEvent = { type: string; payload: Payload; traceId: string; atMs: number };
/** The events of one transaction. */
export type Transaction = { traceId: string; events: SeatEvent[] };

/** What a booking or hold occupies, without buffers. */
export type Occupant = Span & {
  id: string;
  isHold: boolean;
  seats: number;
  /** Its own first. */
  resourceIds: string[];
};
export type Announced = Occupant & {
  status: string;
  version: number;
  seriesId: string | null;
  isException: boolean;
};

const OCCUPYING = new Set(['pending', 'confirmed', 'completed']);
export const isOccupying = ({ status }: Pick<Announced, 'status'>): boolean => OCCUPYING.has(status);

/** In the order of their last events: what a transaction saw of others was announced before, because it has locked its resources. */
export async function transactionsOf(sql: postgres.Sql): Promise<Transaction[]> {
  const events = await sql<SeatEvent[]>`
    select event_type as type, payload, trace_id as "traceId", (extract(epoch from occurred_at) * 1000)::float8 as "atMs"
    from outbox where event_type like 'booking.%' or event_type like 'hold.%' order by arrival`;
  const byTrace = new Map<string, Transaction>();
  for (const event of events) {
    const { traceId } = event;
    const transaction = byTrace.get(traceId) ?? { traceId, events: [] };
    transaction.events.push(event);
    byTrace.delete(traceId);
    byTrace.set(traceId, transaction);
  }
  return [...byTrace.values()];
}

const occupantOf = (id: string, payload: Payload, isHold: boolean): Occupant => ({
  id,
  isHold,
  start: Date.parse(payload.start_time),
  end: Date.parse(payload.end_time),
  seats: payload.seats,
  resourceIds: payload.resource_ids,
});

export type Replay = {
  /** Every booking, as last announced. */
  bookings: Map<string, Announced>;
  /** Holds that have not ended. */
  holds: Map<string, Occupant>;
  /** Occupants that took what they did not have before. */
  gaining: Occupant[];
  violations: string[];
};

export const emptyReplay = (): Replay => ({
  bookings: new Map(),
  holds: new Map(),
  gaining: [],
  violations: [],
});

/** Applies a transaction; `gaining` are then its own. */
export function apply(replay: Replay, { events }: Transaction): void {
  replay.gaining = [];
  for (const event of events) {
    if (event.type.startsWith('hold.')) applyToHold(replay, event);
    else applyToBooking(replay, event);
  }
}

function applyToHold({ holds, gaining, violations }: Replay, { type, payload, atMs }: SeatEvent): void {
  const id = payload.hold_id!;
  if (type === 'hold.created') {
    const occupant = occupantOf(id, payload, true);
    holds.set(id, occupant);
    gaining.push(occupant);
    return;
  }
  // The booking that it became has replaced it already.
  if (!holds.delete(id) && payload.reason !== 'confirmed') violations.push(`hold ${id} ended twice`);
  const isOver = Date.parse(payload.expires_at) <= atMs;
  if (isOver !== (payload.reason === 'expired'))
    violations.push(`hold ${id} was ${payload.reason} ${isOver ? 'after' : 'before'} its expiry`);
}

function applyToBooking(
  { bookings, holds, gaining, violations }: Replay,
  { type, payload }: SeatEvent,
): void {
  const id = payload.booking_id;
  const before = bookings.get(id);
  const next: Announced = {
    ...occupantOf(id, payload, false),
    status: payload.status,
    version: payload.booking_version,
    seriesId: payload.series_id,
    isException: payload.changes?.is_exception?.to ?? before?.isException ?? false,
  };
  bookings.set(id, next);
  if (next.version !== (before?.version ?? 0) + 1)
    violations.push(`booking ${id}: ${type} has version ${next.version} after ${before?.version ?? 'none'}`);
  if (before && !isOccupying(before) && isOccupying(next)) violations.push(`booking ${id} came back`);
  if (before && payload.changes?.series_id && payload.changes.series_id.from !== before.seriesId)
    violations.push(`booking ${id} left a series in which it was not`);
  if (!isOccupying(next)) return;
  // A confirmation takes nothing new.
  if (!before && payload.hold_id !== null && holds.delete(payload.hold_id)) return;
  const isSame =
    before !== undefined &&
    before.start === next.start &&
    before.end === next.end &&
    before.seats >= next.seats &&
    before.resourceIds.toSorted().join() === next.resourceIds.toSorted().join() &&
    before.resourceIds[0] === next.resourceIds[0];
  if (!isSame) gaining.push(next);
}

/** Every booking that occupies, and every hold that has not ended. */
export const occupantsOf = ({ bookings, holds }: Replay): Occupant[] => [
  ...[...bookings.values()].filter(isOccupying),
  ...holds.values(),
];
