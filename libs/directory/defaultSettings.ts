/** What the settings of a tenant are that were never set, labels aside: those depend on its language. */
import { DAYS_OF_WEEK } from '@libs/time/days';
import { localTime } from '@libs/time/localTimes';
import { DEFAULT_BOOKING_RULES } from './bookingRules.ts';
import type { TenantSettings } from './tenants.ts';

export const DEFAULT_SETTINGS: Omit<TenantSettings, 'customLabels'> = {
  businessType: 'general',
  timezone: 'America/Sao_Paulo',
  locale: 'pt-BR',
  workingHoursStart: localTime('08:00'),
  workingHoursEnd: localTime('18:00'),
  workingDays: [...DAYS_OF_WEEK],
  ...DEFAULT_BOOKING_RULES,
  holdMinutes: 10,
  reminderHours: [],
  completeAutomatically: false,
  overnight: false,
  selfSignUp: false,
  signInEmails: false,
  specialHours: [],
};
