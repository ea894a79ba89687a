/** Weekly ranges: the hours of named days by the wall clock, and what they come to on a day in a zone. */
import type { Temporal } from 'temporal-polyfill';
import { dayBounds, dayOfWeek, type DayOfWeek } from './days.ts';
import { END_OF_DAY, instantAt, START_OF_DAY, type LocalTime } from './localTimes.ts';
import { mergeSpans, type Span } from './spans.ts';

/** Every week on `day`, from `start` up to but not including `end`, which may be 24:00. */
export type WeeklyRange = { day: DayOfWeek; start: LocalTime; end: LocalTime };

/** The first range, in the order given, that shares a time with one before it; undefined where none does. */
export function firstOverlapping(ranges: readonly WeeklyRange[]): WeeklyRange | undefined {
  return ranges.find((range, index) =>
    ranges
      .slice(0, index)
      .some((other) => other.day === range.day && other.start < range.end && range.start < other.end),
  );
}

/**
 * The instants of a wall-clock range on one day, both ends by 'compatible' (see `instantAt`). Undefined where nothing
 * is left of it: the zone left the day out, or a gap swallowed the range.
 */
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
 * The spans that weekly ranges make for times that start on a day. Adjoining ranges are one span, also across midnight
 * (one ends at 24:00, the next day's begins at 00:00): so of the days before and after, the ranges that reach the
 * midnight between are in it too. By start; all disjoint.
 */
export function spansAround(date: Temporal.PlainDate, ranges: readonly WeeklyRange[], zone: string): Span[] {
  const spansOf = (day: Temporal.PlainDate, reaches: (range: WeeklyRange) => boolean): Span[] => {
    const name = dayOfWeek(day);
    return ranges
      .filter((range) => range.day === name && reaches(range))
      .flatMap((range) => spanOn(day, range, zone) ?? []);
  };
  return mergeSpans([
    ...spansOf(date.subtract({ days: 1 }), ({ end }) => end === END_OF_DAY),
    ...spansOf(date, () => true),
    ...spansOf(date.add({ days: 1 }), ({ start }) => start === START_OF_DAY),
  ]);
}
