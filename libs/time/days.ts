/** The contract's LocalDate: calendar days and their bounds in a time zone. */
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

/** Parses 'YYYY-MM-DD'; undefined if there is no such day, or outside FIRST_YEAR to LAST_YEAR. */
export function parseLocalDate(text: string): Temporal.PlainDate | undefined {
  const year = Number(LOCAL_DATE.exec(text)?.[1]);
  if (!(year >= FIRST_YEAR && year <= LAST_YEAR)) return undefined;
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' });
  } catch {
    return undefined;
  }
}

export function dayOfWeek(date: Temporal.PlainDate): DayOfWeek {
  return DAYS_OF_WEEK[date.dayOfWeek - 1]!;
}

export function dateAt(instant: Temporal.Instant, zone: string): Temporal.PlainDate {
  return instant.toZonedDateTimeISO(zone).toPlainDate();
}

/** A day in a zone, in epoch milliseconds. */
export type LocalDay = Span & {
  /** Its parts with one UTC offset each, in order; none if the zone skipped the day. */
  offsets: readonly OffsetSpan[];
};
export type OffsetSpan = Span & { offsetMs: number };

/** Each takes about 300 bytes. */
const MAX_LOCAL_DAYS = 20_000;
/** By zone and day. These are facts of the time zone database, which do not change while the process runs. */
const localDays = new Map<string, LocalDay>();

/**
 * A local day in `zone`. DST makes some days shorter or longer than 24 hours, and some start after 00:00. A day that the zone
 * skipped (2011-12-30 in Apia) is empty.
 */
export function localDay(date: Temporal.PlainDate, zone: string): LocalDay {
  const key = `${midnightUtc(date)} ${zone}`;
  const known = localDays.get(key);
  if (known) return known;
  const start = date.toZonedDateTime(zone).epochMilliseconds;
  const end = addDays(date, 1).toZonedDateTime(zone).epochMilliseconds;
  const day = { start, end, offsets: offsetsBetween(start, end, zone) };
  if (localDays.size >= MAX_LOCAL_DAYS) localDays.clear();
  localDays.set(key, day);
  return day;
}

function offsetsBetween(start: number, end: number, zone: string): OffsetSpan[] {
  const spans: OffsetSpan[] = [];
  for (let at = start; at < end;) {
    const clock = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
    const transition = clock.getTimeZoneTransition('next')?.epochMilliseconds ?? end;
    const until = Math.min(transition, end);
    spans.push({ start: at, end: until, offsetMs: offsetMsOf(clock) });
    at = until;
  }
  return spans;
}

const DAY_MS = 86_400_000;
/** Each takes about 100 bytes. */
const MAX_DATES = 20_000;
/** By days since 1970-01-01. */
const dates = new Map<number, Temporal.PlainDate>();

/** `date.add({ days })`, which takes several microseconds, from memory. */
export function addDays(date: Temporal.PlainDate, days: number): Temporal.PlainDate {
  const key = midnightUtc(date) / DAY_MS + days;
  const known = dates.get(key);
  if (known) return known;
  const added = date.add({ days });
  if (dates.size >= MAX_DATES) dates.clear();
  dates.set(key, added);
  return added;
}

/** The origin for wall-clock arithmetic, in epoch milliseconds. */
export function midnightUtc(date: Temporal.PlainDate): number {
  return Date.UTC(date.year, date.month - 1, date.day);
}
