/** Where the occurrences of a series are after one of them was moved. Pure. */
import type { BookingRow } from '@drizzle/booking/tables';
import { toInstant, type DateTimeInput } from '@libs/time/instants';
import { Temporal } from 'temporal-polyfill';
import { endsOf, localOf, type EndRules } from '../../scheduling/recurrence.ts';
import type { Occurrence } from '../../scheduling/rules.ts';

/** The same change of time for all occurrences. */
export type Move = {
  zone: string;
  /** Local ones. */
  days: number;
  /** On the wall clock; null: each keeps its own. */
  time: Temporal.PlainTime | null;
  endOf: ReturnType<typeof endsOf>;
};

type NewTimes = { startTime?: DateTimeInput | null | undefined; endTime?: DateTimeInput | null | undefined };

/** Where the rule put it. */
export const ruleStartOf = ({
  originalStart,
  startTime,
}: Pick<BookingRow, 'originalStart' | 'startTime'>): Temporal.Instant => originalStart ?? startTime;

/** The named occurrence itself. */
export const newTimesOf = (from: Occurrence, { startTime, endTime }: NewTimes, zone: string): Occurrence => ({
  startTime: startTime ? toInstant(startTime, zone) : from.startTime,
  endTime: endTime ? toInstant(endTime, zone) : from.endTime,
});

/** The change that all others take over from the named occurrence, which was `from`; null if its times stay as they are. */
export function moveOf(from: Occurrence, input: NewTimes, rules: EndRules): Move | null {
  const { timezone: zone } = rules;
  const to = newTimesOf(from, input, zone);
  const isShifted = !to.startTime.equals(from.startTime);
  if (!isShifted && to.endTime.equals(from.endTime)) return null;
  const isLocal = [input.startTime, input.endTime].some((time) => time instanceof Temporal.PlainDateTime);
  const startTime = input.startTime ?? givenAs(from.startTime, zone, isLocal);
  const endTime = input.endTime ?? givenAs(from.endTime, zone, isLocal);
  const endOf = endsOf({ startTime, endTime }, rules);
  if (!isShifted) return { zone, days: 0, time: null, endOf };
  const local = localOf(startTime, zone);
  const { days } = localOf(from.startTime, zone)
    .toPlainDate()
    .until(local.toPlainDate(), { largestUnit: 'days' });
  return { zone, days, time: local.toPlainTime(), endOf };
}

/** A time that stays counts by the wall clock if the other one does. */
function givenAs(instant: Temporal.Instant, zone: string, isLocal: boolean): DateTimeInput {
  const local = localOf(instant, zone);
  return isLocal && toInstant(local, zone).equals(instant) ? local : instant;
}

export function movedLocal(
  local: Temporal.PlainDateTime,
  { days, time }: Pick<Move, 'days' | 'time'>,
): Temporal.PlainDateTime {
  const moved = local.add({ days });
  return time ? moved.toPlainDate().toPlainDateTime(time) : moved;
}

export function movedStart(start: Temporal.Instant, move: Move): Temporal.Instant {
  if (move.days === 0 && move.time === null) return start;
  return toInstant(movedLocal(localOf(start, move.zone), move), move.zone);
}

export function movedOccurrence({ startTime }: Pick<Occurrence, 'startTime'>, move: Move): Occurrence {
  const start = movedStart(startTime, move);
  return { startTime: start, endTime: move.endOf(movedLocal(localOf(startTime, move.zone), move), start) };
}

/** An exception where the rule put it, as long as `regular` is. */
export function returned(row: BookingRow, regular: Occurrence, rules: EndRules): Occurrence {
  const startTime = ruleStartOf(row);
  const endOf = endsOf(regular, rules);
  return { startTime, endTime: endOf(localOf(startTime, rules.timezone), startTime) };
}
