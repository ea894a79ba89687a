/** IANA time zone names. */
import { Temporal } from 'temporal-polyfill';

// Starts with a letter: an offset ('+03:00') has no DST rules. 'SystemV/…' names are ICU's, not IANA's.
const ZONE_NAME = /^(?!systemv\/)[a-z][\w+-]*(?:\/[\w+-]+)*$/i;

/**
 * The name in IANA's capitalization ('america/sao_paulo' gives 'America/Sao_Paulo'); aliases stay as they are. Undefined if
 * this machine's tzdata has no such zone.
 */
export function canonicalTimeZone(name: string): string | undefined {
  if (!ZONE_NAME.test(name)) return undefined;
  try {
    return new Temporal.ZonedDateTime(0n, name).timeZoneId;
  } catch {
    return undefined;
  }
}

/** Whether `name` is an IANA time zone (or 'UTC') in IANA's capitalization. */
export function isTimeZone(name: string): boolean {
  return canonicalTimeZone(name) === name;
}
