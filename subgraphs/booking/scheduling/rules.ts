/**
 * The rules for a booking's time, in one table for `createBooking` and availability (`slots.ts`). Times are epoch milliseconds and
 * each day is prepared once, because availability checks thousands of times.
 */
import { Temporal } from 'temporal-polyfill';
import type { MessageKey, MessageParams } from '@libs/outcome/messages';
import type { Refusal, UserErrorCode } from '@libs/outcome/outcome';
import { dateAt, dayOfWeek, midnightUtc, type DayOfWeek } from '@libs/time/days';
import { offsetMsOf } from '@libs/time/instants';
import { formatLocalTime, type LocalTime } from '@libs/time/localTimes';
import { covers, type Span } from '@libs/time/spans';
import { spanOn, spansAround, type WeeklyRange } from '@libs/time/weekly';

/** From the contract's OrganizationSettings. */
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

export type SchedulingContext = {
  now: Temporal.Instant;
  rules: SchedulingRules;
  /** null: the tenant's working hours. */
  schedule: readonly WeeklyRange[] | null;
  isActive: { tenant: boolean; category: boolean; resource: boolean };
};

/** Half-open. */
export type Occurrence = { startTime: Temporal.Instant; endTime: Temporal.Instant };

export const MINUTE_MS = 60_000;
const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;

/**
 * The longest day of any zone (Antarctica/Troll, when its clock goes back by two hours), as no booking leaves its day. The
 * constraint bookings_time has the same limit, and queries for overlaps rely on it.
 */
export const MAX_BOOKING_HOURS = 26;
export const MAX_BOOKING_MS = MAX_BOOKING_HOURS * HOUR_MS;

/** Per answer. */
export const MAX_BROKEN_RULES = 100;

/** A day of the tenant, for times that start on it. */
export type BookingDay = {
  rules: SchedulingRules;
  nowMs: number;
  isWorkingDay: boolean;
  /** undefined if a clock change skips all of the working hours. */
  working: Span | undefined;
  /** Adjacent ranges merged; null: the tenant's working hours. */
  open: readonly Span[] | null;
  isTooFarAhead: boolean;
};

export type RequestedTime = Span & {
  /** Wall-clock time at the start, since 00:00. */
  wallClockMs: number;
};

export type Rule = {
  code: UserErrorCode;
  key: MessageKey;
  field: 'startTime' | 'endTime';
  params?: (day: BookingDay) => MessageParams;
  isBroken(time: RequestedTime, day: BookingDay): boolean;
};

const hoursOf = ({ rules }: BookingDay): MessageParams => ({
  start: formatLocalTime(rules.workingHoursStart).slice(0, 5),
  end: formatLocalTime(rules.workingHoursEnd).slice(0, 5),
});
const intervalOf = ({ rules }: BookingDay): MessageParams => ({ minutes: rules.bookingInterval });

/** A reversed or overlong time is not also reported as outside the hours. */
const isWellFormed = (time: Span): boolean =>
  time.start < time.end && time.end - time.start <= MAX_BOOKING_MS;

/**
 * The rules that decide which slots exist. A booking stays within the working hours of the day on which it starts, even if those
 * are 00:00 to 24:00. Hours and ranges end at instants, by Temporal's 'compatible'. The grid is wall-clock time from
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

/** The rules that make a slot unavailable for now, in the order of availability's reasons. */
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

/** advanceBookingDays after today, in the tenant's zone. */
export function lastBookableDate({
  now,
  rules,
}: Pick<SchedulingContext, 'now' | 'rules'>): Temporal.PlainDate {
  return dateAt(now, rules.timezone).add({ days: rules.advanceBookingDays });
}

/** Of each context, for its many days. */
const lastBookableDates = new WeakMap<SchedulingContext, Temporal.PlainDate>();

function isTooFarAhead(date: Temporal.PlainDate, context: SchedulingContext): boolean {
  const last = lastBookableDates.get(context) ?? lastBookableDate(context);
  lastBookableDates.set(context, last);
  return Temporal.PlainDate.compare(date, last) > 0;
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
    isTooFarAhead: isTooFarAhead(date, context),
  };
}

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

/** At most MAX_BROKEN_RULES. All occurrences have one length, so a malformed one is reported once. */
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
