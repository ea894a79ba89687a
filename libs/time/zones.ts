import { Temporal } from 'temporal-polyfill';

// Starts with a letter: an offset ('+03:00') has no DST rules. 'SystemV/…' names are ICU's, not IANA's.
const ZONE_NAME = /^(?!systemv\/)[a-z][\w+-]*(?:\/[\w+-]+)*$/i;

/**
 * Corrects the capitalization to IANA's ('america/sao_paulo' to 'America/Sao_Paulo'); keeps aliases. Undefined if this machine's
 * tzdata has no such zone.
 */
export function canonicalTimeZone(name: string): string | undefined {
  if (!ZONE_NAME.test(name)) return undefined;
  try {
    return new Temporal.ZonedDateTime(0n, name).timeZoneId;
  } catch {
    return undefined;
  }
}
