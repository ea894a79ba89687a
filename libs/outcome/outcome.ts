/**
 * What a verb answers: the thing it made, or why the domain refused. A refusal is a value, never thrown;
 * `libs/graphql/payload.ts` is the one place that turns refusals into the contract's `userErrors`.
 */
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

/** A booking that stands in the way; instants, half-open. */
export type ConflictingBooking = {
  bookingId: string;
  startTime: Temporal.Instant;
  endTime: Temporal.Instant;
};

/** Why the domain says no. `field` is the input's path, null where no one field is to blame. */
export type Refusal = {
  code: UserErrorCode;
  key: MessageKey;
  params?: MessageParams;
  field: string[] | null;
  /** Set on a broken booking rule: the occurrence that breaks it (becomes BookingRuleError). */
  occurrence?: { startTime: Temporal.Instant; endTime: Temporal.Instant };
  /** Set on a conflict (becomes BookingConflictError). */
  conflicts?: ConflictingBooking[];
};

/** `tenantId` is the tenant that the call was for, where the caller's own session does not tell: its locale is answered in. */
export type Refused = { ok: false; refusals: Refusal[]; tenantId?: string };
export type Outcome<T> = { ok: true; value: T } | Refused;

/** The verb did it. */
export function done<T>(value: T): { ok: true; value: T } {
  return { ok: true, value };
}

/** The domain refuses; at least one refusal. */
export function refused(...refusals: Refusal[]): Refused {
  return { ok: false, refusals };
}

/** The same where the call was for a tenant that is not the caller's own (a platform administrator's, or signing in). */
export function refusedFor(tenantId: string, ...refusals: Refusal[]): Refused {
  return { ok: false, refusals, tenantId };
}

/** A refusal in one line: `refusal('INVALID', 'tenant.zoneUnknown', ['input', 'timezone'], { zone })`. */
export function refusal(
  code: UserErrorCode,
  key: MessageKey,
  field: string[] | null = null,
  params?: MessageParams,
): Refusal {
  return { code, key, field, params };
}
