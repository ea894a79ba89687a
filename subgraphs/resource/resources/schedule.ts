import type { StoredRange } from '@drizzle/resource/tables';
import { endRefusals } from '@libs/outcome/datedHours';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import { formatTimeRange, parseTimeRange } from '@libs/time/timeRanges';
import { firstOverlapping, type WeeklyRange } from '@libs/time/weekly';

/** Ranges of a week: one per half hour. */
export const MAX_RANGES = 7 * 48;

/** Null means the tenant's working hours, an empty schedule never. */
export function scheduleRefusals(
  ranges: readonly WeeklyRange[] | null | undefined,
  field: string[],
  overnight: boolean,
): Refusal[] {
  if (!ranges) return [];
  if (ranges.length > MAX_RANGES) {
    return [refusal('INVALID', 'shared.tooManyRanges', field, { max: MAX_RANGES })];
  }
  const ends = endRefusals(ranges, field, overnight);
  if (ends.length > 0) return ends;
  const overlapping = firstOverlapping(ranges);
  if (!overlapping) return [];
  return [refusal('INVALID', 'shared.rangesOverlap', [...field, String(ranges.indexOf(overlapping))])];
}

const storedRange = (range: WeeklyRange): StoredRange => ({ day: range.day, ...formatTimeRange(range) });
const rangeOf = (stored: StoredRange): WeeklyRange => ({ day: stored.day, ...parseTimeRange(stored) });

export const storedRanges = (ranges: readonly WeeklyRange[]): StoredRange[] => ranges.map(storedRange);
export const rangesOf = (stored: readonly StoredRange[]): WeeklyRange[] => stored.map(rangeOf);

export const storedSchedule = (ranges: readonly WeeklyRange[] | null | undefined): StoredRange[] | null =>
  ranges ? storedRanges(ranges) : null;

export const scheduleOf = (stored: readonly StoredRange[] | null): WeeklyRange[] | null =>
  stored && rangesOf(stored);
