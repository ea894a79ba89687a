/** The contract's LocalTime: a wall-clock time of day, with 24:00 as the end of the day. */
import type { Temporal } from 'temporal-polyfill';

/** Seconds since midnight on the wall clock, 0 to 86,400 ('24:00:00'). */
export type LocalTime = number & { readonly unit: 'seconds since midnight' };

export const SECONDS_A_MINUTE = 60;
const SECONDS_A_DAY = 86_400;

/** '00:00:00'. */
export const START_OF_DAY = 0 as LocalTime;
/** '24:00:00'; valid only as an end. */
export const END_OF_DAY = SECONDS_A_DAY as LocalTime;

const LOCAL_TIME = /^(?:([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?|24:00(?::00)?)$/;

/** Parses 'HH:MM' and 'HH:MM:SS'; undefined for any other text. */
export function parseLocalTime(text: string): LocalTime | undefined {
  const parts = LOCAL_TIME.exec(text);
  if (!parts) return undefined;
  const [, hours = '24', minutes = '0', seconds = '0'] = parts;
  return (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) as LocalTime;
}

/** For text that we wrote ourselves; throws RangeError. */
export function localTime(text: string): LocalTime {
  const time = parseLocalTime(text);
  if (time === undefined) throw new RangeError(`not a local time: ${text}`);
  return time;
}

/** 'HH:MM:SS'. */
export function formatLocalTime(time: LocalTime): string {
  return [time / 3600, (time / 60) % 60, time % 60]
    .map((part) => String(Math.floor(part)).padStart(2, '0'))
    .join(':');
}

/** Disambiguates like `toInstant`; '24:00:00' is the first instant of the next day. */
export function instantAt(date: Temporal.PlainDate, time: LocalTime, zone: string): Temporal.Instant {
  if (time === END_OF_DAY) return date.add({ days: 1 }).toZonedDateTime(zone).toInstant();
  const hour = Math.floor(time / 3600);
  return date
    .toPlainDateTime({ hour, minute: Math.floor(time / 60) % 60, second: time % 60 })
    .toZonedDateTime(zone, { disambiguation: 'compatible' })
    .toInstant();
}
