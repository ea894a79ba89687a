/** A resource's weekly hours: what they must be, and how they are kept. Pure. */
import type { StoredRange } from '@drizzle/resource/tables';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import { formatLocalTime, localTime } from '@libs/time/localTimes';
import { firstOverlapping, type WeeklyRange } from '@libs/time/weekly';

/** Ranges of one resource at most: one for every half hour of the week. */
export const MAX_RANGES = 7 * 48;

/** Reasons not to take a schedule; null is the tenant's working hours, and an empty one is never bookable: both are fine. */
export function scheduleRefusals(
  ranges: readonly WeeklyRange[] | null | undefined,
  field: string[],
): Refusal[] {
  if (!ranges) return [];
  if (ranges.length > MAX_RANGES) {
    return [refusal('INVALID', 'resource.tooManyRanges', field, { max: MAX_RANGES })];
  }
  // A start at 24:00 is refused here too: no end is later.
  const backward = ranges.flatMap(({ start, end }, index) =>
    start < end ? [] : [refusal('INVALID', 'resource.rangeEndsTooEarly', [...field, String(index), 'end'])],
  );
  if (backward.length > 0) return backward;
  const overlapping = firstOverlapping(ranges);
  if (!overlapping) return [];
  return [refusal('INVALID', 'resource.rangesOverlap', [...field, String(ranges.indexOf(overlapping))])];
}

/** The schedule as it is kept. */
export function storedSchedule(ranges: readonly WeeklyRange[] | null | undefined): StoredRange[] | null {
  if (!ranges) return null;
  return ranges.map(({ day, start, end }) => ({
    day,
    start: formatLocalTime(start),
    end: formatLocalTime(end),
  }));
}

/** A schedule that was kept. */
export function scheduleOf(stored: readonly StoredRange[] | null): WeeklyRange[] | null {
  if (!stored) return null;
  return stored.map(({ day, start, end }) => ({ day, start: localTime(start), end: localTime(end) }));
}
