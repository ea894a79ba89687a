import type { StoredSettings } from '@drizzle/tenant/tables';
import type { TenantSettings } from '@libs/directory/tenants';
import { MAX_NAME_CHARACTERS, textRefusals } from '@libs/outcome/checks';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import { DAYS_OF_WEEK } from '@libs/time/days';
import { END_OF_DAY, formatLocalTime, localTime, START_OF_DAY } from '@libs/time/localTimes';
import { canonicalTimeZone } from '@libs/time/zones';
import type { OrganizationSettingsInput } from '../generated.ts';

/** Labels are English for English locales, else Portuguese. */
const DEFAULT_SETTINGS = {
  businessType: 'general',
  timezone: 'America/Sao_Paulo',
  locale: 'pt-BR',
  workingHoursStart: localTime('08:00'),
  workingHoursEnd: localTime('18:00'),
  workingDays: [...DAYS_OF_WEEK],
  bookingInterval: 30,
  advanceBookingDays: 30,
  cancellationHours: 24,
  autoConfirm: false,
} satisfies Omit<TenantSettings, 'customLabels'>;

const DEFAULT_LABELS = {
  'pt-BR': {
    resourceSingular: 'Recurso',
    resourcePlural: 'Recursos',
    bookingLabel: 'Reserva',
    userLabel: 'Usuário',
  },
  en: {
    resourceSingular: 'Resource',
    resourcePlural: 'Resources',
    bookingLabel: 'Booking',
    userLabel: 'User',
  },
} satisfies Record<string, TenantSettings['customLabels']>;

const MINUTE_SECONDS = 60;

/** Inclusive. */
const RANGES = {
  /** Minutes. */
  bookingInterval: { min: 5, max: 1440 },
  /** Days. */
  advanceBookingDays: { min: 1, max: 730 },
  /** Hours. */
  cancellationHours: { min: 0, max: 720 },
} as const;

/** Defaults overridden by what is stored. */
export function settingsOf(stored: StoredSettings): TenantSettings {
  const { workingHoursStart, workingHoursEnd, customLabels, ...plain } = stored;
  const locale = stored.locale ?? DEFAULT_SETTINGS.locale;
  return {
    ...DEFAULT_SETTINGS,
    ...plain,
    workingHoursStart: workingHoursStart ? localTime(workingHoursStart) : DEFAULT_SETTINGS.workingHoursStart,
    workingHoursEnd: workingHoursEnd ? localTime(workingHoursEnd) : DEFAULT_SETTINGS.workingHoursEnd,
    customLabels: { ...DEFAULT_LABELS[locale.startsWith('en') ? 'en' : 'pt-BR'], ...customLabels },
  };
}

const present = <T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value != null)) as never;

/** Merges an update that `settingsRefusals` passed. Days in the week's order, each once. */
export function withSettings(stored: StoredSettings, input: OrganizationSettingsInput): StoredSettings {
  const { workingHoursStart, workingHoursEnd, workingDays, timezone, customLabels, ...plain } =
    present(input);
  return {
    ...stored,
    ...plain,
    ...present({
      timezone: timezone && canonicalTimeZone(timezone),
      workingHoursStart: workingHoursStart === undefined ? undefined : formatLocalTime(workingHoursStart),
      workingHoursEnd: workingHoursEnd === undefined ? undefined : formatLocalTime(workingHoursEnd),
      workingDays: workingDays && DAYS_OF_WEEK.filter((day) => workingDays.includes(day)),
      customLabels: customLabels && { ...stored.customLabels, ...present(customLabels) },
    }),
  };
}

