/** What each occurrence of a series becomes. Pure. */
import type { BookingRow } from '@drizzle/booking/tables';
import type { Temporal } from 'temporal-polyfill';
import type { EndRules } from '../../scheduling/recurrence.ts';
import { wallClockAfter } from '../../scheduling/wallClock.ts';
import type { UpdateBookingSeriesInput } from '../../generated.ts';
import { isMove, seatsGained, wantedAfter } from '../requestedUpdate.ts';
import { occupiesResource } from '../status.ts';
import type { WantedResource } from '../wanted.ts';
import {
  moveOf,
  movedOccurrence,
  movedStart,
  newTimesOf,
  ruleStartOf,
  returned,
  type Move,
} from './movedOccurrences.ts';

export type OccurrencePlan = {
  row: BookingRow;
  /** Without the columns that follow from what it occupies. */
  next: BookingRow;
  wanted: WantedResource[];
  /** Whether it gets another time or other resources. */
  isMoved: boolean;
  /** On its own resource. */
  seatsGained: number;
};

/** Gives seats back, and changes nothing else of what it occupies: fewer always fit. */
export const givesSeatsBack = ({ isMoved, seatsGained: gained }: OccurrencePlan): boolean =>
  !isMoved && gained < 0;

export type SeriesPlan = {
  /** By start. */
  occurrences: OccurrencePlan[];
  /** null: the times stay. */
  move: Move | null;
  /** Whether the rule's times or resources change, not only exceptions. */
  isRuleChanged: boolean;
};

/** The occurrence that followed the series the longest, of those that may have stopped following it, as cancelled ones have. */
export const lastFollowing = (regular: readonly BookingRow[]): BookingRow | undefined =>
  regular.toSorted((a, b) => a.updatedAt.epochMilliseconds - b.updatedAt.epochMilliseconds).at(-1);

/**
 * An occurrence that is as the series says: the named one unless it is an exception, else the nearest to it that lies ahead, else the one
 * that followed the series the longest; the named one if all are exceptions.
 */
export function regularNear(
  named: BookingRow,
  all: readonly BookingRow[],
  now: Temporal.Instant,
): BookingRow {
  if (!named.isException) return named;
  const regular = all.filter(({ isException }) => !isException);
  const at = named.startTime.epochMilliseconds;
  const distance = ({ startTime }: BookingRow) => Math.abs(startTime.epochMilliseconds - at);
  const [nearest] = regular
    .filter(
      ({ status, startTime }) =>
        occupiesResource(status) && startTime.epochMilliseconds > now.epochMilliseconds,
    )
    .toSorted((a, b) => distance(a) - distance(b));
  return nearest ?? lastFollowing(regular) ?? named;
}

/**
 * `changing`: the occurrences of the scope, the named one among them. An exception that is named takes the new times and stays an exception,
 * unless exceptions return: days then count from where the rule put it.
 */
export function planOccurrences(
  input: UpdateBookingSeriesInput,
  { named, changing, regular }: { named: BookingRow; changing: readonly BookingRow[]; regular: BookingRow },
  rules: EndRules,
): SeriesPlan {
  const isReturning = (row: BookingRow) => input.includeExceptions === true && row.isException;
  const from = (row: BookingRow) => (isReturning(row) ? returned(row, regular, rules) : row);
  const move = moveOf(from(named), input, rules);

  const timesOf = (row: BookingRow) => {
    if (row.id === named.id) return newTimesOf(from(row), input, rules.timezone);
    if (!move || (row.isException && !isReturning(row))) return from(row);
    return movedOccurrence(from(row), move);
  };
  const planOf = (row: BookingRow): OccurrencePlan => {
    const { startTime, endTime } = timesOf(row);
    const isKept = row.isException && !isReturning(row) && row.id !== named.id;
    const { resourceId, additionalResources } = isReturning(row) ? regular : row;
    const before = { resourceId, additionalResources, seats: row.seats };
    const wanted = wantedAfter(before, isKept ? { seats: input.seats } : input);
    const isAtItsStart = !row.isException || isReturning(row);
    const originalStart = isAtItsStart
      ? startTime
      : move
        ? movedStart(ruleStartOf(row), move)
        : row.originalStart;
    const clientId = input.clientId === null ? row.userId : (input.clientId ?? row.clientId);
    const next: BookingRow = {
      ...row,
      resourceId: wanted[0]!.resourceId,
      startTime,
      endTime,
      ...wallClockAfter(row, { startTime, endTime }, rules.timezone),
      clientId,
      notes: input.notes === undefined ? row.notes : input.notes,
      originalStart: move || isReturning(row) ? originalStart : row.originalStart,
      isException: row.isException && !isReturning(row),
    };
    const wishes = { ...next, wanted };
    return { row, next, wanted, isMoved: isMove(row, wishes), seatsGained: seatsGained(row, wishes) };
  };
  const wishes = { ...regular, wanted: wantedAfter(regular, input) };
  const isElsewhere = isMove(regular, { ...wishes, resourceId: wishes.wanted[0]!.resourceId });
  return { occurrences: changing.map(planOf), move, isRuleChanged: move !== null || isElsewhere };
}
