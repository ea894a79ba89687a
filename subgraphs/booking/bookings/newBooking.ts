/** Rows of new bookings. */
import type { BookingRow, StoredOverride, StoredResource } from '@drizzle/booking/tables';
import { can, type KnownCaller } from '@libs/auth/caller';
import { newId } from '@libs/db/ids';
import { formatInstant } from '@libs/time/instants';
import { Temporal } from 'temporal-polyfill';
import type { BookingOverrideInput } from '../generated.ts';
import type { Occurrence, OverridableRule } from '../scheduling/rules.ts';
import { wallClockOf } from '../scheduling/wallClock.ts';
import type { Demand } from './allocations/demands.ts';
import type { Candidate, People } from './judgeRequest.ts';
import { firstStatus } from './status.ts';
import type { NewBooking } from './store.ts';

export function sourceOf(caller: KnownCaller): BookingRow['source'] {
  if (caller.kind === 'apiKey') return 'API_KEY';
  if (caller.kind === 'platform') return 'PLATFORM';
  return can(caller, 'canManageBookings') ? 'STAFF' : 'USER';
}

/** What is recorded of an override; null if no rule was broken. */
export function overrideOf(
  input: BookingOverrideInput | null | undefined,
  broken: readonly OverridableRule[],
  caller: KnownCaller,
  now: Temporal.Instant,
): StoredOverride | null {
  if (!input || broken.length === 0) return null;
  const by = caller.kind === 'user' ? caller.userId : null;
  return { rules: [...broken], reason: input.reason.trim(), by, at: formatInstant(now) };
}

const storedResource = ({ resourceId, seats, bufferBefore, bufferAfter }: Demand): StoredResource => ({
  resourceId,
  seats,
  bufferBefore,
  bufferAfter,
});

export const storedResources = (demands: readonly Demand[]): StoredResource[] => demands.map(storedResource);

/** The columns that follow from what is occupied. */
export const occupiedColumns = ([own, ...additional]: readonly Demand[]) => ({
  resourceId: own!.resourceId,
  additionalResources: additional.length > 0 ? storedResources(additional) : null,
  seats: own!.seats,
  isSession: own!.mode === 'SESSION',
  bufferBefore: own!.bufferBefore,
  bufferAfter: own!.bufferAfter,
});

/** Confirmed at once only if all resources are; else the shortest time to decide applies, up to the start. */
function decisionOf(
  candidates: readonly Candidate[],
  startTime: Temporal.Instant,
  now: Temporal.Instant,
): Pick<BookingRow, 'status' | 'decisionDeadline' | 'approvalDeadline'> {
  const rules = candidates.map(({ context }) => context.rules);
  const status = firstStatus({ autoConfirm: rules.every(({ autoConfirm }) => autoConfirm) });
  const hours = rules.flatMap(({ approvalHours }) => approvalHours ?? []);
  if (status === 'CONFIRMED' || hours.length === 0)
    return { status, decisionDeadline: null, approvalDeadline: null };
  const approvalDeadline = now.add({ hours: Math.min(...hours) });
  return { status, decisionDeadline: deadlineBefore(startTime, approvalDeadline, now), approvalDeadline };
}

/** The deadline of a booking that is moved to `startTime`. The hours to decide are not counted anew, so a move to an early time and back changes nothing. */
export function deadlineAfterMove(
  { status, decisionDeadline, approvalDeadline }: BookingRow,
  startTime: Temporal.Instant,
  now: Temporal.Instant,
): Temporal.Instant | null {
  const deadline = approvalDeadline ?? decisionDeadline;
  return status === 'PENDING' && deadline ? deadlineBefore(startTime, deadline, now) : null;
}

/** At the start at the latest. None for a booking that has begun, which would be rejected as soon as it is entered. */
function deadlineBefore(
  startTime: Temporal.Instant,
  deadline: Temporal.Instant,
  now: Temporal.Instant,
): Temporal.Instant | null {
  if (Temporal.Instant.compare(startTime, now) <= 0) return null;
  return Temporal.Instant.compare(deadline, startTime) < 0 ? deadline : startTime;
}

type Details = Partial<
  Pick<
    BookingRow,
    'id' | 'notes' | 'metadata' | 'source' | 'override' | 'holdId' | 'seriesId' | 'originalStart'
  >
>;

export function newBooking(
  { userId, clientId }: People,
  { startTime, endTime }: Occurrence,
  candidates: readonly Candidate[],
  demands: readonly Demand[],
  now: Temporal.Instant,
  details: Details,
): NewBooking {
  return {
    id: newId(),
    userId,
    clientId,
    seriesId: null,
    startTime,
    endTime,
    ...wallClockOf({ startTime, endTime }, candidates[0]!.context.rules.timezone),
    ...decisionOf(candidates, startTime, now),
    ...occupiedColumns(demands),
    notes: null,
    metadata: {},
    source: 'USER',
    override: null,
    originalStart: null,
    isException: false,
    holdId: null,
    decisionReason: null,
    cancelledBy: null,
    cancellationReason: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
    ...details,
  };
}
