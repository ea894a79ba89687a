/**
 * The occurrences of a series. A library counts the days (RFC 5545: RRULE with FREQ, INTERVAL, BYDAY and WKST) without a zone;
 * their wall-clock times become instants by Temporal's 'compatible', because RFC 5545 skips a time in a DST gap and the contract
 * moves it later.
 *
 * A series keeps the requested wall-clock time; a start in a gap moves on that day only. Its occurrences have one elapsed length, but
 * keep the wall-clock time of their ends too where the interval counts by the wall clock, as in whole days, and where the first
 * occurrence spans a change of the clock (RFC 5545 §3.8.5.3: a nominal duration). Existing bookings are instants and stay where they
 * are when the tenant changes its zone.
 */
import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import { done, refusal, refused, type Outcome, type Refusal } from '@libs/outcome/outcome';
import { DAYS_OF_WEEK, localDay, type DayOfWeek } from '@libs/time/days';
import { LAST_YEAR, toInstant, type DateTimeInput } from '@libs/time/instants';
import { lastBookableDate } from './bookingDay.ts';
import { countsByWallClock } from './grid.ts';
import type { Occurrence, SchedulingContext } from './rules.ts';

const MAX_RECURRENCE_INTERVAL = 52;
export const MAX_OCCURRENCES = 365;
/** Local dates in one input. */
export const MAX_LOCAL_DATES = 365;
const DAYS_IN_DECEMBER = 31;
/** The week start of a new series (RFC 5545's default of WKST). */
export const WEEK_START: DayOfWeek = 'MONDAY';

/** The contract's RecurrenceFrequency. */
export type RecurrenceFrequency = 'DAILY' | 'WEEKLY' | 'MONTHLY';

/** The contract's RecurrenceInput; interval defaults to 1. */
export type Recurrence = {
  frequency: RecurrenceFrequency;
  interval?: number | null;
  endDate?: DateTimeInput | null;
  daysOfWeek?: readonly DayOfWeek[] | null;
  /** Counts the occurrences that are not left out; not together with endDate. */
  count?: number | null;
  /** Local dates to leave out. */
  exceptDates?: readonly Temporal.PlainDate[] | null;
};

export type Series = {
  /** The start of the first occurrence by the rule, even if it is left out; all have its wall-clock time. */
  localStart: Temporal.PlainDateTime;
  /** By start; 1 to MAX_OCCURRENCES. */
  occurrences: Occurrence[];
};

/**
 * Expands a recurrence. Without endDate and count the occurrences end with the advance window, but include the first in any case, so
 * that the rules can refuse it; with one of them they may go beyond, to be refused as well.
 *
 * Refuses INVALID (interval, daysOfWeek without WEEKLY, count, count with endDate, exceptDates that are too many or leave nothing, an
 * endDate before the first occurrence) and TOO_MANY_OCCURRENCES (above MAX_OCCURRENCES by endDate).
 */
export function seriesOf(
  first: { startTime: DateTimeInput; endTime: DateTimeInput },
  recurrence: Recurrence,
  context: Pick<SchedulingContext, 'now' | 'rules'>,
): Outcome<Series> {
  const malformed = recurrenceRefusals(recurrence);
  if (malformed.length > 0) return refused(...malformed);

  const { timezone } = context.rules;
  const days = recurrence.daysOfWeek ?? [];
  const requestedStart = toInstant(first.startTime, timezone);
  const localRequested = localOf(first.startTime, timezone);
  const localStart = firstNamedDay(localRequested, days);
  const startOf = (local: Temporal.PlainDateTime) =>
    // The requested instant may be on the second pass of a repeated hour.
    local.equals(localRequested) ? requestedStart : toInstant(local, timezone);

  const endDate = recurrence.endDate ? toInstant(recurrence.endDate, timezone) : undefined;
  if (endDate && Temporal.Instant.compare(endDate, startOf(localStart)) < 0) {
    return refused(refusal('INVALID', 'booking.recurrenceEndsBeforeStart', fieldOf('endDate')));
  }

  const count = recurrence.count ?? MAX_OCCURRENCES;
  const lastStart = lastStartOf(endDate, recurrence, context);
  const left = new Set(recurrence.exceptDates?.map(String));
  const starts = localStartsOf(
    localStart,
    recurrence,
    localOf(lastStart, timezone),
    MAX_OCCURRENCES + 1 + left.size,
  )
    .filter((local, index) => index === 0 || Temporal.Instant.compare(startOf(local), lastStart) <= 0)
    // A skipped day (Apia's 2011-12-30) yields the next day's instant again.
    .filter((local, index, all) => index === 0 || !startOf(local).equals(startOf(all[index - 1]!)))
    .filter((local) => !left.has(local.toPlainDate().toString()));
  if (starts.length === 0) {
    return refused(refusal('INVALID', 'booking.exceptDatesLeaveNothing', fieldOf('exceptDates')));
  }
  if (endDate && starts.length > MAX_OCCURRENCES) {
    const params = { max: MAX_OCCURRENCES };
    return refused(
      refusal('TOO_MANY_OCCURRENCES', 'booking.tooManyOccurrences', ['input', 'recurrence'], params),
    );
  }
  const endOf = endsOf(first, context.rules);
  const occurrences = starts.slice(0, count).map((local): Occurrence => {
    const startTime = startOf(local);
    return { startTime, endTime: endOf(local, startTime) };
  });
  return done({ localStart, occurrences });
}

