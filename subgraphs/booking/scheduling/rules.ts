/**
 * The rules that a booking's time keeps, and the one place that decides them: `createBooking` reports what
 * `brokenRules` finds, and availability lists and closes its slots by the same table (`slots.ts`).
 *
 * Inside, times are numbers in epoch milliseconds, and what a day needs is worked out once for the day, because
 * availability weighs thousands of times against it.
 */
import { Temporal } from 'temporal-polyfill';
import type { MessageKey, MessageParams } from '@libs/outcome/messages';
import type { Refusal, UserErrorCode } from '@libs/outcome/outcome';
import { dateAt, dayOfWeek, midnightUtc, type DayOfWeek } from '@libs/time/days';
import { offsetMsOf } from '@libs/time/instants';
import { formatLocalTime, type LocalTime } from '@libs/time/localTimes';
import { covers, type Span } from '@libs/time/spans';
import { spanOn, spansAround, type WeeklyRange } from '@libs/time/weekly';

/** What of the tenant's OrganizationSettings decides on bookings; see the contract for each. */
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

/** What an asked time is weighed against. */
export type SchedulingContext = {
  now: Temporal.Instant;
  rules: SchedulingRules;
  /** The resource's own weekly ranges; null: the tenant's working hours. */
  schedule: readonly WeeklyRange[] | null;
  /** Whether the tenant, the resource's category and the resource are active. */
  isActive: { tenant: boolean; category: boolean; resource: boolean };
};

/** One booking's time, half-open. */
export type Occurrence = { startTime: Temporal.Instant; endTime: Temporal.Instant };

export const MINUTE_MS = 60_000;
const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;

/**
 * No booking lasts longer, as none leaves its day: the longest day that a zone has, where a clock is put back by two hours
 * (Antarctica/Troll). The check bookings_time says the same, and the store's look-ups of what overlaps lean on it.
 */
export const MAX_BOOKING_HOURS = 26;
export const MAX_BOOKING_MS = MAX_BOOKING_HOURS * HOUR_MS;

/** The most broken rules that one answer reports, for a series whose every occurrence is refused. */
export const MAX_BROKEN_RULES = 100;

/** A day of the tenant's as the rules see it, for times that start on it. */
export type BookingDay = {
  rules: SchedulingRules;
  nowMs: number;
  isWorkingDay: boolean;
  /** From workingHoursStart to workingHoursEnd; undefined where the zone's clock leaves nothing of them. */
  working: Span | undefined;
  /** The resource's hours, adjoining ranges joined; null: the tenant's working hours. */
  open: readonly Span[] | null;
  isTooFarAhead: boolean;
};

/** A time as the rules weigh it. */
export type RequestedTime = Span & {
  /** What the tenant's wall clock shows at the start, in milliseconds since its 00:00. */
  wallClockMs: number;
};

export type Rule = {
  code: UserErrorCode;
  key: MessageKey;
  /** Which end of the time is to blame. */
  field: 'startTime' | 'endTime';
  params?: (day: BookingDay) => MessageParams;
  isBroken(time: RequestedTime, day: BookingDay): boolean;
};

const hoursOf = ({ rules }: BookingDay): MessageParams => ({
  start: formatLocalTime(rules.workingHoursStart).slice(0, 5),
  end: formatLocalTime(rules.workingHoursEnd).slice(0, 5),
});
const intervalOf = ({ rules }: BookingDay): MessageParams => ({ minutes: rules.bookingInterval });

/** What is no stretch of time, or too long a one, is only told so: whether all of it is open is not asked. */
const isWellFormed = (time: Span): boolean =>
  time.start < time.end && time.end - time.start <= MAX_BOOKING_MS;

/**
 * The rules that say which times there are at all: who breaks one never sees the time as a slot.
 *
 * A booking lies within the working hours of the day on which it starts: not even where they are 00:00 to 24:00 does
 * it go on into the next day's. Both ends of working hours, and of a resource's range, are the instants at which the
 * wall clock shows them, by Temporal's 'compatible': an end in a gap is later by the gap's length. The grid is what the
 * wall clock shows, counted from workingHoursStart in both directions: where an hour repeats after opening, its second
 * pass is on the grid as well.
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

/** The rules that close a time that there is, for now; in the order in which availability names its reason. */
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

/** The last day on which a booking may start, by the tenant's calendar: today and advanceBookingDays more. */
export function lastBookableDate({
  now,
  rules,
}: Pick<SchedulingContext, 'now' | 'rules'>): Temporal.PlainDate {
  return dateAt(now, rules.timezone).add({ days: rules.advanceBookingDays });
}

/** What the rules need to know of a day of the tenant's. */
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

/** Every rule that one asked time breaks, each once; empty where it may be booked as far as its time goes. */
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
      // A malformed time is a wrong value (InputError), not a time that breaks a rule (BookingRuleError).
      ...(code === 'INVALID' ? {} : { occurrence: requested }),
    }));
}

/**
 * Every rule that the occurrences of a series break, by occurrence, at most MAX_BROKEN_RULES. All last equally long:
 * where that is malformed, the first one says so for all.
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
