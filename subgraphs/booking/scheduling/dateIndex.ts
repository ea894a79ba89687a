/** Finds what applies to a date among entries for ranges of dates, such as special hours. */
import { midnightUtc } from '@libs/time/days';
import type { Temporal } from 'temporal-polyfill';

/** Both dates are included. */
export type DateRange = { from: Temporal.PlainDate; to: Temporal.PlainDate };

/** Sorted; by midnights in UTC, which stand for the dates. */
type Indexed<Entry> = { fromMs: number; toMs: number; entry: Entry }[];

/** Kept by list, as one answer looks up many dates in it. */
const indexes = new WeakMap<readonly DateRange[], Indexed<DateRange>>();

export function indexOfDates<Entry extends DateRange>(entries: readonly Entry[]): Indexed<Entry> {
  const known = indexes.get(entries);
  if (known) return known as Indexed<Entry>;
  const index = entries
    .map((entry) => ({ fromMs: midnightUtc(entry.from), toMs: midnightUtc(entry.to), entry }))
    .sort((a, b) => a.fromMs - b.fromMs);
  indexes.set(entries, index);
  return index;
}

/** The entry that includes the date; `entries` do not overlap. */
export function entryOn<Entry extends DateRange>(
  entries: readonly Entry[],
  date: Temporal.PlainDate,
): Entry | undefined {
  if (entries.length === 0) return undefined;
  const index = indexOfDates(entries);
  const midnight = midnightUtc(date);
  let low = 0;
  let high = index.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (index[middle]!.fromMs <= midnight) low = middle + 1;
    else high = middle;
  }
  const last = index[low - 1];
  return last && midnight <= last.toMs ? last.entry : undefined;
}
