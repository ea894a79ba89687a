/** Weekly ranges of wall-clock time. */
import type { Temporal } from 'temporal-polyfill';
import { dayBounds, dayOfWeek, type DayOfWeek } from './days.ts';
import { END_OF_DAY, instantAt, START_OF_DAY, type LocalTime } from './localTimes.ts';
import { mergeSpans, type Span } from './spans.ts';

/** Every week on `day`, half-open; `end` may be 24:00. */
export type WeeklyRange = { day: DayOfWeek; start: LocalTime; end: LocalTime };

/** The first range that overlaps an earlier one, if any. */
export function firstOverlapping(ranges: readonly WeeklyRange[]): WeeklyRange | undefined {
  return ranges.find((range, index) =>
    ranges
      .slice(0, index)
      .some((other) => other.day === range.day && other.start < range.end && range.start < other.end),
  );
}

/** The instants of a range on one day; undefined if the zone skipped the day or a DST gap swallowed the range. */
export function spanOn(
  date: Temporal.PlainDate,
  range: { start: LocalTime; end: LocalTime },
  zone: string,
): Span | undefined {
  const day = dayBounds(date, zone);
  if (day.start === day.end) return undefined;
  const start = instantAt(date, range.start, zone).epochMilliseconds;
  const end = instantAt(date, range.end, zone).epochMilliseconds;
  return start < end ? { start, end } : undefined;
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
    ...spansOf(date.add({ days: 1 }), ({ start }) => start === START_OF_DAY),
  ]);
}
