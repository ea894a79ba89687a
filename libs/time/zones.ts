/** Names of time zones: IANA's, in the spelling that IANA gives them. */
import { Temporal } from 'temporal-polyfill';

// Letters first: an offset ('+03:00') is no zone, because it knows no DST rules. 'SystemV/…' are ICU's, not IANA's.
const ZONE_NAME = /^(?!systemv\/)[a-z][\w+-]*(?:\/[\w+-]+)*$/i;

/**
 * The zone's name in IANA's spelling ('america/sao_paulo' gives 'America/Sao_Paulo'; an alias stays that alias);
 * undefined where this machine's tzdata knows no such zone.
 */
export function canonicalTimeZone(name: string): string | undefined {
  if (!ZONE_NAME.test(name)) return undefined;
  try {
    return new Temporal.ZonedDateTime(0n, name).timeZoneId;
  } catch {
    return undefined;
  }
}

/** Whether `name` is an IANA time zone in IANA's own spelling; 'UTC' is one. */
export function isTimeZone(name: string): boolean {
  return canonicalTimeZone(name) === name;
}
