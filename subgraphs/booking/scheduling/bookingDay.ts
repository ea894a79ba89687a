/** A date prepared for the rules, and a requested time as they see it. */
import { addDays, dateAt, dayOfWeek, localDay } from '@libs/time/days';
import { offsetMsOf } from '@libs/time/instants';
import type { Span } from '@libs/time/spans';
import { Temporal } from 'temporal-polyfill';
import { closedSpans } from './closures.ts';
import { entryOn } from './dateIndex.ts';
import { MAX_BOOKING_DAYS, MAX_DAY_HOURS } from './durations.ts';
import { gridOf, isOnGrid, minutesOf, type Grid, type TimeOnClock } from './grid.ts';
import { hoursFromBefore, hoursOn, resourceSpans, type HoursRange } from './hours.ts';
import type { Occurrence, SchedulingContext, SchedulingRules, SpecialHours } from './rules.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Nothing later matters: longer times are refused for that. */
const MAX_LOOKAHEAD_MS = (MAX_BOOKING_DAYS + 1) * DAY_MS;

/** A date of the tenant, for times that start on it. */
export type BookingDay = {
  rules: SchedulingRules;
  nowMs: number;
  /** From this instant on there is enough notice. */
  noticeMs: number;
  special: SpecialHours | null;
  /** Whether any of the tenant's hours belong to the date. */
  isOpen: boolean;
  /** The ranges in which a time of the date may start: those of the date, and of the date before if they go past midnight. */
  ranges: readonly HoursRange[];
  /** By when a time that starts outside the ranges must end; undefined if a clock change skips all of the date's hours. */
  lastEnd: number | undefined;
  /** The resource's times, disjoint; null: whenever the tenant is open. */
  open: readonly Span[] | null;
  /** Times that closures close, disjoint. */
  closed: readonly Span[];
  isTooFarAhead: boolean;
};

export type RequestedTime = Span & {
  /** The range in which it starts. */
  range: HoursRange | undefined;
  isOnGrid: boolean;
  /** As the grid counts them; null if a change of the clock leaves an end off the grid. */
  minutes: number | null;
  /** More than any booking may have. */
  isOverlong: boolean;
};

/** advanceBookingDays after today, in the tenant's zone. */
export function lastBookableDate({
  now,
  rules,
}: Pick<SchedulingContext, 'now' | 'rules'>): Temporal.PlainDate {
  return addDays(dateAt(now, rules.timezone), rules.advanceBookingDays);
}

/** The result for each context, kept for its many days. */
const lastBookableDates = new WeakMap<SchedulingContext, Temporal.PlainDate>();

function isTooFarAhead(date: Temporal.PlainDate, context: SchedulingContext): boolean {
  const last = lastBookableDates.get(context) ?? lastBookableDate(context);
  lastBookableDates.set(context, last);
  return Temporal.PlainDate.compare(date, last) > 0;
}

/** `dayEnd`: of the date; `until`: the latest end of the times to be judged. */
export function bookingDay(
  date: Temporal.PlainDate,
  context: SchedulingContext,
  { dayEnd, until }: { dayEnd: number; until: number },
): BookingDay {
  const { now, rules, closures } = context;
  // One more, because days may be short.
  const days = until <= dayEnd ? 0 : Math.ceil((until - dayEnd) / DAY_MS) + 1;
  const dates = { first: date, last: days === 0 ? date : addDays(date, days) };
  const own = hoursOn(date, rules, until);
  const special = entryOn(rules.specialHours, date) ?? null;
  return {
    rules,
    nowMs: now.epochMilliseconds,
    noticeMs: now.epochMilliseconds + rules.minimumNoticeMinutes * MINUTE_MS,
    special,
    isOpen: special ? special.ranges.length > 0 : rules.workingDays.includes(dayOfWeek(date)),
    ranges: rules.overnight ? [...hoursFromBefore(date, rules, until), ...own] : own,
    lastEnd: own.at(-1)?.reach,
    open: resourceSpans(dates, context),
    closed: closedSpans(closures, dates, rules.timezone),
    isTooFarAhead: isTooFarAhead(date, context),
  };
}

/** The date on which a time starts, and the time as the rules see it. */
export function prepared(
  requested: Occurrence,
  context: SchedulingContext,
): { day: BookingDay; time: RequestedTime } {
  const { rules } = context;
  const startClock = requested.startTime.toZonedDateTimeISO(rules.timezone);
  const date = startClock.toPlainDate();
  const start = requested.startTime.epochMilliseconds;
  const end = requested.endTime.epochMilliseconds;
  const startLocalMs = start + offsetMsOf(startClock);
  const endLocalMs = end + offsetMsOf(requested.endTime.toZonedDateTimeISO(rules.timezone));
  const day = bookingDay(date, context, {
    dayEnd: localDay(date, rules.timezone).end,
    until: Math.min(end, start + MAX_LOOKAHEAD_MS),
  });

  const timeOn = (grid: Grid, range: HoursRange | undefined): RequestedTime => {
    const startClockMs = startLocalMs - grid.midnightMs;
    const clock = { start, end, startClockMs, endClockMs: endLocalMs - grid.midnightMs };
    return {
      start,
      end,
      range,
      isOnGrid: isOnGrid(start, startClockMs, grid),
      minutes: minutesOf(clock, grid),
      isOverlong: isOverlong(clock, rules),
    };
  };
  // Where ranges overlap, one that the time fits.
  const times = day.ranges
    .filter((range) => range.start <= start && start < range.end)
    .map((range) => timeOn(range.grid, range));
  const fitting = times.filter(({ range }) => end <= range!.reach);
  const time = fitting.find((one) => one.isOnGrid) ?? fitting[0] ?? times[0];
  return { day, time: time ?? timeOn(gridOf(date, rules), undefined) };
}

/** Longer than any local day; with `overnight` than 31 days, both elapsed and by the wall clock. */
function isOverlong(time: TimeOnClock, { overnight }: SchedulingRules): boolean {
  const elapsedMs = time.end - time.start;
  if (!overnight) return elapsedMs > MAX_DAY_HOURS * HOUR_MS;
  return Math.min(elapsedMs, time.endClockMs - time.startClockMs) > MAX_BOOKING_DAYS * DAY_MS;
}
