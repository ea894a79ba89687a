/** Weekly ranges: the hours of named days by the wall clock, and what they come to on a day in a zone. */
import type { Temporal } from 'temporal-polyfill';
import { dayBounds, dayOfWeek, type DayOfWeek } from './days.ts';
import { instantAt, type LocalTime } from './localTimes.ts';
import { mergeSpans, type Span } from './spans.ts';

/** Every week on `day`, from `start` up to but not including `end`, which may be 24:00. */
export type WeeklyRange = { day: DayOfWeek; start: LocalTime; end: LocalTime };

/** The first range, in the order given, that shares a time with one before it; undefined where none does. */
export function firstOverlapping(ranges: readonly WeeklyRange[]): WeeklyRange | undefined {
  return ranges.find((range, place) =>
    ranges
      .slice(0, place)
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
 * The spans that weekly ranges make around a day, by start. Adjoining ranges are one span, also across midnight (one
 * ends at 24:00, the next day's begins at 00:00), so the ranges of the days before and after are in it too.
 */
export function spansAround(date: Temporal.PlainDate, ranges: readonly WeeklyRange[], zone: string): Span[] {
  const days = [date.subtract({ days: 1 }), date, date.add({ days: 1 })];
  return mergeSpans(
    days
      .flatMap((day) => {
        const name = dayOfWeek(day);
        return ranges.filter((range) => range.day === name).map((range) => spanOn(day, range, zone) ?? []);
      })
      .flat(),
  );
}
