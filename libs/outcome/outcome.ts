/** The result of a verb. Refusals are never thrown; `libs/graphql/payload.ts` turns them into `userErrors`. */
import type { Temporal } from 'temporal-polyfill';
import type { MessageKey, MessageParams } from './messages.ts';

/** The contract's `UserErrorCode`. */
export type UserErrorCode =
  | 'NOT_FOUND'
  | 'INVALID'
  | 'ALREADY_EXISTS'
  | 'INACTIVE'
  | 'VERSION_MISMATCH'
  | 'INVALID_TRANSITION'
  | 'IN_THE_PAST'
  | 'TOO_FAR_IN_ADVANCE'
  | 'OUTSIDE_WORKING_HOURS'
  | 'NOT_ON_INTERVAL'
  | 'RESOURCE_UNAVAILABLE'
  | 'CONFLICT'
  | 'CANCELLATION_WINDOW_CLOSED'
  | 'TOO_MANY_OCCURRENCES'
  | 'USER_CANNOT_BOOK'
  | 'IDEMPOTENCY_MISMATCH'
  | 'INVALID_CREDENTIALS'
  | 'IN_USE'
  | 'TOO_SHORT_NOTICE'
  | 'DURATION_NOT_ALLOWED'
  | 'CLOSED'
  | 'CAPACITY_EXCEEDED'
  | 'HOLD_EXPIRED'
  | 'TOO_MANY'
  | 'TOKEN_INVALID';

/** An existing booking; its time is half-open. */
export type ConflictingBooking = {
  bookingId: string;
  startTime: Temporal.Instant;
  endTime: Temporal.Instant;
  /** By default the refusal's. */
  resourceId?: string;
};

/** A hold that is in the way; its time is half-open. */
export type ConflictingHold = {
  startTime: Temporal.Instant;
  endTime: Temporal.Instant;
  expiresAt: Temporal.Instant;
  /** Whether the caller made it. */
  isMine: boolean;
};

/** What the contract's BookingConflictError says. */
export type Conflict = {
  bookings: ConflictingBooking[];
  holds: ConflictingHold[];
  /** For the whole time; of a series, for its fullest occurrence. */
  remainingSeats: number;
};

/** `field` is the path of the input field, null if no single field is at fault. */
export type Refusal = {
  code: UserErrorCode;
  key: MessageKey;
  params?: MessageParams;
  field: string[] | null;
  /** The occurrence that breaks a booking rule (becomes BookingRuleError). */
  occurrence?: { startTime: Temporal.Instant; endTime: Temporal.Instant };
  /** What is in the way (becomes BookingConflictError). */
  conflict?: Conflict;
  /** The resource that is taken, or whose own rule is broken; none where a closure has several in its way. */
  resourceId?: string;
};

/** The locale of `tenantId` decides the language of the messages; by default that of the caller's tenant. */
export type Refused = { ok: false; refusals: Refusal[]; tenantId?: string };
export type Outcome<T> = { ok: true; value: T } | Refused;

export function done<T>(value: T): { ok: true; value: T } {
  return { ok: true, value };
}

export function refused(...refusals: Refusal[]): Refused {
  return { ok: false, refusals };
}

/** For platform administrators and sign-in, where the session names no tenant. */
export function refusedFor(tenantId: string, ...refusals: Refusal[]): Refused {
  return { ok: false, refusals, tenantId };
}

/** For example `refusal('INVALID', 'tenant.zoneUnknown', ['input', 'timezone'], { zone })`. */
export function refusal(
  code: UserErrorCode,
  key: MessageKey,
  field: string[] | null = null,
  params?: MessageParams,
): Refusal {
  return { code, key, field, params };
}
