/** Slots for the contract's `Resource.availability`. */
import type { UserErrorCode } from '@libs/outcome/outcome';
import { addDays, DAYS_OF_WEEK, localDay, type LocalDay, type OffsetSpan } from '@libs/time/days';
import { firstEndingAfter, mergeSpans, type Span } from '@libs/time/spans';
import type { Temporal } from 'temporal-polyfill';
import { bookingDay, type BookingDay, type RequestedTime } from './bookingDay.ts';
import { defaultDuration, isBookableDuration } from './durations.ts';
import { inactiveRefusals } from './eligibility.ts';
import { visitTimes } from './grid.ts';
import { resourceRanges, tenantRanges } from './hours.ts';
import { isHoldExpired, sessionOf, type Occupied } from './occupied.ts';
import { MINUTE_MS, type SchedulingContext, type SchedulingRules } from './rules.ts';
import { heldUntil, seatsLeftAmong, totalSeats } from './slotSeats.ts';
import { CURRENT_TIME_RULES, TIME_RULES } from './timeRules.ts';

const DAY_MS = 86_400_000;
const DAY_SECONDS = 86_400;
const MINUTE_SECONDS = 60;

/** The contract's Slot, in epoch milliseconds, with the UTC offset at each end. */
export type SlotTime = Span & {
  startOffsetMs: number;
  endOffsetMs: number;
  unavailableReason: UserErrorCode | null;
  totalSeats: number;
  remainingSeats: number;
  bookableUntil: number;
  heldUntil: number | null;
};

/**
 * The slots of one day, by start: `durationMinutes` long, at every grid point where one fits into the working hours and the
 * resource's times. `occupied` may have any order and other days.
 *
 * `unavailableReason` is the first that applies of INACTIVE, IN_THE_PAST, TOO_SHORT_NOTICE, TOO_FAR_IN_ADVANCE, CLOSED,
 * CAPACITY_EXCEEDED, CONFLICT, all of which `createBooking` reports.
 */
export function slotsOfDay(
  date: Temporal.PlainDate,
  durationMinutes: number | null,
  context: SchedulingContext,
  occupied: readonly Occupied[],
  seats = 1,
): SlotTime[] {
  const { rules } = context;
  const minutes = durationMinutes ?? defaultDuration(rules);
  if (!isBookableDuration(minutes, rules)) return [];
  const bounds = localDay(date, rules.timezone);
  const until = lastEndOf(bounds, minutes, rules);
  const day = bookingDay(date, context, { dayEnd: bounds.end, until });
  const inactive = inactiveRefusals(context.isActive)[0]?.code;
  const seating = seatingOf(occupied, context, seats);
  const offsetAt = offsetsFrom(date, bounds, rules.timezone);
  const noticeMs = rules.minimumNoticeMinutes * MINUTE_MS;
  return timesOf(day, bounds, minutes).map((time) => {
    const { start, end } = time;
    const broken = inactive ?? CURRENT_TIME_RULES.find((rule) => rule.isBroken(time, day))?.code;
    const left = seating.left(time);
    const unavailableReason = broken ?? seating.reason(left);
    return {
      start,
      end,
      startOffsetMs: offsetAt(start),
      endOffsetMs: offsetAt(end),
      unavailableReason,
      totalSeats: seating.total,
      remainingSeats: broken ? 0 : left,
      bookableUntil: start - noticeMs,
      heldUntil: unavailableReason === 'CONFLICT' ? seating.heldUntil(time) : null,
    };
  });
}

/** Latest end of a day's slots. A point of the grid may come late after a change of the clock. */
const lastEndOf = ({ end }: LocalDay, minutes: number, { overnight }: SchedulingRules): number =>
  overnight ? end + minutes * MINUTE_MS + DAY_MS : end;

/** The span in which the slots of the days lie, buffers included. */
export function reachOf(
  from: Temporal.PlainDate,
  days: number,
  durationMinutes: number | null,
  rules: SchedulingRules,
): Span {
  const first = localDay(from, rules.timezone);
  const last = days === 1 ? first : localDay(addDays(from, days - 1), rules.timezone);
  const minutes = durationMinutes ?? defaultDuration(rules);
  return {
    start: first.start - rules.bufferBeforeMinutes * MINUTE_MS,
    end: lastEndOf(last, minutes, rules) + rules.bufferAfterMinutes * MINUTE_MS,
  };
}

