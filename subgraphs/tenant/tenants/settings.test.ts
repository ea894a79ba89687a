import { message } from '@libs/outcome/messages';
import { DAYS_OF_WEEK } from '@libs/time/days';
import { localTime } from '@libs/time/localTimes';
import { expect, test } from 'vitest';
import { settingsOf, settingsRefusals, withSettings } from './settings.ts';

const codes = (input: Parameters<typeof settingsRefusals>[1], stored = {}) =>
  settingsRefusals(stored, input, ['input']).map(({ code, field }) => `${code} ${field?.join('.')}`);

test("settings that were never set have the contract's defaults", () => {
  const settings = settingsOf({});
  expect(settings).toMatchObject({
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
  });
  expect(settings.customLabels.resourceSingular).toBe('Recurso');
  expect(settingsOf({ locale: 'en-US' }).customLabels.resourceSingular).toBe('Resource');
});

test('an update keeps omitted settings, and each omitted label', () => {
  const first = withSettings({}, { bookingInterval: 60, customLabels: { resourceSingular: 'Sala' } });
  const second = withSettings(first, { timezone: 'america/new_york', customLabels: { userLabel: 'Aluno' } });
  expect(second).toEqual({
    bookingInterval: 60,
    timezone: 'America/New_York',
    customLabels: { resourceSingular: 'Sala', userLabel: 'Aluno' },
  });
});

test('days are stored once each, in the order of the week', () => {
  expect(withSettings({}, { workingDays: ['FRIDAY', 'MONDAY', 'FRIDAY'] }).workingDays).toEqual([
    'MONDAY',
    'FRIDAY',
  ]);
});

test.each([
  [{ timezone: 'Mars/Olympus' }, 'INVALID input.timezone'],
  [{ timezone: '+03:00' }, 'INVALID input.timezone'],
  [{ timezone: null }, 'INVALID input.timezone'],
  [{ locale: 'no locale' }, 'INVALID input.locale'],
  [{ workingDays: [] }, 'INVALID input.workingDays'],
  [{ bookingInterval: 4 }, 'INVALID input.bookingInterval'],
  [{ bookingInterval: 1441 }, 'INVALID input.bookingInterval'],
  // Longer than the default hours.
  [{ bookingInterval: 630 }, 'INVALID input.bookingInterval'],
  [{ workingHoursEnd: localTime('08:20') }, 'INVALID input.workingHoursEnd'],
  [{ workingHoursEnd: localTime('00:00') }, 'INVALID input.workingHoursEnd'],
  [{ workingHoursStart: localTime('08:00:30') }, 'INVALID input.workingHoursStart'],
  [{ advanceBookingDays: 0 }, 'INVALID input.advanceBookingDays'],
  [{ advanceBookingDays: 731 }, 'INVALID input.advanceBookingDays'],
  [{ cancellationHours: -1 }, 'INVALID input.cancellationHours'],
  [{ cancellationHours: 721 }, 'INVALID input.cancellationHours'],
  [{ workingHoursEnd: localTime('08:00') }, 'INVALID input.workingHoursEnd'],
  [{ workingHoursStart: localTime('19:00') }, 'INVALID input.workingHoursStart'],
  [{ workingHoursStart: localTime('24:00') }, 'INVALID input.workingHoursStart'],
  [{ customLabels: { bookingLabel: ' ' } }, 'INVALID input.customLabels.bookingLabel'],
  [{ customLabels: { bookingLabel: null } }, 'INVALID input.customLabels.bookingLabel'],
  [{ customLabels: null }, 'INVALID input.customLabels'],
])('%j is refused at the field that is wrong', (input, expected) => {
  expect(codes(input)).toEqual([expected]);
});

test.each([
  [{ businessType: ' ' }, 'businessType cannot be empty.', 'businessType não pode ficar vazio.'],
  [{ customLabels: { userLabel: '' } }, 'userLabel cannot be empty.', 'userLabel não pode ficar vazio.'],
  [
    { customLabels: { userLabel: 'x'.repeat(201) } },
    'userLabel can have at most 200 characters.',
    'userLabel pode ter no máximo 200 caracteres.',
  ],
])('the message names what is wrong in %j', (input, en, ptBR) => {
  const [found] = settingsRefusals({}, input, ['input']);
  expect(message(found!.key, 'en', found!.params)).toBe(en);
  expect(message(found!.key, 'pt-BR', found!.params)).toBe(ptBR);
});

test('the limits themselves are accepted', () => {
  expect(codes({ bookingInterval: 5, advanceBookingDays: 730, cancellationHours: 0 })).toEqual([]);
  expect(codes({ workingHoursStart: localTime('00:00'), workingHoursEnd: localTime('24:00') })).toEqual([]);
});

test('hours that were stored under older rules do not prevent other changes', () => {
  const stored = { bookingInterval: 720 };
  expect(settingsRefusals(stored, { autoConfirm: true }, ['input'])).toEqual([]);
});

test('all refusals are reported at once', () => {
  expect(codes({ timezone: 'x', bookingInterval: 0, cancellationHours: 9999 })).toHaveLength(3);
});
