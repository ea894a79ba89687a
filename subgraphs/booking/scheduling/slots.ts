/** Slots for the contract's `Resource.availability`. */
import { Temporal } from 'temporal-polyfill';
import type { UserErrorCode } from '@libs/outcome/outcome';
import {
  DAYS_OF_WEEK,
  dayOfWeek,
  localDay,
  midnightUtc,
  type DayOfWeek,
  type OffsetSpan,
} from '@libs/time/days';
import { offsetMsOf } from '@libs/time/instants';
import { mergeSpans, overlap, type Span } from '@libs/time/spans';
import { inactiveRefusals } from './eligibility.ts';
import {
  bookingDay,
  MAX_BOOKING_MS,
  MINUTE_MS,
  CURRENT_TIME_RULES,
  TIME_RULES,
  type RequestedTime,
  type BookingDay,
  type SchedulingRules,
  type SchedulingContext,
} from './rules.ts';

const MINUTE_SECONDS = 60;

/** The contract's Slot, in epoch milliseconds, with the UTC offset at each end. */
export type SlotTime = Span & {
  startOffsetMs: number;
  endOffsetMs: number;
  unavailableReason: UserErrorCode | null;
};

/** A positive multiple of the interval, at most MAX_BOOKING_MS. */
export function isBookableDuration(minutes: number, rules: SchedulingRules): boolean {
  return minutes > 0 && minutes % rules.bookingInterval === 0 && minutes * MINUTE_MS <= MAX_BOOKING_MS;
}

/**
 * The slots of one day, by start: `durationMinutes` long (null: one booking interval), at every grid point where one fits into the
 * working hours and the resource's schedule. `busy` may have any order and other days.
 *
 * `unavailableReason` is the first that applies of INACTIVE, IN_THE_PAST, TOO_FAR_IN_ADVANCE, CONFLICT, all of which
 * `createBooking` reports.
 */
export function slotsOfDay(
  date: Temporal.PlainDate,
  durationMinutes: number | null,
  context: SchedulingContext,
  busy: readonly Span[],
): SlotTime[] {
  const { timezone, bookingInterval } = context.rules;
  const durationMs = (durationMinutes ?? bookingInterval) * MINUTE_MS;
  const day = bookingDay(date, context);
  const isOccupied = occupancyOf(busy);
  const inactive = inactiveRefusals(context.isActive)[0]?.code;
  const offsetAt = offsetsOf(date, timezone);

  const slots: SlotTime[] = [];
  for (const { start, wallClockMs } of gridOf(date, day, localDay(date, timezone).offsets)) {
    const time = { start, wallClockMs, end: start + durationMs };
    if (TIME_RULES.some((rule) => rule.isBroken(time, day))) continue;
    const closed = inactive ?? CURRENT_TIME_RULES.find((rule) => rule.isBroken(time, day))?.code;
    slots.push({
      start,
      end: time.end,
      startOffsetMs: offsetAt(start),
      endOffsetMs: offsetAt(time.end),
      unavailableReason: closed ?? (isOccupied(time) ? 'CONFLICT' : null),
    });
  }
  return slots;
}

/**
 * Estimates the number of slots from the weekly hours, without listing them. Days with a clock change may have a few more or fewer.
 */
export function countSlots(
  from: Temporal.PlainDate,
  days: number,
  durationMinutes: number | null,
  { rules, schedule }: Pick<SchedulingContext, 'rules' | 'schedule'>,
): number {
  const first = DAYS_OF_WEEK.indexOf(dayOfWeek(from));
  let count = 0;
  for (let index = 0; index < Math.min(days, DAYS_OF_WEEK.length); index += 1) {
    const day = DAYS_OF_WEEK[(first + index) % DAYS_OF_WEEK.length]!;
    const weeks = Math.ceil((days - index) / DAYS_OF_WEEK.length);
    count += weeks * slotsOfWeekday(day, durationMinutes ?? rules.bookingInterval, rules, schedule);
  }
  return count;
}

function slotsOfWeekday(
  day: DayOfWeek,
  durationMinutes: number,
  rules: SchedulingRules,
  schedule: SchedulingContext['schedule'],
): number {
  if (!rules.workingDays.includes(day)) return 0;
  const opening = rules.workingHoursStart;
  const step = rules.bookingInterval * MINUTE_SECONDS;
  const duration = durationMinutes * MINUTE_SECONDS;
  const hours = { start: opening as number, end: rules.workingHoursEnd as number };
  const open = schedule ? mergeSpans(schedule.filter((range) => range.day === day)) : [hours];
  let count = 0;
  for (const { start, end } of open) {
    const firstPoint = Math.max(0, Math.ceil((start - opening) / step));
    const lastPoint = Math.floor((Math.min(end, hours.end) - duration - opening) / step);
    count += Math.max(0, lastPoint - firstPoint + 1);
  }
  return count;
}

/** By start, on both passes of a repeated hour. */
function gridOf(
  date: Temporal.PlainDate,
  { rules, working }: BookingDay,
  offsetSpans: readonly OffsetSpan[],
): Omit<RequestedTime, 'end'>[] {
  if (!working) return [];
  const stepMs = rules.bookingInterval * MINUTE_MS;
  const openingMs = rules.workingHoursStart * 1000;
  const points: Omit<RequestedTime, 'end'>[] = [];
  for (const offsetSpan of offsetSpans) {
    const wallClockOf = (start: number) => start + offsetSpan.offsetMs - midnightUtc(date);
    const from = Math.max(offsetSpan.start, working.start);
    const pastGrid = modulo(wallClockOf(from) - openingMs, stepMs);
    const first = pastGrid === 0 ? from : from + stepMs - pastGrid;
    for (let start = first; start < Math.min(offsetSpan.end, working.end); start += stepMs) {
      points.push({ start, wallClockMs: wallClockOf(start) });
    }
  }
  return points;
}

/** Call the result with ascending starts. */
function occupancyOf(busy: readonly Span[]): (time: Span) => boolean {
  const occupied = mergeSpans(busy);
  let next = 0;
  return (time) => {
    while (next < occupied.length && occupied[next]!.end <= time.start) next++;
    return next < occupied.length && overlap(occupied[next]!, time);
  };
}

/** The UTC offset at instants of the day, its end included. */
function offsetsOf(date: Temporal.PlainDate, zone: string): (epochMs: number) => number {
  const { offsets } = localDay(date, zone);
  const offsetAt = (epochMs: number) => {
    const span = offsets.find(({ start, end }) => start <= epochMs && epochMs < end);
    // A slot may end when the next day starts with another offset.
    return span
      ? span.offsetMs
      : offsetMsOf(Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(zone));
  };
  const [only] = offsets;
  if (!only || offsets.length > 1) return offsetAt;
  return (epochMs) => (epochMs < only.end ? only.offsetMs : offsetAt(epochMs));
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