const fieldOf = (name: string): string[] => ['input', 'recurrence', name];

function recurrenceRefusals(recurrence: Recurrence): Refusal[] {
  const { frequency, interval, daysOfWeek, endDate, count, exceptDates } = recurrence;
  const isWithin = (value: number, max: number) => Number.isInteger(value) && value >= 1 && value <= max;
  if (interval != null && !isWithin(interval, MAX_RECURRENCE_INTERVAL)) {
    const params = { min: 1, max: MAX_RECURRENCE_INTERVAL };
    return [refusal('INVALID', 'booking.recurrenceInterval', fieldOf('interval'), params)];
  }
  const refusals: Refusal[] = [];
  if (daysOfWeek?.length && frequency !== 'WEEKLY') {
    refusals.push(refusal('INVALID', 'booking.daysOfWeekOnlyWeekly', fieldOf('daysOfWeek')));
  }
  if (count != null && !isWithin(count, MAX_OCCURRENCES)) {
    const params = { min: 1, max: MAX_OCCURRENCES };
    refusals.push(refusal('INVALID', 'booking.recurrenceCount', fieldOf('count'), params));
  }
  if (count != null && endDate) {
    refusals.push(refusal('INVALID', 'booking.countOrEndDate', fieldOf('count')));
  }
  if (exceptDates && exceptDates.length > MAX_LOCAL_DATES) {
    const params = { max: MAX_LOCAL_DATES };
    refusals.push(refusal('INVALID', 'booking.tooManyExceptDates', fieldOf('exceptDates'), params));
  }
  return refusals;
}

/** The last instant at which an occurrence may start. A count may go beyond the advance window, to be refused. */
function lastStartOf(
  endDate: Temporal.Instant | undefined,
  { count }: Recurrence,
  context: Pick<SchedulingContext, 'now' | 'rules'>,
): Temporal.Instant {
  const last =
    count == null ? lastBookableDate(context) : new Temporal.PlainDate(LAST_YEAR, 12, DAYS_IN_DECEMBER);
  return endDate ?? lastInstantOf(last, context.rules.timezone);
}

export type EndRules = Pick<SchedulingContext['rules'], 'timezone' | 'bookingInterval'>;

/** The end of each occurrence, by its start. */
export function endsOf(
  first: { startTime: DateTimeInput; endTime: DateTimeInput },
  rules: EndRules,
): (local: Temporal.PlainDateTime, startTime: Temporal.Instant) => Temporal.Instant {
  const { timezone } = rules;
  const { startTime, endTime } = first;
  const end = toInstant(endTime, timezone);
  const length = toInstant(startTime, timezone).until(end);
  const localRequested = localOf(startTime, timezone);
  const localLength = localRequested.until(localOf(endTime, timezone));
  const isLocal = !(startTime instanceof Temporal.Instant) && !(endTime instanceof Temporal.Instant);
  const spansChange = localLength.total('milliseconds') !== length.total('milliseconds');
  if (!countsByWallClock(rules) && !(isLocal && spansChange)) return (_, start) => start.add(length);
  return (local) => (local.equals(localRequested) ? end : toInstant(local.add(localLength), timezone));
}

export function localOf(time: DateTimeInput, zone: string): Temporal.PlainDateTime {
  return time instanceof Temporal.Instant ? time.toZonedDateTimeISO(zone).toPlainDateTime() : time;
}

/** Unchanged if no day is named. */
function firstNamedDay(local: Temporal.PlainDateTime, days: readonly DayOfWeek[]): Temporal.PlainDateTime {
  const waits = days.map((day) => (DAYS_OF_WEEK.indexOf(day) + 1 - local.dayOfWeek + 7) % 7);
  return local.add({ days: waits.length === 0 ? 0 : Math.min(...waits) });
}

/**
 * From `localStart`, always included, to the day after `lastStart`, because in an overlap a later instant may have an earlier
 * wall-clock time. At most `max`.
 */
export function localStartsOf(
  localStart: Temporal.PlainDateTime,
  {
    frequency,
    interval,
    daysOfWeek,
    weekStart = WEEK_START,
  }: Pick<Recurrence, 'frequency' | 'interval'> & {
    daysOfWeek?: readonly string[] | null;
    weekStart?: DayOfWeek;
  },
  lastStart: Temporal.PlainDateTime,
  max: number,
): Temporal.PlainDateTime[] {
  // UTC stands for "no zone". The library accepts COUNT and UNTIL together, unlike RFC 5545; a stopping callback is thirty times
  // slower.
  const dtstart = localStart.toZonedDateTime('UTC');
  const until = lastStart.add({ days: 1 }).toZonedDateTime('UTC');
  const rule = new RRuleTemporal({
    temporal: Temporal,
    freq: frequency,
    interval: interval ?? 1,
    dtstart,
    until: Temporal.ZonedDateTime.compare(until, dtstart) < 0 ? dtstart : until,
    count: max,
    wkst: abbreviated(weekStart),
    byDay: daysOfWeek?.length ? daysOfWeek.map(abbreviated) : undefined,
  });
  return rule.all().map((start) => start.toPlainDateTime());
}

/** RFC 5545's weekday. */
const abbreviated = (day: string): string => day.slice(0, 2);

function lastInstantOf(date: Temporal.PlainDate, zone: string): Temporal.Instant {
  return Temporal.Instant.fromEpochMilliseconds(localDay(date, zone).end - 1);
}
