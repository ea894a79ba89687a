import type { StoredSettings } from '@drizzle/tenant/tables';
import { effectiveRules, NO_OWN_RULES } from '@libs/directory/bookingRules';
import { DEFAULT_SETTINGS } from '@libs/directory/defaultSettings';
import { durationRefusals, rangeRefusals, RULE_RANGES, type ValueRange } from '@libs/directory/ruleRanges';
import type { TenantSettings } from '@libs/directory/tenants';
import { MAX_NAME_CHARACTERS, textRefusals } from '@libs/outcome/checks';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import { DAYS_OF_WEEK } from '@libs/time/days';
import {
  END_OF_DAY,
  formatLocalTime,
  localTime,
  SECONDS_A_MINUTE,
  START_OF_DAY,
} from '@libs/time/localTimes';
import { crossesMidnight, durationSeconds, type TimeRange } from '@libs/time/timeRanges';
import { canonicalTimeZone } from '@libs/time/zones';
import type { OrganizationSettingsInput } from '../generated.ts';
import {
  haveOvernightHours,
  specialHoursOf,
  specialHoursRefusals,
  storedSpecialHours,
} from './specialHours.ts';

/** English for English locales, else Portuguese. */
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

const SETTING_RANGES = {
  ...RULE_RANGES,
  holdMinutes: { min: 1, max: 60 },
} satisfies Record<string, ValueRange>;

/** A value of reminderHours. */
const REMINDER_HOURS: ValueRange = { min: 1, max: 168 };
const MAX_REMINDERS = 3;

/** Their default is null, and null returns to it. */
const CLEARABLE = ['minDurationMinutes', 'maxDurationMinutes', 'approvalHours'] as const;
const isClearable = (field: string): boolean => (CLEARABLE as readonly string[]).includes(field);

/** Defaults overridden by what is stored. */
export function settingsOf(stored: StoredSettings): TenantSettings {
  const { workingHoursStart, workingHoursEnd, specialHours, customLabels, ...plain } = stored;
  const locale = stored.locale ?? DEFAULT_SETTINGS.locale;
  return {
    ...DEFAULT_SETTINGS,
    ...plain,
    workingHoursStart: workingHoursStart ? localTime(workingHoursStart) : DEFAULT_SETTINGS.workingHoursStart,
    workingHoursEnd: workingHoursEnd ? localTime(workingHoursEnd) : DEFAULT_SETTINGS.workingHoursEnd,
    specialHours: specialHoursOf(specialHours ?? []),
    customLabels: { ...DEFAULT_LABELS[locale.startsWith('en') ? 'en' : 'pt-BR'], ...customLabels },
  };
}

const present = <T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value != null)) as never;

const without = <T extends object>(values: T, isRemoved: (field: string) => boolean): T =>
  Object.fromEntries(Object.entries(values).filter(([field]) => !isRemoved(field))) as T;

/** Merges an update that `settingsRefusals` passed. Days in the week's order; they and reminders each once. */
export function withSettings(stored: StoredSettings, input: OrganizationSettingsInput): StoredSettings {
  const { workingHoursStart, workingHoursEnd, workingDays, timezone, specialHours, customLabels, ...plain } =
    present(input);
  const { reminderHours } = plain;
  const kept = without(stored, (field) => isClearable(field) && input[field as keyof typeof input] === null);
  return {
    ...kept,
    ...plain,
    ...present({
      timezone: timezone && canonicalTimeZone(timezone),
      workingHoursStart: workingHoursStart === undefined ? undefined : formatLocalTime(workingHoursStart),
      workingHoursEnd: workingHoursEnd === undefined ? undefined : formatLocalTime(workingHoursEnd),
      workingDays: workingDays && DAYS_OF_WEEK.filter((day) => workingDays.includes(day)),
      reminderHours: reminderHours && [...new Set(reminderHours)],
      specialHours: specialHours && storedSpecialHours(specialHours),
      customLabels: customLabels && { ...stored.customLabels, ...present(customLabels) },
    }),
  };
}

export function settingsRefusals(
  stored: StoredSettings,
  input: OrganizationSettingsInput,
  path: string[],
): Refusal[] {
  const next = settingsOf(withSettings(stored, input));
  return [
    ...nullSettingRefusals(input, path),
    ...wordRefusals(input, path),
    ...numberRefusals(input, next, path),
    ...secondsRefusals(input, path),
    ...overnightRefusals(input, next, path),
    ...hoursRefusals(input, next, path),
    ...specialHoursRefusals(input.specialHours ?? [], [...path, 'specialHours'], next.overnight),
  ];
}

function nullSettingRefusals(input: OrganizationSettingsInput, path: string[]): Refusal[] {
  return (Object.keys(input) as (keyof OrganizationSettingsInput)[])
    .filter((field) => input[field] === null && !isClearable(field))
    .map((field) => refusal('INVALID', 'shared.cannotBeNull', [...path, field], { field }));
}

