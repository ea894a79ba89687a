/** Rules for when bookings are rejected, completed and reminded of by themselves. */
import type { Temporal } from 'temporal-polyfill';
import type { BookingStatus } from '../status.ts';

/** The settings of a tenant that deadlines depend on. */
export type DeadlineRules = { reminderHours: readonly number[]; completeAutomatically: boolean };

/** A booking whose end is longer ago is not completed, though its tenant turns completeAutomatically on. */
export const MAX_COMPLETION_DELAY_HOURS = 7 * 24;

type Deadlined = {
  status: BookingStatus;
  startTime: Temporal.Instant;
  endTime: Temporal.Instant;
  decisionDeadline: Temporal.Instant | null;
};

export type Due = {
  kind: 'APPROVAL' | 'REMINDER' | 'COMPLETION';
  /** For a reminder: how long before the start. */
  hours: number;
  dueAt: Temporal.Instant;
};

/** Whether it is still due, after whatever happened to the booking since. */
export function isStillDue(
  { kind, hours, dueAt }: Due,
  booking: Deadlined,
  rules: DeadlineRules | undefined,
  now: Temporal.Instant,
): boolean {
  const isPast = (instant: Temporal.Instant) => instant.epochMilliseconds <= now.epochMilliseconds;
  const { status, startTime, endTime, decisionDeadline } = booking;
  switch (kind) {
    case 'APPROVAL':
      return status === 'PENDING' && decisionDeadline !== null && isPast(decisionDeadline);
    case 'REMINDER': {
      const remindAt = startTime.subtract({ hours });
      const isWanted = rules?.reminderHours.includes(hours) ?? false;
      return status === 'CONFIRMED' && isWanted && !isPast(startTime) && remindAt.equals(dueAt);
    }
    case 'COMPLETION': {
      const isTooLongAgo = isPast(
        endTime.add({ hours: MAX_COMPLETION_DELAY_HOURS }).add({ milliseconds: 1 }),
      );
      const isWanted = rules?.completeAutomatically ?? false;
      return status === 'CONFIRMED' && isWanted && isPast(endTime) && !isTooLongAgo;
    }
  }
}
