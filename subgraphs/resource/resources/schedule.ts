import type { StoredRange } from '@drizzle/resource/tables';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import { formatLocalTime, localTime } from '@libs/time/localTimes';
import { firstOverlapping, type WeeklyRange } from '@libs/time/weekly';

/** Ranges per resource: one per half hour of the week. */
export const MAX_RANGES = 7 * 48;

/** Null means the tenant's working hours, an empty schedule never. */
export function scheduleRefusals(
  ranges: readonly WeeklyRange[] | null | undefined,
  field: string[],
): Refusal[] {
  if (!ranges) return [];
  if (ranges.length > MAX_RANGES) {
    return [refusal('INVALID', 'resource.tooManyRanges', field, { max: MAX_RANGES })];
  }
  // Also refuses a start at 24:00, since no end is later.
  const backward = ranges.flatMap(({ start, end }, index) =>
    start < end ? [] : [refusal('INVALID', 'resource.rangeEndsTooEarly', [...field, String(index), 'end'])],
  );
  if (backward.length > 0) return backward;
  const overlapping = firstOverlapping(ranges);
  if (!overlapping) return [];
  return [refusal('INVALID', 'resource.rangesOverlap', [...field, String(ranges.indexOf(overlapping))])];
}

export function storedSchedule(ranges: readonly WeeklyRange[] | null | undefined): StoredRange[] | null {
  if (!ranges) return null;
  return ranges.map(({ day, start, end }) => ({
    day,
    start: formatLocalTime(start),
    end: formatLocalTime(end),
  }));
}

export function scheduleOf(stored: readonly StoredRange[] | null): WeeklyRange[] | null {
  if (!stored) return null;
  return stored.map(({ day, start, end }) => ({ day, start: localTime(start), end: localTime(end) }));
}
