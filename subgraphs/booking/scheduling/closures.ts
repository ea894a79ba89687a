/** The times at which closures allow no booking. */
import { addDays, localDay, midnightUtc } from '@libs/time/days';
import { END_OF_DAY, START_OF_DAY, type LocalTime } from '@libs/time/localTimes';
import { mergeSpans, type Span } from '@libs/time/spans';
import { spanOn } from '@libs/time/weekly';
import type { Temporal } from 'temporal-polyfill';
import { indexOfDates, type DateRange } from './dateIndex.ts';

const DAY_MS = 86_400_000;

/** The times of a closure that applies to the resource: on each date of the range, from startTime to endTime on the tenant's wall clock. */
export type ClosureTimes = DateRange & {
  /** Null: 00:00. */
  startTime: LocalTime | null;
  /** Null: 24:00. */
  endTime: LocalTime | null;
};

/** The closed times of the dates from `first` to `last`, disjoint and in order. */
export function closedSpans(
  closures: readonly ClosureTimes[],
  { first, last }: { first: Temporal.PlainDate; last: Temporal.PlainDate },
  zone: string,
): Span[] {
  if (closures.length === 0) return [];
  const firstMs = midnightUtc(first);
  const lastMs = midnightUtc(last);
  const spans: Span[] = [];
  for (const { fromMs, toMs, entry } of indexOfDates(closures)) {
    if (fromMs > lastMs) break;
    if (toMs < firstMs) continue;
    const from = fromMs < firstMs ? first : entry.from;
    const to = toMs > lastMs ? last : entry.to;
    const { startTime, endTime } = entry;
    if (startTime === null && endTime === null) {
      spans.push({ start: localDay(from, zone).start, end: localDay(to, zone).end });
      continue;
    }
    const range = { start: startTime ?? START_OF_DAY, end: endTime ?? END_OF_DAY };
    const days = (midnightUtc(to) - midnightUtc(from)) / DAY_MS;
    for (let day = 0; day <= days; day += 1) {
      const span = spanOn(addDays(from, day), range, zone);
      if (span) spans.push(span);
    }
  }
  return mergeSpans(spans);
}