export function settingsRefusals(
  stored: StoredSettings,
  input: OrganizationSettingsInput,
  path: string[],
): Refusal[] {
  const at = (field: string) => [...path, field];
  const refusals = (Object.keys(input) as (keyof OrganizationSettingsInput)[])
    .filter((field) => input[field] === null)
    .map((field) => refusal('INVALID', 'shared.cannotBeNull', at(field), { field }));

  const { timezone, locale, workingDays, businessType, customLabels } = input;
  if (timezone != null && !canonicalTimeZone(timezone)) {
    refusals.push(refusal('INVALID', 'tenant.zoneUnknown', at('timezone'), { zone: timezone.slice(0, 100) }));
  }
  if (locale != null && !isLocale(locale)) {
    refusals.push(refusal('INVALID', 'tenant.localeUnknown', at('locale'), { locale: locale.slice(0, 100) }));
  }
  if (workingDays?.length === 0) refusals.push(refusal('INVALID', 'tenant.noWorkingDay', at('workingDays')));
  refusals.push(...textRefusals(businessType, path, 'businessType'));
  for (const field of Object.keys(RANGES) as (keyof typeof RANGES)[]) {
    const value = input[field];
    const { min, max } = RANGES[field];
    if (value != null && (value < min || value > max)) {
      refusals.push(refusal('INVALID', 'tenant.outOfRange', at(field), { field, min, max }));
    }
  }
  if (customLabels) {
    for (const [name, label] of Object.entries(customLabels)) {
      const labels = at('customLabels');
      if (label === null) {
        refusals.push(refusal('INVALID', 'shared.cannotBeNull', [...labels, name], { field: name }));
      }
      refusals.push(...textRefusals(label, labels, name));
    }
  }
  return [...refusals, ...secondsRefusals(input, at), ...hoursRefusals(settingsOf(stored), input, at)];
}

/** 24:00 only as an end, and the end after the start. */
function hoursRefusals(
  now: TenantSettings,
  input: OrganizationSettingsInput,
  at: (field: string) => string[],
): Refusal[] {
  const start = input.workingHoursStart ?? now.workingHoursStart;
  const end = input.workingHoursEnd ?? now.workingHoursEnd;
  if (start === END_OF_DAY) return [refusal('INVALID', 'tenant.startsAtEndOfDay', at('workingHoursStart'))];
  const endField = at(input.workingHoursEnd == null ? 'workingHoursStart' : 'workingHoursEnd');
  if (end === START_OF_DAY) return [refusal('INVALID', 'tenant.endsAtMidnight', endField)];
  if (end > start) return intervalRefusals(now, input, end - start, at);
  return [refusal('INVALID', 'tenant.hoursEndFirst', endField)];
}

/** Otherwise the hours would have no slot. */
function intervalRefusals(
  now: TenantSettings,
  input: OrganizationSettingsInput,
  hoursSeconds: number,
  at: (field: string) => string[],
): Refusal[] {
  const { bookingInterval, workingHoursStart, workingHoursEnd } = input;
  // What was stored under older rules must not prevent other changes.
  if ([bookingInterval, workingHoursStart, workingHoursEnd].every((value) => value == null)) return [];
  const interval = bookingInterval ?? now.bookingInterval;
  if (interval * MINUTE_SECONDS <= hoursSeconds || interval > RANGES.bookingInterval.max) return [];
  const field = bookingInterval == null ? 'workingHoursEnd' : 'bookingInterval';
  return [
    refusal('INVALID', 'tenant.intervalTooLong', at(field), {
      minutes: Math.floor(hoursSeconds / MINUTE_SECONDS),
    }),
  ];
}

/** The shown form of a time, 'HH:MM', has none. */
function secondsRefusals(input: OrganizationSettingsInput, at: (field: string) => string[]): Refusal[] {
  return (['workingHoursStart', 'workingHoursEnd'] as const)
    .filter((field) => (input[field] ?? 0) % MINUTE_SECONDS !== 0)
    .map((field) => refusal('INVALID', 'tenant.hoursWithSeconds', at(field)));
}

function isLocale(text: string): boolean {
  try {
    return text.length <= MAX_NAME_CHARACTERS && Intl.DateTimeFormat.supportedLocalesOf(text).length === 1;
  } catch {
    return false;
  }
}
