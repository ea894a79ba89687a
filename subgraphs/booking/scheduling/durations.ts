/** How long a booking may last. */
import type { SchedulingRules } from './rules.ts';

const MINUTES_A_DAY = 1440;

/**
 * The longest day of any zone in hours (Antarctica/Troll, when its clock goes back by two hours). Without `overnight`, no booking
 * leaves its day.
 */
export const MAX_DAY_HOURS = 26;
/** The longest booking with `overnight`. */
export const MAX_BOOKING_DAYS = 31;
/** The largest change of a clock; Antarctica/Troll has it twice a year. */
export const MAX_CLOCK_CHANGE_MINUTES = 120;

type DurationRules = Pick<
  SchedulingRules,
  'bookingInterval' | 'minDurationMinutes' | 'maxDurationMinutes' | 'overnight'
>;

/** Minutes of a slot for which no other duration is asked. */
export const defaultDuration = ({ bookingInterval, minDurationMinutes }: DurationRules): number =>
  Math.max(bookingInterval, minDurationMinutes);

/** The default minimum, one interval, is not a rule of its own: what is shorter is no multiple of the interval. */
export const isTooShort = (
  minutes: number,
  { bookingInterval, minDurationMinutes }: DurationRules,
): boolean => minDurationMinutes > bookingInterval && minutes < minDurationMinutes;

export const isTooLong = (minutes: number, { maxDurationMinutes }: DurationRules): boolean =>
  maxDurationMinutes !== null && minutes > maxDurationMinutes;

/** The absolute limit in minutes, whatever maxDurationMinutes says. */
const maxMinutes = ({ overnight }: DurationRules): number =>
  overnight ? MAX_BOOKING_DAYS * MINUTES_A_DAY : MAX_DAY_HOURS * 60;

/** A positive multiple of the interval, within minDurationMinutes and maxDurationMinutes, and not longer than any booking. */
export const isBookableDuration = (minutes: number, rules: DurationRules): boolean =>
  minutes > 0 &&
  minutes % rules.bookingInterval === 0 &&
  minutes <= maxMinutes(rules) &&
  !isTooShort(minutes, rules) &&
  !isTooLong(minutes, rules);
