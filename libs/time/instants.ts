/**
 * The contract's DateTime: text in and out, and local times made into instants. All to the millisecond, which is
 * what Postgres, JSON and cursors carry without loss.
 */
import { Temporal } from 'temporal-polyfill';

/** The first and the last year that a date or an instant may bear; what is outside is a slip of the keyboard. */
export const FIRST_YEAR = 1970;
export const LAST_YEAR = 2200;

/** A DateTime as it was asked for: an instant, or a wall-clock time in a zone that only the tenant knows. */
export type DateTimeInput = Temporal.Instant | Temporal.PlainDateTime;

// RFC 3339 §5.6 with an optional offset and optional seconds. A leap second (:60) is refused: no booking starts at
// one, and Temporal would move it. Zone annotations (RFC 9557) are refused: the zone is the tenant's.
const DATE_TIME = /^(\d{4})-\d\d-\d\dT\d\d:\d\d(?::[0-5]\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?$/i;

/**
 * Reads an RFC 3339 date and time: with an offset or Z an Instant, without one a PlainDateTime. Seconds may be left
 * out; what is finer than a millisecond is cut off. Undefined where the text is neither, names a day or time that does
 * not exist, or a year outside FIRST_YEAR to LAST_YEAR.
 */
export function parseDateTime(text: string): DateTimeInput | undefined {
  const [, year, offset] = DATE_TIME.exec(text) ?? [];
  if (year === undefined || Number(year) < FIRST_YEAR || Number(year) > LAST_YEAR) return undefined;
  try {
    return offset === undefined
      ? Temporal.PlainDateTime.from(text, { overflow: 'reject' }).round({
          smallestUnit: 'millisecond',
          roundingMode: 'floor',
        })
      : Temporal.Instant.fromEpochMilliseconds(Temporal.Instant.from(text).epochMilliseconds);
  } catch {
    return undefined;
  }
}

/**
 * The instant of a DateTime input; a wall-clock time is read in `zone`, by Temporal's 'compatible': in a gap moved
 * later by the gap's length, in an overlap the first pass.
 */
export function toInstant(value: DateTimeInput, zone: string): Temporal.Instant {
  return value instanceof Temporal.Instant
    ? value
    : value.toZonedDateTime(zone, { disambiguation: 'compatible' }).toInstant();
}

/** RFC 3339 in UTC with exactly three decimals: '2025-12-05T14:00:00.000Z'. */
export function formatInstant(instant: Temporal.Instant): string {
  // Date is twenty times as fast here as Temporal's own toString, and this runs for every time in every answer.
  return new Date(instant.epochMilliseconds).toISOString();
}

/** RFC 3339 with the zone's offset and whole seconds: '2025-12-05T11:00:00-03:00'. */
export function formatLocal(instant: Temporal.Instant, zone: string): string {
  return formatWithOffset(instant.epochMilliseconds, offsetMsOf(instant.toZonedDateTimeISO(zone)));
}

/** How far the clock is ahead of UTC, in milliseconds. */
export function offsetMsOf(clock: Temporal.ZonedDateTime): number {
  return clock.offsetNanoseconds / 1_000_000;
}

/** As `formatLocal`, of epoch milliseconds where the offset is known already. */
export function formatWithOffset(epochMs: number, offsetMs: number): string {
  const wallClock = new Date(epochMs + offsetMs).toISOString().slice(0, -'.000Z'.length);
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  const offset = `${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
  return `${wallClock}${offsetMs < 0 ? '-' : '+'}${offset}`;
}

function twoDigits(part: number): string {
  return String(part).padStart(2, '0');
}