/** Times on the grid, of an allowed duration and within a range, cannot break the other TIME_RULES. */
const FIT_RULES = TIME_RULES.filter(({ code }) =>
  ['OUTSIDE_WORKING_HOURS', 'RESOURCE_UNAVAILABLE'].includes(code),
);

/** The times of this length that keep all of TIME_RULES, by start. */
function timesOf(day: BookingDay, bounds: LocalDay, minutes: number): RequestedTime[] {
  const intervals = minutes / day.rules.bookingInterval;
  const times: RequestedTime[] = [];
  for (const range of day.ranges) {
    visitTimes(range, { day: bounds, grid: range.grid, intervals }, (start, end) => {
      const time = { start, end, range, isOnGrid: true, minutes, isOverlong: false };
      if (!FIT_RULES.some((rule) => rule.isBroken(time, day))) times.push(time);
    });
  }
  if (day.ranges.length < 2) return times;
  // A range that goes past midnight may overlap one of the next date.
  return times
    .toSorted((a, b) => a.start - b.start)
    .filter(({ start }, index, sorted) => start !== sorted[index - 1]?.start);
}

type Seating = {
  total: number;
  /** Call with ascending starts. */
  left(time: Span): number;
  reason(left: number): UserErrorCode | null;
  heldUntil(time: Span): number | null;
};

function seatingOf(occupied: readonly Occupied[], context: SchedulingContext, seats: number): Seating {
  const { mode, capacity, rules } = context;
  const nowMs = context.now.epochMilliseconds;
  const current = occupied.filter((one) => !isHoldExpired(one, nowMs));
  const hasHolds = current.some(({ expiresAt }) => expiresAt != null);
  const seatsLeft = seatsLeftAmong(current, context);
  const beforeMs = rules.bufferBeforeMinutes * MINUTE_MS;
  const afterMs = rules.bufferAfterMinutes * MINUTE_MS;
  const padded = ({ start, end }: Span): Span => ({ start: start - beforeMs, end: end + afterMs });
  const session = (time: Span) => (mode === 'SESSION' ? sessionOf(time) : '');
  // A resource that is booked as a whole has all of its seats or none.
  const needed = mode === 'EXCLUSIVE' ? 1 : seats;
  return {
    total: totalSeats(context),
    left: (time) => seatsLeft(time.start - beforeMs, time.end + afterMs, session(time)),
    reason: (left) => (seats > capacity ? 'CAPACITY_EXCEEDED' : left < needed ? 'CONFLICT' : null),
    heldUntil: (time) =>
      hasHolds ? heldUntil(padded(time), session(time), current, { mode, capacity, seats: needed }) : null,
  };
}

/** The UTC offset at instants from the start of the date. */
function offsetsFrom(
  date: Temporal.PlainDate,
  { offsets }: LocalDay,
  zone: string,
): (epochMs: number) => number {
  const spans: OffsetSpan[] = offsets.map((span) => ({ ...span }));
  let last = date;
  const extend = () => {
    last = addDays(last, 1);
    for (const span of localDay(last, zone).offsets) {
      const before = spans.at(-1);
      if (before?.offsetMs === span.offsetMs) before.end = span.end;
      else spans.push({ ...span });
    }
  };
  let current = spans[0];
  return (epochMs) => {
    if (current && current.start <= epochMs && epochMs < current.end) return current.offsetMs;
    while (spans.length === 0 || spans.at(-1)!.end <= epochMs) extend();
    current = spans.find(({ end }) => epochMs < end)!;
    return current.offsetMs;
  };
}

/**
 * Estimates the number of slots from the hours, without listing them. Days with a clock change may have a few more or fewer. A
 * range that goes past midnight counts on the date on which it starts.
 */
