/**
 * The rules for a booking's time, in one table: `createBooking` reports what `brokenRules` finds, and availability lists and closes
 * its slots by the same table (`slots.ts`).
 *
 * Times are epoch milliseconds and each day is prepared once (`BookingDay`), because availability checks thousands of times.
 */
import { Temporal } from 'temporal-polyfill';
import type { MessageKey, MessageParams } from '@libs/outcome/messages';
import type { Refusal, UserErrorCode } from '@libs/outcome/outcome';
import { dateAt, dayOfWeek, midnightUtc, type DayOfWeek } from '@libs/time/days';
import { offsetMsOf } from '@libs/time/instants';
import { formatLocalTime, type LocalTime } from '@libs/time/localTimes';
import { covers, type Span } from '@libs/time/spans';
import { spanOn, spansAround, type WeeklyRange } from '@libs/time/weekly';

/** The scheduling part of the contract's OrganizationSettings. */
export type SchedulingRules = {
  /** IANA name. */
  timezone: string;
  workingHoursStart: LocalTime;
  workingHoursEnd: LocalTime;
  workingDays: readonly DayOfWeek[];
  /** Minutes, 5 to 1440. */
  bookingInterval: number;
  /** Days, 1 to 730. */
  advanceBookingDays: number;
  /** Hours, 0 to 720. */
  cancellationHours: number;
  autoConfirm: boolean;
};

/** What a requested time is checked against. */
export type SchedulingContext = {
  now: Temporal.Instant;
  rules: SchedulingRules;
  /** The resource's weekly ranges; null: the tenant's working hours. */
  schedule: readonly WeeklyRange[] | null;
  isActive: { tenant: boolean; category: boolean; resource: boolean };
};

/** One booking's time, half-open. */
export type Occurrence = { startTime: Temporal.Instant; endTime: Temporal.Instant };

export const MINUTE_MS = 60_000;
const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;

/**
 * The longest booking. None leaves its day, and the longest day of any zone has 26 hours (Antarctica/Troll, when its clock goes back
 * by two). The database constraint bookings_time has the same limit, and queries for overlaps rely on it.
 */
export const MAX_BOOKING_HOURS = 26;
export const MAX_BOOKING_MS = MAX_BOOKING_HOURS * HOUR_MS;

/** Maximum number of broken rules in one answer, for series. */
export const MAX_BROKEN_RULES = 100;

/** A day of the tenant, prepared for times that start on it. */
export type BookingDay = {
  rules: SchedulingRules;
  nowMs: number;
  isWorkingDay: boolean;
  /** From workingHoursStart to workingHoursEnd; undefined if a clock change skips all of them. */
  working: Span | undefined;
  /** The resource's hours, adjacent ranges merged; null: the tenant's working hours. */
  open: readonly Span[] | null;
  isTooFarAhead: boolean;
};

export type RequestedTime = Span & {
  /** The tenant's wall-clock time at the start, in milliseconds since 00:00. */
  wallClockMs: number;
};

export type Rule = {
  code: UserErrorCode;
  key: MessageKey;
  /** The end of the time that breaks the rule. */
  field: 'startTime' | 'endTime';
  params?: (day: BookingDay) => MessageParams;
  isBroken(time: RequestedTime, day: BookingDay): boolean;
};

const hoursOf = ({ rules }: BookingDay): MessageParams => ({
  start: formatLocalTime(rules.workingHoursStart).slice(0, 5),
  end: formatLocalTime(rules.workingHoursEnd).slice(0, 5),
});
const intervalOf = ({ rules }: BookingDay): MessageParams => ({ minutes: rules.bookingInterval });

/** A reversed or overlong time is reported as such only, not also as outside the opening hours. */
const isWellFormed = (time: Span): boolean =>
  time.start < time.end && time.end - time.start <= MAX_BOOKING_MS;

/**
 * The rules that decide which slots exist.
 *
 * A booking stays within the working hours of the day on which it starts, even if those are 00:00 to 24:00. The ends of working
 * hours and of a resource's ranges are instants, by Temporal's 'compatible'. The grid is wall-clock time, counted from
 * workingHoursStart in both directions, so both passes of a repeated hour are on it.
 */
