/** Weekly ranges of wall-clock time. */
import type { Temporal } from 'temporal-polyfill';
import { dayOfWeek, localDay, midnightUtc, type DayOfWeek } from './days.ts';
import { END_OF_DAY, instantAt, START_OF_DAY, type LocalTime } from './localTimes.ts';
import { mergeSpans, type Span } from './spans.ts';

const SECOND_MS = 1_000;

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
  const day = localDay(date, zone);
  if (day.start === day.end) return undefined;
  const start = epochMsAt(date, range.start, zone);
  const end = epochMsAt(date, range.end, zone);
  return start < end ? { start, end } : undefined;
}

/** Like `instantAt`, by addition on days without a clock change. */
function epochMsAt(date: Temporal.PlainDate, time: LocalTime, zone: string): number {
  const day = localDay(date, zone);
  if (time === END_OF_DAY) return day.end;
  const midnight = midnightUtc(date);
  const [first] = day.offsets;
  const epochMs = midnight + time * SECOND_MS - first!.offsetMs;
  const isPlain = day.offsets.length === 1 && day.start === midnight - first!.offsetMs && epochMs < day.end;
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
    ...spansOf(date.add({ days: 1 }), ({ start }) => start === START_OF_DAY),
  ]);
}
