/** Whether what clients were answered agrees with what happened, and whether each refusal has its cause. */
import { overlap, type Span } from '@libs/time/spans';
import type { Refusal } from '@libs/outcome/outcome';
import {
  apply,
  emptyReplay,
  isOccupying,
  type Occupant,
  type Payload,
  type Transaction,
} from './replay.fixtures.ts';
import type { OperationKind, SeatHistory, SeatOperation } from './seatHistory.fixtures.ts';

const EVENT_OF: Record<OperationKind, string | null> = {
  book: 'booking.created',
  bookSeries: 'booking.created',
  change: 'booking.updated',
  cancel: 'booking.cancelled',
  hold: null,
  confirm: 'booking.created',
  release: null,
  changeSeries: 'booking.updated',
  extendSeries: 'booking.created',
  cancelSeries: 'booking.cancelled',
};
/** They answer with a booking that may not have changed. */
const MAY_CHANGE_NOTHING: readonly OperationKind[] = ['change', 'confirm'];

export function answerViolations(transactions: readonly Transaction[], history: SeatHistory): string[] {
  const byTrace = new Map(transactions.map(({ traceId, events }) => [traceId, events]));
  const ended = new Set(
    transactions.flatMap(({ events }) =>
      events.filter(({ type }) => type === 'hold.ended').map(({ payload }) => payload.hold_id),
    ),
  );
  const expiryOf = new Map(history.holds.map(({ id, expiresAt }) => [id, expiresAt.epochMilliseconds]));
  const freed = freedIn(transactions, history);
  return history.operations.flatMap((operation) => {
    const { kind, traceId, answer, refusals, holdId, nowMs } = operation;
    const events = (byTrace.get(traceId) ?? []).filter(({ type }) => type.startsWith('booking.'));
    const isExpired = refusals.some(({ code }) => code === 'HOLD_EXPIRED');
    const isEarly = isExpired && nowMs < (expiryOf.get(holdId ?? '') ?? 0) && !ended.has(holdId);
    return [
      ...eventViolations(
        operation,
        events.map(({ type, payload }) => ({ type, ...payload })),
      ),
      ...(answer === 'refused'
        ? refusals.flatMap((one) => causeViolations(operation, one, { ...history, freed }))
        : []),
      ...(isEarly ? [`${kind} found hold ${holdId} expired before its instant`] : []),
    ];
  });
}

/** One event for each booking that changed, by start, with the version that was answered; none of anything else. */
function eventViolations(
  { kind, traceId, answer, bookings }: SeatOperation,
  events: readonly (Payload & { type: string })[],
): string[] {
  if (answer !== 'done') return events.length > 0 ? [`${kind} ${traceId} was ${answer} but took effect`] : [];
  if (events.length === 0 && MAY_CHANGE_NOTHING.includes(kind)) return [];
  const announced = events.map(({ type, booking_id: id, booking_version: version }) => [type, id, version]);
  const answered = bookings.map(({ id, version }) => [EVENT_OF[kind], id, version]);
  const violations: string[] = [];
  if (JSON.stringify(announced) !== JSON.stringify(answered))
    violations.push(
      `${kind} ${traceId} answered ${JSON.stringify(answered)} and announced ${JSON.stringify(announced)}`,
    );
  const starts = events.map(({ start_time: start }) => start);
  if (starts.join() !== starts.toSorted().join())
    violations.push(`${kind} ${traceId} announced its bookings out of order`);
  return violations;
}

type Freed = { occupant: Occupant; by: Pick<SeatOperation, 'began' | 'ended'> };

/** What was given back, and by which operation: of the sweep, at any time. */
function freedIn(transactions: readonly Transaction[], { operations }: SeatHistory): Freed[] {
  const byTrace = new Map(operations.map((one) => [one.traceId, one]));
  const replay = emptyReplay();
  return transactions.flatMap((transaction) => {
    const by = byTrace.get(transaction.traceId) ?? { began: 0, ended: Infinity };
    const ids = new Set(
      transaction.events.flatMap(({ payload }) => [payload.booking_id, payload.hold_id ?? '']),
    );
    const before = [...ids].flatMap((id) => {
      const booking = replay.bookings.get(id);
      return booking && isOccupying(booking) ? [booking] : (replay.holds.get(id) ?? []);
    });
    apply(replay, transaction);
    return before.map((occupant) => ({ occupant, by }));
  });
}

/** A conflict names what is in the way: something that overlaps, and no hold from its expiry on. */
function causeViolations(
  operation: SeatOperation,
  { code, conflict, resourceId }: Refusal,
  { bufferMs, holds: known, freed }: Pick<SeatHistory, 'bufferMs' | 'holds'> & { freed: readonly Freed[] },
): string[] {
  const { kind, nowMs, requested, began, ended } = operation;
  if (code !== 'CONFLICT' || !conflict) return [];
  const violations: string[] = [];
  const { bookings, holds, remainingSeats } = conflict;
  for (const { startTime, endTime, expiresAt } of holds) {
    const isKnown = known.some(
      (one) =>
        one.start === startTime.epochMilliseconds &&
        one.end === endTime.epochMilliseconds &&
        one.expiresAt.equals(expiresAt),
    );
    if (!isKnown) violations.push(`${kind} was refused for a hold that expires at another instant`);
    if (expiresAt.epochMilliseconds <= nowMs)
      violations.push(`${kind} was refused for a hold that had expired`);
  }
  if (!requested || resourceId === undefined) return violations;
  const padded = ({ start, end }: Span) => ({ start, end: end + bufferMs(resourceId) });
  const isInTheWay = (span: Span) => overlap(padded(span), padded(requested));
  const named = [...bookings, ...holds].map(({ startTime, endTime }) => ({
    start: startTime.epochMilliseconds,
    end: endTime.epochMilliseconds,
  }));
  if (!named.every(isInTheWay)) violations.push(`${kind} was refused for what does not overlap`);
  // What was in the way may have been given back before it could be named.
  const isReleased = freed.some(
    ({ occupant, by }) =>
      occupant.resourceIds.includes(resourceId) &&
      isInTheWay(occupant) &&
      by.began < ended &&
      began < by.ended,
  );
  if (named.length === 0 && !isReleased)
    violations.push(`${kind} was refused although nothing is in the way`);
  const seats = requested.wanted.find((one) => one.resourceId === resourceId)?.seats ?? 0;
  if (remainingSeats >= seats)
    violations.push(`${kind} was refused although ${remainingSeats} seats are left`);
  return violations;
}
