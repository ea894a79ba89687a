/** The contract's LocalTime: a time of day by a wall clock, with 24:00 as the end of the day. */
import type { Temporal } from 'temporal-polyfill';

/** Seconds since the wall clock's midnight, 0 to 86,400; compare with < and >. 86,400 is '24:00:00'. */
export type LocalTime = number & { readonly unit: 'seconds since midnight' };

const SECONDS_A_DAY = 86_400;

/** '00:00:00'. */
export const START_OF_DAY = 0 as LocalTime;
/** '24:00:00', allowed only as an end. */
export const END_OF_DAY = SECONDS_A_DAY as LocalTime;

const LOCAL_TIME = /^(?:([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?|24:00(?::00)?)$/;

/** Reads 'HH:MM' or 'HH:MM:SS', from 00:00 to 24:00:00; undefined where it is neither. */
export function parseLocalTime(text: string): LocalTime | undefined {
  const parts = LOCAL_TIME.exec(text);
  if (!parts) return undefined;
  const [, hours = '24', minutes = '0', seconds = '0'] = parts;
  return (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) as LocalTime;
}

/** A LocalTime written in code or read from a place that we wrote: as `parseLocalTime`, but throws RangeError. */
export function localTime(text: string): LocalTime {
  const time = parseLocalTime(text);
  if (time === undefined) throw new RangeError(`no local time: ${text}`);
  return time;
}

/** 'HH:MM:SS'. */
export function formatLocalTime(time: LocalTime): string {
  return [time / 3600, (time / 60) % 60, time % 60]
    .map((part) => String(Math.floor(part)).padStart(2, '0'))
    .join(':');
}

/**
 * The instant at which a wall clock in `zone` shows `time` on `date`, by Temporal's 'compatible' (in a gap moved later
 * by the gap's length, in an overlap the first pass); '24:00:00' is the instant at which the next day begins.
 */
export function instantAt(date: Temporal.PlainDate, time: LocalTime, zone: string): Temporal.Instant {
  if (time === END_OF_DAY) return date.add({ days: 1 }).toZonedDateTime(zone).toInstant();
  const hour = Math.floor(time / 3600);
  return date
    .toPlainDateTime({ hour, minute: Math.floor(time / 60) % 60, second: time % 60 })
    .toZonedDateTime(zone, { disambiguation: 'compatible' })
    .toInstant();
}
