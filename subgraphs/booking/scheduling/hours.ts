/** Which times are open: the tenant's hours and the resource's, from whichever source decides each date. */
import { addDays, dayOfWeek, localDay, midnightUtc } from '@libs/time/days';
import { mergeSpans, type Span } from '@libs/time/spans';
import type { TimeRange } from '@libs/time/timeRanges';
import { overnightSpanOn, spanOn, spansAround } from '@libs/time/weekly';
import type { Temporal } from 'temporal-polyfill';
import { entryOn } from './dateIndex.ts';
import { gridOf, type Grid } from './grid.ts';
import type { SchedulingContext, SchedulingRules, SpecialHours } from './rules.ts';

const DAY_MS = 86_400_000;

type HoursRules = Pick<
  SchedulingRules,
  | 'timezone'
  | 'workingHoursStart'
  | 'workingHoursEnd'
  | 'workingDays'
  | 'bookingInterval'
  | 'overnight'
  | 'specialHours'
>;
type HoursContext = { rules: HoursRules } & Pick<SchedulingContext, 'schedule' | 'seasons' | 'overrides'>;

/** A range of the tenant's hours. It belongs to the date on which it starts. */
export type HoursRange = Span & {
  /** Null: the working hours. */
  special: SpecialHours | null;
  /** The grid of its date. */
  grid: Grid;
  /** By when a booking that starts in the range must end: the end of the range, or of the ranges in which it continues. */
  reach: number;
};

/** By the wall clock; touching ranges are not merged. */
export function tenantRanges(date: Temporal.PlainDate, rules: HoursRules): readonly TimeRange[] {
  const special = entryOn(rules.specialHours, date);
  if (special) return special.ranges;
  return rules.workingDays.includes(dayOfWeek(date))
    ? [{ start: rules.workingHoursStart, end: rules.workingHoursEnd }]
    : [];
}

/** By the wall clock; null: the tenant's hours. An override replaces season and weekly schedule, a season the weekly schedule. */
export function resourceRanges(
  date: Temporal.PlainDate,
  { schedule, seasons, overrides }: Omit<HoursContext, 'rules'>,
): readonly TimeRange[] | null {
  const override = entryOn(overrides, date);
  if (override) return override.ranges;
  const weekly = entryOn(seasons, date)?.ranges ?? schedule;
  if (!weekly) return null;
  const day = dayOfWeek(date);
  return weekly.filter((range) => range.day === day);
}

/** Disjoint and in order. */
function spansOf(date: Temporal.PlainDate, ranges: readonly TimeRange[], rules: HoursRules): Span[] {
  const toSpan = rules.overnight ? overnightSpanOn : spanOn;
  const spans = ranges.flatMap((range) => toSpan(date, range, rules.timezone) ?? []);
  return spans.length < 2 ? spans : mergeSpans(spans);
}

/** The tenant's ranges that start on the date. A booking from them is looked at up to `until`. */
export function hoursOn(date: Temporal.PlainDate, rules: HoursRules, until: number): HoursRange[] {
  const special = entryOn(rules.specialHours, date) ?? null;
  const grid = gridOf(date, rules);
  return spansOf(date, tenantRanges(date, rules), rules).map((span) => ({
    start: span.start,
    end: span.end,
    special,
    grid,
    reach: reachOf(span, date, rules, until),
  }));
}

/** A range that ends with its date, at 24:00 or in a gap before it, continues in a range of the next date that starts at 00:00. */
function reachOf({ end }: Span, from: Temporal.PlainDate, rules: HoursRules, until: number): number {
  if (!rules.overnight) return end;
  let reach = end;
  for (let date = from; reach < until && reach === localDay(date, rules.timezone).end;) {
    date = addDays(date, 1);
    const day = localDay(date, rules.timezone);
    if (day.start === day.end) continue;
    const next = spansOf(date, tenantRanges(date, rules), rules).find(({ start }) => start === day.start);
    if (!next) break;
    reach = next.end;
  }
  return reach;
}

/** The last date before it that the zone did not skip. */
function dateBefore(date: Temporal.PlainDate, zone: string): Temporal.PlainDate {
  const before = addDays(date, -1);
  const { start, end } = localDay(before, zone);
  return start === end ? addDays(before, -1) : before;
}

/** The ranges of the date before that continue after midnight; a date that the zone skipped is passed over. */
export function hoursFromBefore(date: Temporal.PlainDate, rules: HoursRules, until: number): HoursRange[] {
  if (!rules.overnight) return [];
  const { start } = localDay(date, rules.timezone);
  return hoursOn(dateBefore(date, rules.timezone), rules, until).filter((range) => range.end > start);
}

/**
 * A date on which only the tenant's hours bound the resource: all of it but what belongs to the date before. What its hours add after
 * midnight is not included.
 */
function untilMidnight(date: Temporal.PlainDate, rules: HoursRules): Span {
  const { start, end } = localDay(date, rules.timezone);
  const before = hoursFromBefore(date, rules, start);
  return { start: Math.max(start, ...before.map((range) => range.end)), end };
}

/** Dates by midnightUtc, and the resource's open times on them. */
type OpenDates = { firstMs: number; lastMs: number; spans: Span[] };
/** Of each context, for its many days. */
const openDates = new WeakMap<object, OpenDates>();

/**
 * The resource's open times on the dates from `first` to `last`, and perhaps on others, disjoint and in order; null: whenever the tenant is
 * open.
 */
export function resourceSpans(
  { first, last }: { first: Temporal.PlainDate; last: Temporal.PlainDate },
  context: HoursContext,
): readonly Span[] | null {
  const { rules, schedule, seasons, overrides } = context;
  const isWeekly = seasons.length === 0 && overrides.length === 0;
  if (isWeekly && !schedule) return null;
  if (isWeekly && schedule && !rules.overnight && first.equals(last))
    return spansAround(first, schedule, rules.timezone);
  const firstMs = midnightUtc(first);
  const lastMs = midnightUtc(last);
  const known = openDates.get(context);
  if (known && known.firstMs <= firstMs && lastMs <= known.lastMs) return known.spans;
  // Whoever asks for one date after another gets as many again in advance.
  const isNext = known && known.firstMs <= firstMs && firstMs <= known.lastMs;
  const more = isNext ? Math.round((lastMs - firstMs) / DAY_MS) + 1 : 0;
  const found = {
    firstMs,
    lastMs: lastMs + more * DAY_MS,
    spans: openBetween(first, addDays(last, more), context),
  };
  openDates.set(context, found);
  return found.spans;
}

function openBetween(first: Temporal.PlainDate, last: Temporal.PlainDate, context: HoursContext): Span[] {
  const { rules } = context;
  const spans: Span[] = [];
  const end = midnightUtc(addDays(last, 1));
  for (let date = dateBefore(first, rules.timezone); midnightUtc(date) <= end; date = addDays(date, 1)) {
    const ranges = resourceRanges(date, context);
    if (!ranges) spans.push(untilMidnight(date, rules));
    spans.push(...spansOf(date, ranges ?? tenantRanges(date, rules), rules));
  }
  return mergeSpans(spans);
}
