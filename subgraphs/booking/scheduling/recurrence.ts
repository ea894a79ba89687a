/**
 * The occurrences of a series. A library counts the days (RFC 5545: RRULE with FREQ, INTERVAL, BYDAY and WKST=MO) without a zone;
 * their wall-clock times become instants by Temporal's 'compatible', because RFC 5545 skips a time in a DST gap and the contract
 * moves it later.
 *
 * A series keeps the requested wall-clock time; a start in a gap moves on that day only. Existing bookings are instants and stay
 * where they are when the tenant changes its zone.
 */
import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import { done, refusal, refused, type Outcome } from '@libs/outcome/outcome';
import { DAYS_OF_WEEK, localDay, type DayOfWeek } from '@libs/time/days';
import { toInstant, type DateTimeInput } from '@libs/time/instants';
import { lastBookableDate, type Occurrence, type SchedulingContext } from './rules.ts';

const MAX_RECURRENCE_INTERVAL = 52;
export const MAX_OCCURRENCES = 365;

/** The contract's RecurrenceFrequency. */
export type RecurrenceFrequency = 'DAILY' | 'WEEKLY' | 'MONTHLY';

/** The contract's RecurrenceInput; interval defaults to 1. */
export type Recurrence = {
  frequency: RecurrenceFrequency;
  interval?: number | null;
  endDate?: DateTimeInput | null;
  daysOfWeek?: readonly DayOfWeek[] | null;
};

export type Series = {
  /** Of the first occurrence; all have its wall-clock time. */
  localStart: Temporal.PlainDateTime;
  /** By start; 1 to MAX_OCCURRENCES, of equal elapsed length. */
  occurrences: Occurrence[];
};

/**
 * Expands a recurrence. Without endDate the occurrences end with the advance window, but include the first in any case, so that the
 * rules can refuse it; with endDate they may go beyond, to be refused as well.
 *
 * Refuses INVALID (interval, daysOfWeek without WEEKLY, an endDate before the first occurrence) and TOO_MANY_OCCURRENCES (above
 * MAX_OCCURRENCES by endDate).
 */
export function seriesOf(
  first: { startTime: DateTimeInput; endTime: DateTimeInput },
  recurrence: Recurrence,
  context: Pick<SchedulingContext, 'now' | 'rules'>,
): Outcome<Series> {
  const interval = recurrence.interval ?? 1;
  const days = recurrence.daysOfWeek ?? [];
  const field = (name: string) => ['input', 'recurrence', name];
  if (!Number.isInteger(interval) || interval < 1 || interval > MAX_RECURRENCE_INTERVAL) {
    const params = { min: 1, max: MAX_RECURRENCE_INTERVAL };
    return refused(refusal('INVALID', 'booking.recurrenceInterval', field('interval'), params));
  }
  if (days.length > 0 && recurrence.frequency !== 'WEEKLY') {
    return refused(refusal('INVALID', 'booking.daysOfWeekOnlyWeekly', field('daysOfWeek')));
  }

  const { timezone } = context.rules;
  const requested = { start: toInstant(first.startTime, timezone), end: toInstant(first.endTime, timezone) };
  const length = requested.start.until(requested.end);
  const localRequested = localOf(first.startTime, timezone);
  const localStart = firstNamedDay(localRequested, days);
  const startOf = (local: Temporal.PlainDateTime) =>
    // The requested instant may be on the second pass of a repeated hour.
    local.equals(localRequested) ? requested.start : toInstant(local, timezone);

  const endDate = recurrence.endDate ? toInstant(recurrence.endDate, timezone) : undefined;
  if (endDate && Temporal.Instant.compare(endDate, startOf(localStart)) < 0) {
    return refused(refusal('INVALID', 'booking.recurrenceEndsBeforeStart', field('endDate')));
  }

  const lastStart = endDate ?? lastInstantOf(lastBookableDate(context), timezone);
  const starts = localStartsOf(localStart, recurrence, localOf(lastStart, timezone))
    .map(startOf)
    .filter((start, index) => index === 0 || Temporal.Instant.compare(start, lastStart) <= 0)
    // A skipped day (Apia's 2011-12-30) yields the next day's instant again.
    .filter((start, index, all) => index === 0 || !start.equals(all[index - 1]!));
  if (endDate && starts.length > MAX_OCCURRENCES) {
    const params = { max: MAX_OCCURRENCES };
    return refused(
      refusal('TOO_MANY_OCCURRENCES', 'booking.tooManyOccurrences', ['input', 'recurrence'], params),
    );
  }
  const occurrences = starts
    .slice(0, MAX_OCCURRENCES)
    .map((startTime) => ({ startTime, endTime: startTime.add(length) }));
  return done({ localStart, occurrences });
}

function localOf(time: DateTimeInput, zone: string): Temporal.PlainDateTime {
  return time instanceof Temporal.Instant ? time.toZonedDateTimeISO(zone).toPlainDateTime() : time;
}

/** Unchanged if no day is named. */
function firstNamedDay(local: Temporal.PlainDateTime, days: readonly DayOfWeek[]): Temporal.PlainDateTime {
  const waits = days.map((day) => (DAYS_OF_WEEK.indexOf(day) + 1 - local.dayOfWeek + 7) % 7);
  return local.add({ days: waits.length === 0 ? 0 : Math.min(...waits) });
}

/**
 * From `localStart`, always included, to the day after `lastStart`, because in an overlap a later instant may have an earlier
 * wall-clock time. At most MAX_OCCURRENCES + 1.
 */
function localStartsOf(
  localStart: Temporal.PlainDateTime,
  { frequency, interval, daysOfWeek }: Recurrence,
  lastStart: Temporal.PlainDateTime,
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
    count: MAX_OCCURRENCES + 1,
    wkst: 'MO',
    byDay: daysOfWeek?.length ? daysOfWeek.map((day) => day.slice(0, 2)) : undefined,
  });
  return rule.all().map((start) => start.toPlainDateTime());
}

function lastInstantOf(date: Temporal.PlainDate, zone: string): Temporal.Instant {
  return Temporal.Instant.fromEpochMilliseconds(localDay(date, zone).end - 1);
}
