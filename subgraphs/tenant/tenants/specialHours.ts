/** The tenant's hours on certain dates, in place of its working days and hours. */
import type { StoredSpecialHours } from '@drizzle/tenant/tables';
import type { TenantSettings } from '@libs/directory/tenants';
import {
  dailyRangeRefusals,
  datedEntryRefusals,
  daysOf,
  MAX_DATED_ENTRIES,
  MAX_ENTRY_DAYS,
} from '@libs/outcome/datedHours';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import { SECONDS_A_MINUTE } from '@libs/time/localTimes';
import { crossesMidnight, formatTimeRange, parseTimeRange, type TimeRange } from '@libs/time/timeRanges';
import { Temporal } from 'temporal-polyfill';
import type { SpecialHoursInput } from '../generated.ts';

type SpecialHours = TenantSettings['specialHours'][number];

export function storedSpecialHours(entries: readonly SpecialHoursInput[]): StoredSpecialHours[] {
  return entries.map(({ from, to, ranges, name }) => ({
    from: from.toString(),
    to: to.toString(),
    ranges: ranges.map(formatTimeRange),
    name: name ?? null,
  }));
}

export function specialHoursOf(stored: readonly StoredSpecialHours[]): SpecialHours[] {
  return stored.map(({ from, to, ranges, name }) => ({
    from: Temporal.PlainDate.from(from),
    to: Temporal.PlainDate.from(to),
    ranges: ranges.map(parseTimeRange),
    name,
  }));
}

export function specialHoursRefusals(
  entries: readonly SpecialHoursInput[],
  path: string[],
  overnight: boolean,
): Refusal[] {
  const limits = { maxEntries: MAX_DATED_ENTRIES, maxDays: MAX_ENTRY_DAYS };
  return datedEntryRefusals(entries, path, limits, (entry, at) => [
    ...secondsRefusals(entry.ranges, at),
    ...dailyRangeRefusals(entry.ranges, at, { overnight, days: daysOf(entry) }),
  ]);
}

/** Refuses seconds, as in working hours: the shown form of a time, 'HH:MM', has none. */
function secondsRefusals(ranges: readonly TimeRange[], path: string[]): Refusal[] {
  return ranges.flatMap((range, index) =>
    (['start', 'end'] as const)
      .filter((field) => range[field] % SECONDS_A_MINUTE !== 0)
      .map((field) => refusal('INVALID', 'tenant.hoursWithSeconds', [...path, String(index), field])),
  );
}

export const haveOvernightHours = (entries: readonly SpecialHours[]): boolean =>
  entries.some(({ ranges }) => ranges.some(crossesMidnight));
