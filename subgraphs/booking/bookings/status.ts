/** The state machine of a booking. */
import type { Temporal } from 'temporal-polyfill';
import type { Caller } from '@libs/auth/caller';
import type { Word } from '@libs/outcome/messages';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import { canChange, managesBookings, type BookingParties } from './access.ts';
import type { SchedulingRules } from '../scheduling/rules.ts';

/** The contract's BookingStatus. */
export const BOOKING_STATUSES = [
  'PENDING',
  'CONFIRMED',
  'REJECTED',
  'CANCELLED',
  'COMPLETED',
  'NO_SHOW',
] as const;
export type BookingStatus = (typeof BOOKING_STATUSES)[number];

const NEXT: Record<BookingStatus, readonly BookingStatus[]> = {
  PENDING: ['CONFIRMED', 'REJECTED', 'CANCELLED'],
  CONFIRMED: ['COMPLETED', 'NO_SHOW', 'CANCELLED'],
  REJECTED: [],
  CANCELLED: [],
  COMPLETED: [],
  NO_SHOW: [],
};

/** As in the generated column `occupies`. */
export const OCCUPYING_STATUSES = ['PENDING', 'CONFIRMED', 'COMPLETED'] as const satisfies BookingStatus[];

export function occupiesResource(status: BookingStatus): boolean {
  return (OCCUPYING_STATUSES as readonly BookingStatus[]).includes(status);
}

/** No status follows itself. */
export function canFollow(from: BookingStatus, to: BookingStatus): boolean {
  return NEXT[from].includes(to);
}

export function isFinal(status: BookingStatus): boolean {
  return NEXT[status].length === 0;
}

export function firstStatus({ autoConfirm }: Pick<SchedulingRules, 'autoConfirm'>): BookingStatus {
  return autoConfirm ? 'CONFIRMED' : 'PENDING';
}

export const statusWord = (status: BookingStatus): Word => ({ word: `booking.status.${status}` });

/** Statuses that can be known only once the booking has begun. */
const OUTCOMES: readonly BookingStatus[] = ['COMPLETED', 'NO_SHOW'];

/** INVALID_TRANSITION if `to` does not follow the booking's status, or is an outcome and the booking has not begun. */
export function transitionRefusal(
  { status, startTime }: { status: BookingStatus; startTime: Temporal.Instant },
  to: BookingStatus,
  now: Temporal.Instant,
): Refusal | undefined {
  const params = { from: statusWord(status), to: statusWord(to) };
  const field = ['input', 'status'];
  if (!canFollow(status, to))
    return refusal('INVALID_TRANSITION', 'booking.statusCannotFollow', field, params);
  const isTooEarly = OUTCOMES.includes(to) && now.epochMilliseconds < startTime.epochMilliseconds;
  return isTooEarly ? refusal('INVALID_TRANSITION', 'booking.notBegunYet', field, params) : undefined;
}

export type Cancellable = BookingParties & { status: BookingStatus; startTime: Temporal.Instant };
/** Inputs of the cancellation window. */
export type CancellationContext = {
  now: Temporal.Instant;
  rules: Pick<SchedulingRules, 'cancellationHours'>;
};

/** From this instant on, only callers who manage bookings can cancel or move it. */
export const cancellableUntil = (
  { startTime }: Pick<Cancellable, 'startTime'>,
  { rules }: CancellationContext,
): Temporal.Instant => startTime.subtract({ hours: rules.cancellationHours });

function isWindowClosed(booking: Cancellable, context: CancellationContext, caller: Caller): boolean {
  const closesAt = cancellableUntil(booking, context);
  return !managesBookings(caller) && context.now.epochMilliseconds >= closesAt.epochMilliseconds;
}

/**
 * Why a caller who may change the booking cannot cancel it now: INVALID_TRANSITION, or CANCELLATION_WINDOW_CLOSED (from
 * cancellationHours before the start; never for callers who manage bookings).
 */
export function cancelRefusal(
  booking: Cancellable,
  context: CancellationContext,
  caller: Caller,
): Refusal | undefined {
  if (!canFollow(booking.status, 'CANCELLED')) {
    const params = { from: statusWord(booking.status) };
    return refusal('INVALID_TRANSITION', 'booking.cannotBeCancelled', ['input', 'id'], params);
  }
  if (!isWindowClosed(booking, context, caller)) return undefined;
  const { cancellationHours: hours } = context.rules;
  return hours === 0
    ? refusal('CANCELLATION_WINDOW_CLOSED', 'booking.cannotCancelOnceStarted', ['input', 'id'])
    : refusal('CANCELLATION_WINDOW_CLOSED', 'booking.cancellationWindowClosed', ['input', 'id'], { hours });
}

/**
 * CANCELLATION_WINDOW_CLOSED, because a move gives the slot back too (docs/decisions/0012-moves-and-the-cancellation-window.md).
 */
export function moveRefusal(
  booking: Cancellable,
  context: CancellationContext,
  caller: Caller,
): Refusal | undefined {
  if (!isWindowClosed(booking, context, caller)) return undefined;
  const { cancellationHours: hours } = context.rules;
  return hours === 0
    ? refusal('CANCELLATION_WINDOW_CLOSED', 'booking.cannotMoveOnceStarted', ['input', 'id'])
    : refusal('CANCELLATION_WINDOW_CLOSED', 'booking.moveWindowClosed', ['input', 'id'], { hours });
}

/** `cancelledBy` is null for the platform. */
export const cancellationBy = (caller: Caller, reason: string | null | undefined) => ({
  status: 'CANCELLED' as const,
  cancelledBy: caller.kind === 'user' ? caller.userId : null,
  cancellationReason: reason ?? null,
  decisionDeadline: null,
});

/** The contract's Booking.canCancel. */
export function canCancel(booking: Cancellable, context: CancellationContext, caller: Caller): boolean {
  return canChange(booking, caller) && cancelRefusal(booking, context, caller) === undefined;
}
