/** The life of a booking. */
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

/** What may come after each status; after a final one, nothing. */
const NEXT: Record<BookingStatus, readonly BookingStatus[]> = {
  PENDING: ['CONFIRMED', 'REJECTED', 'CANCELLED'],
  CONFIRMED: ['COMPLETED', 'NO_SHOW', 'CANCELLED'],
  REJECTED: [],
  CANCELLED: [],
  COMPLETED: [],
  NO_SHOW: [],
};

/** The statuses in which a booking keeps others from its resource; the exclusion constraint names the same. */
export const OCCUPYING_STATUSES = ['PENDING', 'CONFIRMED', 'COMPLETED'] as const satisfies BookingStatus[];

/** Whether a booking of this status keeps others from its resource. */
export function occupiesResource(status: BookingStatus): boolean {
  return (OCCUPYING_STATUSES as readonly BookingStatus[]).includes(status);
}

/** Whether a booking may go from one status to another; no status follows itself. */
export function canFollow(from: BookingStatus, to: BookingStatus): boolean {
  return NEXT[from].includes(to);
}

/** Whether the booking's time, resource and people are settled for good. */
export function isFinal(status: BookingStatus): boolean {
  return NEXT[status].length === 0;
}

/** The status of a new booking. */
export function firstStatus({ autoConfirm }: Pick<SchedulingRules, 'autoConfirm'>): BookingStatus {
  return autoConfirm ? 'CONFIRMED' : 'PENDING';
}

/** The status as a word in a sentence. */
export const statusWord = (status: BookingStatus): Word => ({ word: `booking.status.${status}` });

/** INVALID_TRANSITION where `to` cannot follow `from`. */
export function transitionRefusal(from: BookingStatus, to: BookingStatus): Refusal | undefined {
  return canFollow(from, to)
    ? undefined
    : refusal('INVALID_TRANSITION', 'booking.statusCannotFollow', ['input', 'status'], {
        from: statusWord(from),
        to: statusWord(to),
      });
}

/** A booking as far as cancelling it goes. */
export type Cancellable = BookingParties & { status: BookingStatus; startTime: Temporal.Instant };
/** What the cancellation window is told by. */
type CancellationContext = { now: Temporal.Instant; rules: Pick<SchedulingRules, 'cancellationHours'> };

/** Whether the booking's slot can no longer be given back by who only made it, or whom it is for. */
function isWindowClosed(
  { startTime }: Cancellable,
  { now, rules }: CancellationContext,
  caller: Caller,
): boolean {
  const closesAt = startTime.subtract({ hours: rules.cancellationHours });
  return !managesBookings(caller) && now.epochMilliseconds >= closesAt.epochMilliseconds;
}

/**
 * Why a caller who may change the booking cannot cancel it now: INVALID_TRANSITION (its status is final), or
 * CANCELLATION_WINDOW_CLOSED (cancellationHours before its start or later; never for who manages bookings).
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
 * Why a caller who may change the booking cannot move it now: a move gives its slot back as a cancellation does, so whom the
 * cancellation window has closed to is refused CANCELLATION_WINDOW_CLOSED (docs/decisions/0012-moves-and-the-cancellation-window.md).
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

/** The columns of a booking that the caller cancels; `cancelledBy` is null for a caller outside the tenant. */
export const cancellationBy = (caller: Caller, reason: string | null | undefined) => ({
  status: 'CANCELLED' as const,
  cancelledBy: caller.kind === 'user' ? caller.userId : null,
  cancellationReason: reason ?? null,
});

/** The contract's Booking.canCancel: status, the tenant's cancellation window, and permission. */
export function canCancel(booking: Cancellable, context: CancellationContext, caller: Caller): boolean {
  return canChange(booking, caller) && cancelRefusal(booking, context, caller) === undefined;
}
