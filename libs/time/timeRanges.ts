/** Ranges of wall-clock time within a day, and beyond midnight. */
import { END_OF_DAY, formatLocalTime, localTime, type LocalTime } from './localTimes.ts';

/** Half-open. `end` may be 24:00; at or before `start` it is on the next date, and equal times are 24 hours. */
export type TimeRange = { start: LocalTime; end: LocalTime };

export const crossesMidnight = ({ start, end }: TimeRange): boolean => end <= start;

export function durationSeconds({ start, end }: TimeRange): number {
  return end > start ? end - start : end - start + END_OF_DAY;
}

/** 'HH:MM:SS' each, for storage. */
export const formatTimeRange = ({ start, end }: TimeRange): { start: string; end: string } => ({
  start: formatLocalTime(start),
  end: formatLocalTime(end),
});

/** The inverse of `formatTimeRange`. */
export const parseTimeRange = ({ start, end }: { start: string; end: string }): TimeRange => ({
  start: localTime(start),
  end: localTime(end),
});

/** A span of seconds that recurs every `periodSeconds`, such as a range of each week. */
type RecurringSpan = { start: number; seconds: number };

/** The index of the first span that overlaps an earlier one; -1 if none does. No span may be longer than the period. */
export function indexOfOverlap(spans: readonly RecurringSpan[], periodSeconds: number): number {
  const gap = (from: number, to: number) => (((to - from) % periodSeconds) + periodSeconds) % periodSeconds;
  return spans.findIndex((span, index) =>
    spans
      .slice(0, index)
      .some(
        (other) =>
          gap(other.start, span.start) < other.seconds || gap(span.start, other.start) < span.seconds,
      ),
  );
}
