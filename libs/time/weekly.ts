/** Weekly ranges of wall-clock time. */
import type { Temporal } from 'temporal-polyfill';
import { addDays, DAYS_OF_WEEK, dayOfWeek, localDay, midnightUtc, type DayOfWeek } from './days.ts';
import { END_OF_DAY, instantAt, START_OF_DAY, type LocalTime } from './localTimes.ts';
import { mergeSpans, type Span } from './spans.ts';
import { durationSeconds, indexOfOverlap, type TimeRange } from './timeRanges.ts';

const SECOND_MS = 1_000;

/** Every week, starting on `day`. */
export type WeeklyRange = TimeRange & { day: DayOfWeek };

/** The first range that overlaps an earlier one, if any; Sunday night is before Monday morning. */
export function firstOverlapping(ranges: readonly WeeklyRange[]): WeeklyRange | undefined {
  const spans = ranges.map((range) => ({
    start: DAYS_OF_WEEK.indexOf(range.day) * END_OF_DAY + range.start,
    seconds: durationSeconds(range),
  }));
  return ranges[indexOfOverlap(spans, DAYS_OF_WEEK.length * END_OF_DAY)];
}

/**
 * The instants of a range on one day; undefined if the zone skipped the day or a DST gap swallowed the range. It ends with the day: an end in
 * a gap before midnight would be moved past it (America/Nuuk, every March).
 */
export function spanOn(date: Temporal.PlainDate, range: TimeRange, zone: string): Span | undefined {
  const day = localDay(date, zone);
  if (day.start === day.end) return undefined;
  const start = epochMsAt(date, range.start, zone);
  const end = Math.min(epochMsAt(date, range.end, zone), day.end);
  return start < end ? { start, end } : undefined;
}

/** Like `spanOn`, but a range whose end is at or before its start ends on the next date. Equal times are a whole day. */
export function overnightSpanOn(date: Temporal.PlainDate, range: TimeRange, zone: string): Span | undefined {
  if (range.start < range.end) return spanOn(date, range, zone);
  const day = localDay(date, zone);
  if (day.start === day.end) return undefined;
  const start = epochMsAt(date, range.start, zone);
  const end = epochMsAt(addDays(date, 1), range.end, zone);
  return start < end ? { start, end } : undefined;
}

/** Like `instantAt`, by addition on days without a clock change. */
export function epochMsAt(date: Temporal.PlainDate, time: LocalTime, zone: string): number {
  const day = localDay(date, zone);
  if (time === END_OF_DAY) return day.end;
  const midnight = midnightUtc(date);
  const [first] = day.offsets;
  if (!first) return instantAt(date, time, zone).epochMilliseconds;
  const epochMs = midnight + time * SECOND_MS - first.offsetMs;
  const isPlain = day.offsets.length === 1 && day.start === midnight - first.offsetMs && epochMs < day.end;
  return isPlain ? epochMs : instantAt(date, time, zone).epochMilliseconds;
}

/**
 * The open spans around a day, disjoint and in order. Adjoining ranges merge even across midnight, so neighboring days contribute
 * the ranges that touch it.
 */
export function spansAround(date: Temporal.PlainDate, ranges: readonly WeeklyRange[], zone: string): Span[] {
  const spansOf = (day: Temporal.PlainDate, isIncluded: (range: WeeklyRange) => boolean): Span[] => {
    const name = dayOfWeek(day);
    return ranges
      .filter((range) => range.day === name && isIncluded(range))
      .flatMap((range) => spanOn(day, range, zone) ?? []);
  };
  return mergeSpans([
    ...spansOf(date.subtract({ days: 1 }), ({ end }) => end === END_OF_DAY),
    ...spansOf(date, () => true),
    ...spansOf(addDays(date, 1), ({ start }) => start === START_OF_DAY),
  ]);
}