export const TIME_RULES: readonly Rule[] = [
  {
    code: 'INVALID',
    key: 'booking.endNotAfterStart',
    field: 'endTime',
    isBroken: (time) => time.end <= time.start,
  },
  {
    code: 'INVALID',
    key: 'booking.tooLong',
    field: 'endTime',
    params: () => ({ hours: MAX_BOOKING_HOURS }),
    isBroken: (time) => time.end - time.start > MAX_BOOKING_MS,
  },
  {
    code: 'NOT_ON_INTERVAL',
    key: 'booking.startNotOnInterval',
    field: 'startTime',
    params: (day) => ({ ...intervalOf(day), start: hoursOf(day).start! }),
    isBroken: (time, { rules }) =>
      (time.wallClockMs - rules.workingHoursStart * SECOND_MS) % (rules.bookingInterval * MINUTE_MS) !== 0,
  },
  {
    code: 'NOT_ON_INTERVAL',
    key: 'booking.durationNotOnInterval',
    field: 'endTime',
    params: intervalOf,
    isBroken: (time, { rules }) =>
      isWellFormed(time) && (time.end - time.start) % (rules.bookingInterval * MINUTE_MS) !== 0,
  },
  {
    code: 'OUTSIDE_WORKING_HOURS',
    key: 'booking.notAWorkingDay',
    field: 'startTime',
    isBroken: (_, day) => !day.isWorkingDay,
  },
  {
    code: 'OUTSIDE_WORKING_HOURS',
    key: 'booking.startsOutsideWorkingHours',
    field: 'startTime',
    params: hoursOf,
    isBroken: (time, { isWorkingDay, working }) =>
      isWorkingDay && !(working && working.start <= time.start && time.start < working.end),
  },
  {
    code: 'OUTSIDE_WORKING_HOURS',
    key: 'booking.endsOutsideWorkingHours',
    field: 'endTime',
    params: hoursOf,
    isBroken: (time, { isWorkingDay, working }) =>
      isWorkingDay && isWellFormed(time) && working !== undefined && time.end > working.end,
  },
  {
    code: 'RESOURCE_UNAVAILABLE',
    key: 'booking.resourceUnavailable',
    field: 'startTime',
    isBroken: (time, { open }) =>
      open !== null && isWellFormed(time) && !open.some((span) => covers(span, time)),
  },
];

/** The rules that make a slot unavailable for now, in the order in which availability reports them. */
export const CURRENT_TIME_RULES: readonly Rule[] = [
  {
    code: 'IN_THE_PAST',
    key: 'booking.inThePast',
    field: 'startTime',
    isBroken: (time, { nowMs }) => time.start < nowMs,
  },
  {
    code: 'TOO_FAR_IN_ADVANCE',
    key: 'booking.tooFarInAdvance',
    field: 'startTime',
    params: ({ rules }) => ({ days: rules.advanceBookingDays }),
    isBroken: (_, { isTooFarAhead }) => isTooFarAhead,
  },
];

/** The last day on which a booking may start: advanceBookingDays after today, in the tenant's zone. */
export function lastBookableDate({
  now,
  rules,
}: Pick<SchedulingContext, 'now' | 'rules'>): Temporal.PlainDate {
  return dateAt(now, rules.timezone).add({ days: rules.advanceBookingDays });
}

export function bookingDay(date: Temporal.PlainDate, context: SchedulingContext): BookingDay {
  const { now, rules, schedule } = context;
  const hours = { start: rules.workingHoursStart, end: rules.workingHoursEnd };
  return {
    rules,
    nowMs: now.epochMilliseconds,
    isWorkingDay: rules.workingDays.includes(dayOfWeek(date)),
    working: spanOn(date, hours, rules.timezone),
    open: schedule && spansAround(date, schedule, rules.timezone),
    isTooFarAhead: Temporal.PlainDate.compare(date, lastBookableDate(context)) > 0,
  };
}

/** Every rule that the requested time breaks, each once. */
export function brokenRules(requested: Occurrence, context: SchedulingContext): Refusal[] {
  const clock = requested.startTime.toZonedDateTimeISO(context.rules.timezone);
  const date = clock.toPlainDate();
  const day = bookingDay(date, context);
  const time: RequestedTime = {
    start: requested.startTime.epochMilliseconds,
    end: requested.endTime.epochMilliseconds,
    wallClockMs: clock.epochMilliseconds + offsetMsOf(clock) - midnightUtc(date),
  };
  return [...TIME_RULES, ...CURRENT_TIME_RULES]
    .filter((rule) => rule.isBroken(time, day))
    .map(({ code, key, field, params }) => ({
      code,
      key,
      params: params?.(day),
      field: ['input', field],
      // A malformed time is a wrong value (InputError), not a broken rule (BookingRuleError).
      ...(code === 'INVALID' ? {} : { occurrence: requested }),
    }));
}

/**
 * Every rule that the occurrences break, by occurrence, at most MAX_BROKEN_RULES. All have the same length, so a malformed one is
 * reported once.
 */
export function brokenRulesOfSeries(
  occurrences: readonly Occurrence[],
  context: SchedulingContext,
): Refusal[] {
  const broken: Refusal[] = [];
  for (const occurrence of occurrences) {
    const refusals = brokenRules(occurrence, context);
    broken.push(...refusals);
    if (broken.length >= MAX_BROKEN_RULES || refusals.some(({ code }) => code === 'INVALID')) break;
  }
  return broken.slice(0, MAX_BROKEN_RULES);
}
