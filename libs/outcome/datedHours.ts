/** Checks of hours that apply from one date to another: special hours, seasons and overrides. */
import { midnightUtc } from '@libs/time/days';
import { END_OF_DAY } from '@libs/time/localTimes';
import { crossesMidnight, durationSeconds, indexOfOverlap, type TimeRange } from '@libs/time/timeRanges';
import type { Temporal } from 'temporal-polyfill';
import { textRefusals } from './checks.ts';
import { refusal, type Refusal } from './outcome.ts';

/** Inclusive. */
export type DatedEntry = {
  from: Temporal.PlainDate;
  to: Temporal.PlainDate;
  name?: string | null | undefined;
};

/** Entries of special hours, and overrides of a resource. */
export const MAX_DATED_ENTRIES = 366;
/** From the first date to the last of special hours, and of an override. */
export const MAX_ENTRY_DAYS = 92;
/** Ranges of one date: one per half hour. */
const MAX_RANGES_OF_DAY = 48;

const DAY_MS = 86_400_000;

type EntryLimits = { maxEntries: number; maxDays: number };

/** Refuses TOO_MANY entries, and INVALID ones: dates that are reversed, too far apart or those of another entry, and empty names. */
export function datedEntryRefusals<Entry extends DatedEntry>(
  entries: readonly Entry[],
  path: string[],
  { maxEntries, maxDays }: EntryLimits,
  rangeRefusals: (entry: Entry, path: string[]) => Refusal[],
): Refusal[] {
  if (entries.length > maxEntries) {
    return [refusal('TOO_MANY', 'shared.tooManyEntries', path, { max: maxEntries })];
  }
  const refusals = entries.flatMap((entry, index) => {
    const at = [...path, String(index)];
    return [
      ...dateRefusals(entry, at, maxDays),
      ...textRefusals(entry.name, at, 'name'),
      ...rangeRefusals(entry, [...at, 'ranges']),
    ];
  });
  return [...refusals, ...sharedDateRefusals(entries, path)];
}

/** How many dates the entry covers; 0 or less if they are reversed. */
export const daysOf = ({ from, to }: DatedEntry): number =>
  (midnightUtc(to) - midnightUtc(from)) / DAY_MS + 1;

function dateRefusals(entry: DatedEntry, at: string[], maxDays: number): Refusal[] {
  const days = daysOf(entry);
  if (days < 1) return [refusal('INVALID', 'shared.datesReversed', [...at, 'to'])];
  return days > maxDays ? [refusal('INVALID', 'shared.tooManyDays', [...at, 'to'], { max: maxDays })] : [];
}

/** One for each entry with a date of an entry before it in the list. */
function sharedDateRefusals(entries: readonly DatedEntry[], path: string[]): Refusal[] {
  const byStart = entries
    .map((entry, index) => ({ index, from: midnightUtc(entry.from), to: midnightUtc(entry.to) }))
    .filter(({ from, to }) => from <= to)
    .sort((a, b) => a.from - b.from || a.index - b.index);
  const found = new Set<number>();
  let last = byStart[0];
  for (const next of byStart.slice(1)) {
    if (last && next.from <= last.to) found.add(Math.max(next.index, last.index));
    if (!last || next.to > last.to) last = next;
  }
  return [...found]
    .sort((a, b) => a - b)
    .map((index) => refusal('INVALID', 'shared.datesOverlap', [...path, String(index)]));
}

/** A range ends after its start, or with `overnight` on the next date; 24:00 is only an end. */
export function endRefusals(ranges: readonly TimeRange[], path: string[], overnight: boolean): Refusal[] {
  return ranges.flatMap((range, index) => {
    if (!crossesMidnight(range)) return [];
    const at = [...path, String(index)];
    if (!overnight) return [refusal('INVALID', 'shared.rangeEndsTooEarly', [...at, 'end'])];
    return range.start === END_OF_DAY
      ? [refusal('INVALID', 'shared.startsAtEndOfDay', [...at, 'start'])]
      : [];
  });
}

/** Ranges that apply on `days` dates in a row; the night of one must not overlap the morning of the next. */
export function dailyRangeRefusals(
  ranges: readonly TimeRange[],
  path: string[],
  { overnight, days }: { overnight: boolean; days: number },
): Refusal[] {
  if (ranges.length > MAX_RANGES_OF_DAY) {
    return [refusal('INVALID', 'shared.tooManyRanges', path, { max: MAX_RANGES_OF_DAY })];
  }
  const ends = endRefusals(ranges, path, overnight);
  if (ends.length > 0) return ends;
  const spans = ranges.map((range) => ({ start: range.start, seconds: durationSeconds(range) }));
  // Within two days, no range of a single date meets itself again.
  const index = indexOfOverlap(spans, days > 1 ? END_OF_DAY : 2 * END_OF_DAY);
  return index === -1 ? [] : [refusal('INVALID', 'shared.rangesOverlap', [...path, String(index)])];
}
