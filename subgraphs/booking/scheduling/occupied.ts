/** The times that bookings and holds occupy. */
import type { Span } from '@libs/time/spans';

/** The time of one booking or hold on one resource, buffers included. */
export type Occupied = Span & {
  /** Null: the whole resource. */
  seats: number | null;
  /** `sessionOf` the booking, if it was made in mode SESSION. */
  session: string | null;
  /** When a hold expires, in epoch milliseconds: from then on it occupies nothing. Null: a booking. */
  expiresAt: number | null;
};

/** Bookings of a resource in mode SESSION may overlap only if they have one session: the same start and end, without buffers. */
export const sessionOf = ({ start, end }: Span): string => `${start}/${end}`;

export const isHoldExpired = ({ expiresAt }: Pick<Occupied, 'expiresAt'>, nowMs: number): boolean =>
  expiresAt != null && expiresAt <= nowMs;