export function countSlots(
  from: Temporal.PlainDate,
  days: number,
  durationMinutes: number | null,
  context: Omit<SchedulingContext, 'now' | 'closures' | 'mode' | 'capacity' | 'isActive'>,
): number {
  const { rules, seasons, overrides } = context;
  const minutes = durationMinutes ?? defaultDuration(rules);
  const isWeekly = rules.specialHours.length === 0 && seasons.length === 0 && overrides.length === 0;
  const different = isWeekly ? Math.min(days, DAYS_OF_WEEK.length) : days;
  const duration = minutes * MINUTE_SECONDS;
  const openOn = rules.overnight
    ? openOvernight(from, different, duration, context)
    : openByDate(from, context);
  let count = 0;
  for (let index = 0; index < different; index += 1) {
    const weeks = isWeekly ? Math.ceil((days - index) / DAYS_OF_WEEK.length) : 1;
    count += weeks * slotsOn(addDays(from, index), duration, rules, (hours) => openOn(index, hours));
  }
  return count;
}

type CountContext = Parameters<typeof countSlots>[3];

/** `openIn`: the resource's times that a booking from these hours may touch, by the wall clock; null: the tenant's. */
function slotsOn(
  date: Temporal.PlainDate,
  duration: number,
  rules: SchedulingRules,
  openIn: (hours: Span) => readonly Span[] | null,
): number {
  const step = rules.bookingInterval * MINUTE_SECONDS;
  const opening = rules.workingHoursStart;
  let count = 0;
  for (const hours of extended(tenantRanges(date, rules), rules)) {
    const reach = reachOfHours(hours, date, duration, rules);
    for (const open of openIn(hours) ?? [{ start: hours.start, end: reach }]) {
      const start = Math.max(hours.start, open.start);
      const lastStart = Math.min(hours.end - 1, Math.min(reach, open.end) - duration);
      const firstPoint = Math.ceil((start - opening) / step);
      const lastPoint = Math.floor((lastStart - opening) / step);
      count += Math.max(0, lastPoint - firstPoint + 1);
    }
  }
  return count;
}

/** By when a booking that starts in the hours must end, like `reach` in hours.ts: it may go on in ranges of the next dates. */
function reachOfHours(
  hours: Span,
  date: Temporal.PlainDate,
  duration: number,
  rules: SchedulingRules,
): number {
  let reach = hours.end;
  for (
    let days = 1;
    rules.overnight && reach === days * DAY_SECONDS && reach < hours.end + duration;
    days += 1
  ) {
    const next = extended(tenantRanges(addDays(date, days), rules), rules).find(({ start }) => start === 0);
    reach += next?.end ?? 0;
  }
  return reach;
}

/** By the wall clock, in seconds since 00:00 of the date; with `overnight`, the ends may be on the next date. */
function extended(ranges: readonly Span[], { overnight }: SchedulingContext['rules']): Span[] {
  return mergeSpans(
    ranges.map(({ start, end }) => ({ start, end: overnight && end <= start ? end + DAY_SECONDS : end })),
  );
}

/** By days from `from`, and hours of that date. */
type OpenOn = (index: number, hours: Span) => Span[] | null;

const ownRanges = (date: Temporal.PlainDate, context: CountContext): Span[] | null => {
  const ranges = resourceRanges(date, context);
  return ranges && extended(ranges, context.rules);
};

const openByDate =
  (from: Temporal.PlainDate, context: CountContext): OpenOn =>
  (index) =>
    ownRanges(addDays(from, index), context);

const shifted = ({ start, end }: Span, days: number): Span => ({
  start: start + days * DAY_SECONDS,
  end: end + days * DAY_SECONDS,
});

/** Ranges may touch those of other dates, so they are merged, once for all dates. */
function openOvernight(
  from: Temporal.PlainDate,
  days: number,
  duration: number,
  context: CountContext,
): OpenOn {
  const own = Array.from({ length: days + 2 + Math.ceil(duration / DAY_SECONDS) }, (_, position) =>
    ownRanges(addDays(from, position - 1), context),
  );
  const merged = mergeSpans(
    own.flatMap((ranges, position) => (ranges ?? []).map((range) => shifted(range, position - 1))),
  );
  return (index, hours) => {
    if (!own[index + 1]) return null;
    const { start, end } = shifted(hours, index);
    const found: Span[] = [];
    for (let at = firstEndingAfter(merged, start); at < merged.length && merged[at]!.start < end; at += 1)
      found.push(shifted(merged[at]!, -index));
    return found;
  };
}
