/** The contract's LocalDate: calendar days, their names, and when they begin and end in a zone. */
import { Temporal } from 'temporal-polyfill';
import { FIRST_YEAR, LAST_YEAR, offsetMsOf } from './instants.ts';
import type { Span } from './spans.ts';

/** The contract's DayOfWeek, Monday first (ISO 8601). */
export const DAYS_OF_WEEK = [
  'MONDAY',
  'TUESDAY',
  'WEDNESDAY',
  'THURSDAY',
  'FRIDAY',
  'SATURDAY',
  'SUNDAY',
] as const;
export type DayOfWeek = (typeof DAYS_OF_WEEK)[number];

const LOCAL_DATE = /^(\d{4})-\d\d-\d\d$/;

/** Reads 'YYYY-MM-DD'; undefined where it is no such day, or of a year outside FIRST_YEAR to LAST_YEAR. */
export function parseLocalDate(text: string): Temporal.PlainDate | undefined {
  const year = Number(LOCAL_DATE.exec(text)?.[1]);
  if (!(year >= FIRST_YEAR && year <= LAST_YEAR)) return undefined;
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' });
  } catch {
    return undefined;
  }
}

/** The day's name. */
export function dayOfWeek(date: Temporal.PlainDate): DayOfWeek {
  return DAYS_OF_WEEK[date.dayOfWeek - 1]!;
}

/** The day that the calendar on the wall in `zone` shows at an instant. */
export function dateAt(instant: Temporal.Instant, zone: string): Temporal.PlainDate {
  return instant.toZonedDateTimeISO(zone).toPlainDate();
}

/**
 * From the first instant of a day in `zone` to that of the next, half-open, in epoch milliseconds. Most days have 24
 * hours; some have no midnight; one that the zone left out (Apia's 2011-12-30) is empty: its end is its start.
 */
export function dayBounds(date: Temporal.PlainDate, zone: string): Span {
  return {
    start: date.toZonedDateTime(zone).epochMilliseconds,
    end: date.add({ days: 1 }).toZonedDateTime(zone).epochMilliseconds,
  };
}

/** A stretch of a day in which the zone keeps one offset. */
export type OffsetSpan = Span & { offsetMs: number };

/** The stretches that a day in `zone` consists of, by start: one, or two where the clock is changed on that day. */
export function offsetsOn(date: Temporal.PlainDate, zone: string): OffsetSpan[] {
  const { start, end } = dayBounds(date, zone);
  const spans: OffsetSpan[] = [];
  for (let at = start; at < end;) {
    const clock = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
    const change = clock.getTimeZoneTransition('next')?.epochMilliseconds ?? end;
    const until = Math.min(change, end);
    spans.push({ start: at, end: until, offsetMs: offsetMsOf(clock) });
    at = until;
  }
  return spans;
}

/** Epoch milliseconds at which a clock in UTC begins the day: what a wall clock's reading is counted from. */
export function midnightUtc(date: Temporal.PlainDate): number {
  return date.toZonedDateTime('UTC').epochMilliseconds;
}
