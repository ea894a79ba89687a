/**
 * The occurrences of a series.
 *
 * A library counts the days (RFC 5545: RRULE with FREQ, INTERVAL, BYDAY and WKST=MO), without a zone. We then convert each day's
 * wall-clock time to an instant by Temporal's 'compatible', because RFC 5545 skips a time in a DST gap and the contract moves it
 * later.
 *
 * A series keeps the requested wall-clock time; a start in a gap moves on that day only. Bookings are instants: if the tenant
 * changes its zone, existing ones stay, and only later occurrences follow the new zone.
 */
import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import { done, refusal, refused, type Outcome } from '@libs/outcome/outcome';
import { DAYS_OF_WEEK, dayBounds, type DayOfWeek } from '@libs/time/days';
import { toInstant, type DateTimeInput } from '@libs/time/instants';
import { lastBookableDate, type Occurrence, type SchedulingContext } from './rules.ts';

const MAX_RECURRENCE_INTERVAL = 52;
export const MAX_OCCURRENCES = 365;

/** The contract's RecurrenceFrequency. */
export type RecurrenceFrequency = 'DAILY' | 'WEEKLY' | 'MONTHLY';

/** The contract's RecurrenceInput. The default interval is 1; an empty daysOfWeek counts as absent. */
export type Recurrence = {
  frequency: RecurrenceFrequency;
  interval?: number | null;
  endDate?: DateTimeInput | null;
  daysOfWeek?: readonly DayOfWeek[] | null;
};

export type Series = {
  /** The date of the first occurrence and the wall-clock time of all. */
  localStart: Temporal.PlainDateTime;
  /** By start; 1 to MAX_OCCURRENCES; all of the same elapsed length. */
  occurrences: Occurrence[];
};

/**
 * Expands a recurrence of a first booking. Without endDate the occurrences end with the advance window, but always include the
 * first, so that the rules can refuse it. With endDate they may go beyond; each of those breaks TOO_FAR_IN_ADVANCE.
 *
 * Refuses INVALID (interval, daysOfWeek without WEEKLY, an endDate before the first occurrence) and TOO_MANY_OCCURRENCES (endDate
 * allows more than MAX_OCCURRENCES).
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
    // The requested instant itself, which may be on the second pass of a repeated hour.
    local.equals(localRequested) ? requested.start : toInstant(local, timezone);

  const endDate = recurrence.endDate ? toInstant(recurrence.endDate, timezone) : undefined;
  if (endDate && Temporal.Instant.compare(endDate, startOf(localStart)) < 0) {
    return refused(refusal('INVALID', 'booking.recurrenceEndsBeforeStart', field('endDate')));
  }

  const lastStart = endDate ?? lastInstantOf(lastBookableDate(context), timezone);
  const starts = localStartsOf(localStart, recurrence, localOf(lastStart, timezone))
    .map(startOf)
    .filter((start, index) => index === 0 || Temporal.Instant.compare(start, lastStart) <= 0)
    // A day that the zone skipped (Apia's 2011-12-30) yields the next day's instant again.
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

/** The same time on the first of the named days from its date on; unchanged if none is named. */
function firstNamedDay(local: Temporal.PlainDateTime, days: readonly DayOfWeek[]): Temporal.PlainDateTime {
  const waits = days.map((day) => (DAYS_OF_WEEK.indexOf(day) + 1 - local.dayOfWeek + 7) % 7);
  return local.add({ days: waits.length === 0 ? 0 : Math.min(...waits) });
}

/**
 * The wall-clock starts from `localStart`, always included, to the day after `lastStart` (in an overlap a later instant may have an
 * earlier wall-clock time); at most MAX_OCCURRENCES + 1, enough to detect too many.
 */
function localStartsOf(
  localStart: Temporal.PlainDateTime,
  { frequency, interval, daysOfWeek }: Recurrence,
  lastStart: Temporal.PlainDateTime,
): Temporal.PlainDateTime[] {
  // UTC stands for "no zone". The library accepts COUNT and UNTIL together, which RFC 5545 does not allow in a written rule; stopping
  // it by a callback instead is thirty times slower.
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

/** The last millisecond of the date in the zone. */
function lastInstantOf(date: Temporal.PlainDate, zone: string): Temporal.Instant {
  return Temporal.Instant.fromEpochMilliseconds(dayBounds(date, zone).end - 1);
}
