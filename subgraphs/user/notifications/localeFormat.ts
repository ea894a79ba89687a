import { languageOfLocale, message, type Language } from '@libs/outcome/messages';
import type { Temporal } from 'temporal-polyfill';

/** The locale only if we support its language. */
export type LocaleFormat = { zone: string; locale: string; language: Language };

/** Falls back to the default language's locale. */
export function localeFormatOf(
  settings: { timezone: string; locale: string },
  defaultLanguage: Language,
): LocaleFormat {
  const language = languageOfLocale(settings.locale);
  return {
    zone: settings.timezone,
    locale: language === undefined ? defaultLanguage : settings.locale,
    language: language ?? defaultLanguage,
  };
}

// ICU emits thin spaces around '–' and before 'PM', which old mail clients show as boxes.
const plainSpaces = (text: string): string => text.replace(/[\u2009\u202f]/g, ' ');

/** Formats kept per process: creating one takes 50 times as long as using it. */
const MAX_FORMATS = 500;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([locale, options]);
  const known = formats.get(key);
  if (known) return known;
  if (formats.size >= MAX_FORMATS) formats.clear();
  const format = new Intl.DateTimeFormat(locale, options);
  formats.set(key, format);
  return format;
}

function written(
  { zone, locale }: LocaleFormat,
  instant: Temporal.Instant,
  options: Intl.DateTimeFormatOptions,
): string {
  const format = formatOf(locale, { ...options, timeZone: zone });
  return plainSpaces(format.format(instant.epochMilliseconds));
}

const DAY = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' } as const;

/** '7:45 AM' of 12 hours, '07:45' of 24. */
function timeOptions(locale: string): Intl.DateTimeFormatOptions {
  const { hour12 } = formatOf(locale, { hour: 'numeric' }).resolvedOptions();
  return { hour: hour12 ? 'numeric' : '2-digit', minute: '2-digit' };
}

/** 'sábado, 5 de dezembro de 2026, das 11:00 às 12:00 (BRT)'; if the clock changes meanwhile, 'das 01:30 (GMT+1) às 01:30 (GMT)'. */
export function writtenSpan(
  localeFormat: LocaleFormat,
  start: Temporal.Instant,
  end: Temporal.Instant,
): string {
  const [day, endDay] = [written(localeFormat, start, DAY), written(localeFormat, end, DAY)];
  const [zone, endZone] = [zoneAt(localeFormat, start), zoneAt(localeFormat, end)];
  const time = timeOptions(localeFormat.locale);
  const startTime = written(localeFormat, start, time);
  const times = {
    day,
    endDay,
    start: zone === endZone ? startTime : `${startTime} (${zone})`,
    end: written(localeFormat, end, time),
    zone: endZone,
  };
  return message(
    day === endDay ? 'notification.onOneDay' : 'notification.overDays',
    localeFormat.language,
    times,
  );
}

/** 'sáb., 5 de dez. de 2026, 11:00'. */
export const writtenShort = (localeFormat: LocaleFormat, instant: Temporal.Instant): string =>
  written(localeFormat, instant, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    ...timeOptions(localeFormat.locale),
  });

/** 'BRT', or 'GMT-3' where the locale has no name for it. */
function zoneAt({ zone, locale }: LocaleFormat, instant: Temporal.Instant): string {
  const format = formatOf(locale, { timeZone: zone, timeZoneName: 'short' });
  const part = format.formatToParts(instant.epochMilliseconds).find(({ type }) => type === 'timeZoneName');
  return part?.value ?? zone;
}
