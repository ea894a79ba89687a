/** What a booking's time is judged by, and the verdict. The rules themselves are in `timeRules.ts`. */
import type { BookingRules } from '@libs/directory/bookingRules';
import type { Refusal } from '@libs/outcome/outcome';
import type { DayOfWeek } from '@libs/time/days';
import type { LocalTime } from '@libs/time/localTimes';
import type { TimeRange } from '@libs/time/timeRanges';
import type { WeeklyRange } from '@libs/time/weekly';
import type { Temporal } from 'temporal-polyfill';
import { prepared, type BookingDay, type RequestedTime } from './bookingDay.ts';
import type { ClosureTimes } from './closures.ts';
import type { DateRange } from './dateIndex.ts';
import type { BookingMode } from './seats.ts';
import { CURRENT_TIME_RULES, TIME_RULES, type Rule } from './timeRules.ts';

/** In place of working days and hours; without ranges, nothing is open. */
export type SpecialHours = DateRange & { ranges: readonly TimeRange[]; name: string | null };
/** In place of the weekly schedule. */
export type ScheduleSeason = DateRange & { ranges: readonly WeeklyRange[] };
/** In place of season and weekly schedule; without ranges, nothing is open. */
export type ScheduleOverride = DateRange & { ranges: readonly TimeRange[] };

/** The rules in force for a resource, and its tenant's hours, from the contract's OrganizationSettings. */
export type SchedulingRules = BookingRules & {
  /** IANA name. */
  timezone: string;
  workingHoursStart: LocalTime;
  workingHoursEnd: LocalTime;
  workingDays: readonly DayOfWeek[];
  /** Whether bookings may cross midnight. */
  overnight: boolean;
  /** They do not overlap. */
  specialHours: readonly SpecialHours[];
};

export type SchedulingContext = {
  now: Temporal.Instant;
  rules: SchedulingRules;
  /** null: the tenant's working hours. */
  schedule: readonly WeeklyRange[] | null;
  /** They do not overlap. */
  seasons: readonly ScheduleSeason[];
  /** They do not overlap. */
  overrides: readonly ScheduleOverride[];
  /** Those that apply to the resource. */
  closures: readonly ClosureTimes[];
  mode: BookingMode;
  /** Seats. */
  capacity: number;
  isActive: { tenant: boolean; category: boolean; resource: boolean };
};

/** Half-open. */
export type Occurrence = { startTime: Temporal.Instant; endTime: Temporal.Instant };

/** The contract's OverridableRule. BUFFERS is no rule of the time itself: the booking gets no buffers. */
export type OverridableRule =
  | 'OUTSIDE_WORKING_HOURS'
  | 'RESOURCE_UNAVAILABLE'
  | 'CLOSED'
  | 'NOT_ON_INTERVAL'
  | 'DURATION_NOT_ALLOWED'
  | 'TOO_SHORT_NOTICE'
  | 'TOO_FAR_IN_ADVANCE'
  | 'IN_THE_PAST'
  | 'BUFFERS';

export const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const HOURS_A_DAY = 24;

/** Per answer. */
export const MAX_BROKEN_RULES = 100;

/** How far back IN_THE_PAST can be overridden, in elapsed hours. */
const MAX_BACKDATED_HOURS = 168;

const NONE: ReadonlySet<OverridableRule> = new Set();

/** All that a time breaks. */
export type Verdict = {
  /** By the rules that are not overridden. */
  refusals: Refusal[];
  /** The overridden rules that the time really breaks. */
  overridden: OverridableRule[];
};

export function judge(
  requested: Occurrence,
  context: SchedulingContext,
  overridden: ReadonlySet<OverridableRule> = NONE,
): Verdict {
  const { day, time } = prepared(requested, context);
  const verdict: Verdict = { refusals: [], overridden: [] };
  for (const rule of [...TIME_RULES, ...CURRENT_TIME_RULES]) {
    if (!rule.isBroken(time, day)) continue;
    const isNamed = rule.code !== 'INVALID' && overridden.has(rule.code);
    const isTooLongAgo =
      rule.code === 'IN_THE_PAST' && time.start < day.nowMs - MAX_BACKDATED_HOURS * HOUR_MS;
    if (!isNamed || isTooLongAgo) {
      verdict.refusals.push(refusalOf(rule, { day, time, requested }, isNamed));
    } else if (!verdict.overridden.includes(rule.code as OverridableRule)) {
      verdict.overridden.push(rule.code as OverridableRule);
    }
  }
  return verdict;
}

function refusalOf(
  { code, key, params, field }: Rule,
  { day, time, requested }: { day: BookingDay; time: RequestedTime; requested: Occurrence },
  isBackdated: boolean,
): Refusal {
  return {
    code,
    ...(isBackdated
      ? { key: 'booking.tooLongAgo', params: { days: MAX_BACKDATED_HOURS / HOURS_A_DAY } }
      : { key: key(time, day), params: params?.(time, day) }),
    field: ['input', field],
    // A malformed time is a wrong value (InputError), not a broken rule (BookingRuleError).
    ...(code === 'INVALID' ? {} : { occurrence: requested }),
  };
}

/** The refusals of `judge`. */
export function brokenRules(
  requested: Occurrence,
  context: SchedulingContext,
  overridden: ReadonlySet<OverridableRule> = NONE,
): Refusal[] {
  return judge(requested, context, overridden).refusals;
}
