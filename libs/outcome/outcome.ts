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
  | 'IN_USE';

/** An existing booking; its time is half-open. */
export type ConflictingBooking = {
  bookingId: string;
  startTime: Temporal.Instant;
  endTime: Temporal.Instant;
};

/** `field` is the path of the input field, null if no single field is at fault. */
export type Refusal = {
  code: UserErrorCode;
  key: MessageKey;
  params?: MessageParams;
  field: string[] | null;
  /** The occurrence that breaks a booking rule (becomes BookingRuleError). */
  occurrence?: { startTime: Temporal.Instant; endTime: Temporal.Instant };
  /** The bookings in conflict (becomes BookingConflictError). */
  conflicts?: ConflictingBooking[];
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
