/** A resource's hours on certain dates, in place of its weekly schedule: seasons, and overrides of both. */
import type { StoredOverride, StoredSeason } from '@drizzle/resource/tables';
import {
  dailyRangeRefusals,
  datedEntryRefusals,
  daysOf,
  MAX_DATED_ENTRIES,
  MAX_ENTRY_DAYS,
} from '@libs/outcome/datedHours';
import type { Refusal } from '@libs/outcome/outcome';
import { formatTimeRange, parseTimeRange, type TimeRange } from '@libs/time/timeRanges';
import type { WeeklyRange } from '@libs/time/weekly';
import { Temporal } from 'temporal-polyfill';
import type { ScheduleOverrideInput, ScheduleSeasonInput } from '../generated.ts';
import { rangesOf, scheduleRefusals, storedRanges } from './schedule.ts';

const MAX_SEASONS = 50;

type Dated<Range> = {
  from: Temporal.PlainDate;
  to: Temporal.PlainDate;
  ranges: Range[];
  name: string | null;
};

export function seasonRefusals(
  seasons: readonly ScheduleSeasonInput[] | null | undefined,
  path: string[],
  overnight: boolean,
): Refusal[] {
  const limits = { maxEntries: MAX_SEASONS, maxDays: Number.POSITIVE_INFINITY };
  return datedEntryRefusals(seasons ?? [], path, limits, ({ ranges }, at) =>
    scheduleRefusals(ranges, at, overnight),
  );
}

export function overrideRefusals(
  overrides: readonly ScheduleOverrideInput[] | null | undefined,
  path: string[],
  overnight: boolean,
): Refusal[] {
  const limits = { maxEntries: MAX_DATED_ENTRIES, maxDays: MAX_ENTRY_DAYS };
  return datedEntryRefusals(overrides ?? [], path, limits, (entry, at) =>
    dailyRangeRefusals(entry.ranges, at, { overnight, days: daysOf(entry) }),
  );
}

const storedDates = ({ from, to, name }: ScheduleSeasonInput | ScheduleOverrideInput) => ({
  from: from.toString(),
  to: to.toString(),
  name: name ?? null,
});

const datesOf = ({ from, to, name }: StoredSeason | StoredOverride) => ({
  from: Temporal.PlainDate.from(from),
  to: Temporal.PlainDate.from(to),
  name,
});

export const storedSeasons = (seasons: readonly ScheduleSeasonInput[]): StoredSeason[] =>
  seasons.map((season) => ({ ...storedDates(season), ranges: storedRanges(season.ranges) }));

export const seasonsOf = (stored: readonly StoredSeason[]): Dated<WeeklyRange>[] =>
  stored.map((season) => ({ ...datesOf(season), ranges: rangesOf(season.ranges) }));

export const storedOverrides = (overrides: readonly ScheduleOverrideInput[]): StoredOverride[] =>
  overrides.map((entry) => ({ ...storedDates(entry), ranges: entry.ranges.map(formatTimeRange) }));

export const overridesOf = (stored: readonly StoredOverride[]): Dated<TimeRange>[] =>
  stored.map((entry) => ({ ...datesOf(entry), ranges: entry.ranges.map(parseTimeRange) }));
