/** What a booking or hold asks of a resource, and what it gets. */
import type { BookingRow } from '@drizzle/booking/tables';
import { MINUTE_MS, type Occurrence } from '../../scheduling/rules.ts';
import { sessionOf } from '../../scheduling/occupied.ts';
import type { BookingMode, SeatRequest, Seats } from '../../scheduling/seats.ts';
import type { BookingRules } from '@libs/directory/bookingRules';
import type { Span } from '@libs/time/spans';
import type { BookableResource } from '../../directory/resourceSource.ts';

export type Demand = {
  resourceId: string;
  mode: BookingMode;
  /** Seats of the resource. */
  capacity: number;
  /** How many are wanted. */
  seats: number;
  /** Minutes. */
  bufferBefore: number;
  bufferAfter: number;
};

/** Seats of a resource for a time. */
export type NewAllocation = Occurrence & {
  resourceId: string;
  /** With buffers. */
  occupied: Span;
  seats: Seats;
  session: string | null;
};

/** The booking or hold that an allocation is for. */
export type AllocationOwner = { bookingId: string } | { holdId: string; expiresAt: Occurrence['endTime'] };

const spanOf = ({ startTime, endTime }: Occurrence): Span => ({
  start: startTime.epochMilliseconds,
  end: endTime.epochMilliseconds,
});

/** The time that the booking keeps from others. */
export const occupiedSpan = (
  { bufferBefore, bufferAfter }: Pick<Demand, 'bufferBefore' | 'bufferAfter'>,
  occurrence: Occurrence,
): Span => {
  const { start, end } = spanOf(occurrence);
  return { start: start - bufferBefore * MINUTE_MS, end: end + bufferAfter * MINUTE_MS };
};

/** The time without buffers, and the session that all bookings of a class at this time have. */
export const sessionAt = (occurrence: Occurrence): Span & { session: string } => {
  const span = spanOf(occurrence);
  return { ...span, session: sessionOf(span) };
};

export const seatRequest = (demand: Demand, occurrence: Occurrence): SeatRequest => ({
  ...occupiedSpan(demand, occurrence),
  mode: demand.mode,
  capacity: demand.capacity,
  // More is CAPACITY_EXCEEDED; a conflict only if not even all seats are free.
  seats: Math.min(demand.seats, demand.capacity),
  session: demand.mode === 'SESSION' ? sessionAt(occurrence).session : null,
});

/** Everything that a booking occupies, its own resource first. */
export const resourceIdsOf = ({
  resourceId,
  additionalResources,
}: Pick<BookingRow, 'resourceId' | 'additionalResources'>): string[] => [
  resourceId,
  ...(additionalResources ?? []).map((one) => one.resourceId),
];

/** What a booking of `seats` asks of the resource by its rules. */
export const demandFor = (
  { id, bookingMode, capacity }: BookableResource,
  { bufferBeforeMinutes, bufferAfterMinutes }: BookingRules,
  seats: number,
  isWithoutBuffers = false,
): Demand => ({
  resourceId: id,
  mode: bookingMode,
  capacity,
  seats,
  bufferBefore: isWithoutBuffers ? 0 : bufferBeforeMinutes,
  bufferAfter: isWithoutBuffers ? 0 : bufferAfterMinutes,
});