function wordRefusals(input: OrganizationSettingsInput, path: string[]): Refusal[] {
  const at = (field: string) => [...path, field];
  const refusals: Refusal[] = [];
  const { timezone, locale, workingDays, businessType, customLabels } = input;
  if (timezone != null && !canonicalTimeZone(timezone)) {
    refusals.push(refusal('INVALID', 'tenant.zoneUnknown', at('timezone'), { zone: timezone.slice(0, 100) }));
  }
  if (locale != null && !isLocale(locale)) {
    refusals.push(refusal('INVALID', 'tenant.localeUnknown', at('locale'), { locale: locale.slice(0, 100) }));
  }
  if (workingDays?.length === 0) refusals.push(refusal('INVALID', 'tenant.noWorkingDay', at('workingDays')));
  refusals.push(...textRefusals(businessType, path, 'businessType'));
  for (const [name, label] of Object.entries(customLabels ?? {})) {
    const labels = at('customLabels');
    if (label === null) {
      refusals.push(refusal('INVALID', 'shared.cannotBeNull', [...labels, name], { field: name }));
    }
    refusals.push(...textRefusals(label, labels, name));
  }
  return refusals;
}

function numberRefusals(input: OrganizationSettingsInput, next: TenantSettings, path: string[]): Refusal[] {
  const refusals = rangeRefusals(input, SETTING_RANGES, path);
  const durations =
    refusals.length > 0 ? [] : durationRefusals(input, next, effectiveRules(next, NO_OWN_RULES), path);
  return [
    ...refusals,
    ...durations,
    ...reminderRefusals(input.reminderHours ?? [], [...path, 'reminderHours']),
  ];
}

function reminderRefusals(hours: readonly number[], path: string[]): Refusal[] {
  if (hours.length > MAX_REMINDERS) {
    return [refusal('INVALID', 'tenant.tooManyReminders', path, { max: MAX_REMINDERS })];
  }
  const { min, max } = REMINDER_HOURS;
  return hours.flatMap((value, index) =>
    value >= min && value <= max
      ? []
      : [
          refusal('INVALID', 'shared.outOfRange', [...path, String(index)], {
            field: 'reminderHours',
            min,
            max,
          }),
        ],
  );
}

const workingHours = ({ workingHoursStart, workingHoursEnd }: TenantSettings): TimeRange => ({
  start: workingHoursStart,
  end: workingHoursEnd,
});

const changesHours = ({ workingHoursStart, workingHoursEnd }: OrganizationSettingsInput): boolean =>
  workingHoursStart != null || workingHoursEnd != null;

/** Stored hours cross midnight, but no longer may. */
function overnightRefusals(
  input: OrganizationSettingsInput,
  next: TenantSettings,
  path: string[],
): Refusal[] {
  if (input.overnight !== false) return [];
  const isLeft =
    (!changesHours(input) && crossesMidnight(workingHours(next))) ||
    (input.specialHours == null && haveOvernightHours(next.specialHours));
  return isLeft ? [refusal('INVALID', 'tenant.hoursCrossMidnight', [...path, 'overnight'])] : [];
}

/** 24:00 only as an end, and the end after the start unless the tenant is open overnight. */
function hoursRefusals(input: OrganizationSettingsInput, next: TenantSettings, path: string[]): Refusal[] {
  const hours = workingHours(next);
  if (hours.start === END_OF_DAY) {
    return [refusal('INVALID', 'shared.startsAtEndOfDay', [...path, 'workingHoursStart'])];
  }
  if (next.overnight || !crossesMidnight(hours)) {
    return intervalRefusals(input, next, durationSeconds(hours), path);
  }
  if (!changesHours(input)) return [];
  const field = [...path, input.workingHoursEnd == null ? 'workingHoursStart' : 'workingHoursEnd'];
  return [
    hours.end === START_OF_DAY
      ? refusal('INVALID', 'tenant.endsAtMidnight', field)
      : refusal('INVALID', 'tenant.hoursEndFirst', field),
  ];
}

/** Otherwise the hours would have no slot. */
function intervalRefusals(
  input: OrganizationSettingsInput,
  next: TenantSettings,
  hoursSeconds: number,
  path: string[],
): Refusal[] {
  // What was stored under older rules must not prevent other changes.
  if (input.bookingInterval == null && !changesHours(input)) return [];
  const interval = next.bookingInterval;
  if (interval * SECONDS_A_MINUTE <= hoursSeconds || interval > SETTING_RANGES.bookingInterval.max) return [];
  const field = input.bookingInterval == null ? 'workingHoursEnd' : 'bookingInterval';
  return [
    refusal('INVALID', 'tenant.intervalTooLong', [...path, field], {
      minutes: Math.floor(hoursSeconds / SECONDS_A_MINUTE),
    }),
  ];
}

/** The shown form of a time, 'HH:MM', has none. */
function secondsRefusals(input: OrganizationSettingsInput, path: string[]): Refusal[] {
  return (['workingHoursStart', 'workingHoursEnd'] as const)
    .filter((field) => (input[field] ?? 0) % SECONDS_A_MINUTE !== 0)
    .map((field) => refusal('INVALID', 'tenant.hoursWithSeconds', [...path, field]));
}

function isLocale(text: string): boolean {
  try {
    return text.length <= MAX_NAME_CHARACTERS && Intl.DateTimeFormat.supportedLocalesOf(text).length === 1;
  } catch {
    return false;
  }
}
