/**
 * The rules for a booking's time, in one table for `createBooking` and availability (`slots.ts`). Times are epoch milliseconds and
 * each day is prepared once, because availability checks thousands of times.
 */
import type { MessageKey, MessageParams } from '@libs/outcome/messages';
import { formatLocalTime, type LocalTime } from '@libs/time/localTimes';
import { covers, firstEndingAfter, overlap } from '@libs/time/spans';
import type { BookingDay, RequestedTime } from './bookingDay.ts';
import { isTooLong, isTooShort, MAX_BOOKING_DAYS, MAX_DAY_HOURS } from './durations.ts';
import type { OverridableRule, SchedulingRules, SpecialHours } from './rules.ts';

const MINUTE_MS = 60_000;

export type Rule = {
  /** A wrong value (INVALID), or the name of the broken rule, which staff may override. */
  code: 'INVALID' | Exclude<OverridableRule, 'BUFFERS'>;
  field: 'startTime' | 'endTime';
  key(time: RequestedTime, day: BookingDay): MessageKey;
  params?(time: RequestedTime, day: BookingDay): MessageParams;
  isBroken(time: RequestedTime, day: BookingDay): boolean;
};

const shortTime = (time: LocalTime): string => formatLocalTime(time).slice(0, 'HH:MM'.length);
const intervalOf = ({ rules }: BookingDay): MessageParams => ({ minutes: rules.bookingInterval });
const workingHours = ({ workingHoursStart, workingHoursEnd }: SchedulingRules): MessageParams => ({
  start: shortTime(workingHoursStart),
  end: shortTime(workingHoursEnd),
});
/** '10:00–12:00, 14:00–16:00'. */
const specialHours = ({ ranges }: SpecialHours): MessageParams => ({
  hours: ranges.map(({ start, end }) => `${shortTime(start)}–${shortTime(end)}`).join(', '),
});

/** The special hours that decide, if any. */
const specialOf = ({ range }: RequestedTime, { special }: BookingDay): SpecialHours | null =>
  range ? range.special : special;
const hoursOf = (time: RequestedTime, day: BookingDay): MessageParams => {
  const special = specialOf(time, day);
  return special ? specialHours(special) : workingHours(day.rules);
};

function endsOutsideKey(time: RequestedTime, day: BookingDay): MessageKey {
  if (specialOf(time, day)) return 'booking.endsOutsideSpecialHours';
  return day.rules.overnight ? 'booking.endsOutsideOvernightHours' : 'booking.endsOutsideWorkingHours';
}

/** A reversed or overlong time is not also reported as outside the hours. */
const isWellFormed = (time: RequestedTime): boolean => time.start < time.end && !time.isOverlong;

/** Where a change of the clock leaves an end off the grid, elapsed. */
const minutesOf = ({ minutes, start, end }: RequestedTime): number => minutes ?? (end - start) / MINUTE_MS;

/**
 * The rules that decide which slots exist. Without `overnight`, a booking stays within the hours of the day on which it starts, even
 * if those are 00:00 to 24:00. Hours and ranges end at instants, by Temporal's 'compatible'.
 */
export const TIME_RULES: readonly Rule[] = [
  {
    code: 'INVALID',
    key: () => 'booking.endNotAfterStart',
    field: 'endTime',
    isBroken: (time) => time.end <= time.start,
  },
  {
    code: 'INVALID',
    key: (_, { rules }) => (rules.overnight ? 'booking.longerThanDays' : 'booking.tooLong'),
    field: 'endTime',
    params: () => ({ days: MAX_BOOKING_DAYS, hours: MAX_DAY_HOURS }),
    isBroken: (time) => time.isOverlong,
  },
  {
    code: 'NOT_ON_INTERVAL',
    key: () => 'booking.startNotOnInterval',
    field: 'startTime',
    params: (_, day) => ({ ...intervalOf(day), start: shortTime(day.rules.workingHoursStart) }),
    isBroken: (time) => !time.isOnGrid,
  },
  {
    code: 'NOT_ON_INTERVAL',
    key: () => 'booking.durationNotOnInterval',
    field: 'endTime',
    params: (_, day) => intervalOf(day),
    isBroken: (time, { rules }) =>
      isWellFormed(time) && (time.minutes === null || time.minutes % rules.bookingInterval !== 0),
  },
  {
    code: 'DURATION_NOT_ALLOWED',
    key: () => 'booking.tooShort',
    field: 'endTime',
    params: (_, { rules }) => ({ minutes: rules.minDurationMinutes }),
    isBroken: (time, { rules }) => isWellFormed(time) && isTooShort(minutesOf(time), rules),
  },
  {
    code: 'DURATION_NOT_ALLOWED',
    key: () => 'booking.longerThanAllowed',
    field: 'endTime',
    params: (_, { rules }) => ({ minutes: rules.maxDurationMinutes ?? 0 }),
    isBroken: (time, { rules }) => isWellFormed(time) && isTooLong(minutesOf(time), rules),
  },
  {
    code: 'OUTSIDE_WORKING_HOURS',
    key: (_, { special }) => (special ? 'booking.notOpenOnDate' : 'booking.notAWorkingDay'),
    field: 'startTime',
    isBroken: (time, { isOpen }) => !isOpen && !time.range,
  },
  {
    code: 'OUTSIDE_WORKING_HOURS',
    key: (time, day) =>
      specialOf(time, day) ? 'booking.startsOutsideSpecialHours' : 'booking.startsOutsideWorkingHours',
    field: 'startTime',
    params: hoursOf,
    isBroken: (time, { isOpen }) => isOpen && !time.range,
  },
  {
    code: 'OUTSIDE_WORKING_HOURS',
    key: endsOutsideKey,
    field: 'endTime',
    params: hoursOf,
    isBroken: (time, { isOpen, lastEnd }) =>
      isWellFormed(time) &&
      (time.range ? time.end > time.range.reach : isOpen && lastEnd !== undefined && time.end > lastEnd),
  },
  {
    code: 'RESOURCE_UNAVAILABLE',
    key: () => 'booking.resourceUnavailable',
    field: 'startTime',
    isBroken: (time, { open }) => {
      if (open === null || !isWellFormed(time)) return false;
      const span = open[firstEndingAfter(open, time.start)];
      return !span || !covers(span, time);
    },
  },
];

/** The rules that make a slot unavailable, in the order of availability's reasons. */
export const CURRENT_TIME_RULES: readonly Rule[] = [
  {
    code: 'IN_THE_PAST',
    key: () => 'booking.inThePast',
    field: 'startTime',
    isBroken: (time, { nowMs }) => time.start < nowMs,
  },
  {
    code: 'TOO_SHORT_NOTICE',
    key: () => 'booking.tooShortNotice',
    field: 'startTime',
    params: (_, { rules }) => ({ minutes: rules.minimumNoticeMinutes }),
    isBroken: (time, { nowMs, noticeMs }) => nowMs <= time.start && time.start < noticeMs,
  },
  {
    code: 'TOO_FAR_IN_ADVANCE',
    key: () => 'booking.tooFarInAdvance',
    field: 'startTime',
    params: (_, { rules }) => ({ days: rules.advanceBookingDays }),
    isBroken: (_, { isTooFarAhead }) => isTooFarAhead,
  },
  {
    code: 'CLOSED',
    key: () => 'booking.closed',
    field: 'startTime',
    isBroken: (time, { closed }) => isWellFormed(time) && closed.some((span) => overlap(span, time)),
  },
];
