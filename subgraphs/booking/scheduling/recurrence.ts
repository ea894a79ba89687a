/**
 * The occurrences of a series.
 *
 * A calendar library counts the days (RFC 5545: RRULE with FREQ, INTERVAL, BYDAY and WKST=MO), on dates without a zone.
 * The clock is ours: each day's wall-clock time becomes an instant by Temporal's 'compatible', because RFC 5545 and
 * the library leave out a time that falls into a DST gap, and the contract moves it later.
 *
 * A series keeps its first occurrence's wall-clock time as it was asked for; one that was asked for in a gap is moved
 * on that day only. Its bookings are instants: where the tenant changes its zone, those that are made stay where they
 * are, and only occurrences made afterwards are counted by the new zone's clock.
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

/** The contract's RecurrenceInput. Without interval it is 1; an empty daysOfWeek is as none. */
export type Recurrence = {
  frequency: RecurrenceFrequency;
  interval?: number | null;
  endDate?: DateTimeInput | null;
  daysOfWeek?: readonly DayOfWeek[] | null;
};

/** A series, worked out. */
export type Series = {
  /** What the wall clock shows at every occurrence's start, and the first one's date. */
  localStart: Temporal.PlainDateTime;
  /** By start; at least one, at most MAX_OCCURRENCES; all last equally long in elapsed time. */
  occurrences: Occurrence[];
};

/**
 * The occurrences that a recurrence makes of a first booking. Without endDate they end with the advance window (the
 * first one is among them all the same, so that the rules can refuse it); with it they may lie beyond, where each
 * breaks TOO_FAR_IN_ADVANCE.
 *
 * Refuses with INVALID (interval, daysOfWeek without WEEKLY, an endDate before the first occurrence) and with
 * TOO_MANY_OCCURRENCES (endDate allows more than MAX_OCCURRENCES).
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
    // The asked instant itself, where it is on the second pass of an hour that repeats.
    local.equals(localRequested) ? requested.start : toInstant(local, timezone);

  const endDate = recurrence.endDate ? toInstant(recurrence.endDate, timezone) : undefined;
  if (endDate && Temporal.Instant.compare(endDate, startOf(localStart)) < 0) {
    return refused(refusal('INVALID', 'booking.recurrenceEndsBeforeStart', field('endDate')));
  }

  const lastStart = endDate ?? lastInstantOf(lastBookableDate(context), timezone);
  const starts = localStartsOf(localStart, recurrence, localOf(lastStart, timezone))
    .map(startOf)
    .filter((start, index) => index === 0 || Temporal.Instant.compare(start, lastStart) <= 0)
    // A time of a day that the zone left out (Apia's 2011-12-30) is the next day's as well: once is enough.
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

/** The wall-clock time that was asked for, or that the zone's clock shows at the instant. */
function localOf(time: DateTimeInput, zone: string): Temporal.PlainDateTime {
  return time instanceof Temporal.Instant ? time.toZonedDateTimeISO(zone).toPlainDateTime() : time;
}

/** The same time on the first of the named days at or after its date; the time itself where none is named. */
function firstNamedDay(local: Temporal.PlainDateTime, days: readonly DayOfWeek[]): Temporal.PlainDateTime {
  const waits = days.map((day) => (DAYS_OF_WEEK.indexOf(day) + 1 - local.dayOfWeek + 7) % 7);
  return local.add({ days: waits.length === 0 ? 0 : Math.min(...waits) });
}

/**
 * The wall-clock starts from `localStart` on, the first one in any case, until the day after `lastStart`'s (in an
 * overlap a later instant may show an earlier time); no more of them than show that there are too many.
 */
function localStartsOf(
  localStart: Temporal.PlainDateTime,
  { frequency, interval, daysOfWeek }: Recurrence,
  lastStart: Temporal.PlainDateTime,
): Temporal.PlainDateTime[] {
  // UTC stands for "no zone": its clock shows every time once. The library keeps to COUNT and UNTIL together, which a
  // rule written out by RFC 5545 may not bear; a callback that stops it would cost thirty times as much.
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

/** The last instant, to the millisecond, at which the zone's calendar shows the date. */
function lastInstantOf(date: Temporal.PlainDate, zone: string): Temporal.Instant {
  return Temporal.Instant.fromEpochMilliseconds(dayBounds(date, zone).end - 1);
}
