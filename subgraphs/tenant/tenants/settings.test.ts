import { message } from '@libs/outcome/messages';
import { DAYS_OF_WEEK } from '@libs/time/days';
import { localTime } from '@libs/time/localTimes';
import { describe, expect, test } from 'vitest';
import { settingsOf, settingsRefusals, withSettings } from './settings.ts';
import { special } from './specialHours.fixtures.ts';

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
    minimumNoticeMinutes: 0,
    minDurationMinutes: null,
    maxDurationMinutes: null,
    bufferBeforeMinutes: 0,
    bufferAfterMinutes: 0,
    approvalHours: null,
    holdMinutes: 10,
    reminderHours: [],
    completeAutomatically: false,
    overnight: false,
    selfSignUp: false,
    signInEmails: false,
    specialHours: [],
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

test('a row from before a setting existed reads back unchanged, with defaults for the rest', () => {
  const stored = { timezone: 'America/Recife', workingHoursStart: '06:30:00', bookingInterval: 45 };
  const { timezone, workingHoursStart, bookingInterval, ...others } = settingsOf(stored);
  expect([timezone, workingHoursStart, bookingInterval]).toEqual(['America/Recife', localTime('06:30'), 45]);
  expect(settingsOf({})).toMatchObject(others);
  expect(withSettings(stored, {})).toEqual(stored);
});

describe.each([
  ['bookingInterval', 5, 600, null],
  ['advanceBookingDays', 1, 730, null],
  ['minimumNoticeMinutes', 0, 43_200, null],
  ['minDurationMinutes', 30, 44_640, 'clears'],
  ['maxDurationMinutes', 30, 44_640, 'clears'],
  ['bufferBeforeMinutes', 0, 480, null],
  ['bufferAfterMinutes', 0, 480, null],
  ['cancellationHours', 0, 720, null],
  ['approvalHours', 1, 720, 'clears'],
  ['holdMinutes', 1, 60, null],
] as const)('%s', (field, min, max, ofNull) => {
  test(`is ${min} to ${max}`, () => {
    for (const value of [min, max]) {
      expect(codes({ [field]: value })).toEqual([]);
      expect(settingsOf(withSettings({}, { [field]: value }))[field]).toBe(value);
    }
    for (const value of [min - 1, max + 1, -(2 ** 31), 2 ** 31 - 1])
      expect(codes({ [field]: value })).toEqual([`INVALID input.${field}`]);
  });

  test(ofNull ? 'returns to its default with null' : 'cannot be null', () => {
    expect(codes({ [field]: null })).toEqual(ofNull ? [] : [`INVALID input.${field}`]);
    if (!ofNull) return;
    const stored = withSettings({ holdMinutes: 20 }, { [field]: max });
    expect(withSettings(stored, { [field]: null })).toEqual({ holdMinutes: 20 });
  });
});

test.each(['completeAutomatically', 'overnight', 'reminderHours', 'specialHours', 'autoConfirm'] as const)(
  '%s cannot be null, and is kept when absent',
  (field) => {
    expect(codes({ [field]: null })).toEqual([`INVALID input.${field}`]);
    const value = { reminderHours: [24], specialHours: [special('2027-12-24', '2027-12-24')] };
    const stored = withSettings({}, { [field]: field in value ? value[field as 'reminderHours'] : true });
    expect(withSettings(stored, { holdMinutes: 5 })).toEqual({ ...stored, holdMinutes: 5 });
  },
);

describe('durations', () => {
  test.each([
    [{}, { minDurationMinutes: 45 }, ['INVALID input.minDurationMinutes']],
    [{}, { maxDurationMinutes: 100 }, ['INVALID input.maxDurationMinutes']],
    [
      {},
      { minDurationMinutes: 31, maxDurationMinutes: 61 },
      ['INVALID input.minDurationMinutes', 'INVALID input.maxDurationMinutes'],
    ],
    [{}, { bookingInterval: 45, minDurationMinutes: 45, maxDurationMinutes: 90 }, []],
    [{ bookingInterval: 45 }, { minDurationMinutes: 60 }, ['INVALID input.minDurationMinutes']],
    // Equal ones leave one duration.
    [{}, { minDurationMinutes: 60, maxDurationMinutes: 60 }, []],
    [{}, { minDurationMinutes: 90, maxDurationMinutes: 60 }, ['INVALID input.maxDurationMinutes']],
    [{ minDurationMinutes: 90 }, { maxDurationMinutes: 60 }, ['INVALID input.maxDurationMinutes']],
    [{ maxDurationMinutes: 60 }, { minDurationMinutes: 90 }, ['INVALID input.minDurationMinutes']],
    [{ maxDurationMinutes: 60 }, { minDurationMinutes: 90, maxDurationMinutes: null }, []],
    // The grid changes under durations that stay.
    [{ minDurationMinutes: 60 }, { bookingInterval: 45 }, ['INVALID input.bookingInterval']],
    [{ maxDurationMinutes: 60 }, { bookingInterval: 120 }, ['INVALID input.bookingInterval']],
    [
      { minDurationMinutes: 60, maxDurationMinutes: 90 },
      { bookingInterval: 40 },
      ['INVALID input.bookingInterval'],
    ],
    [{ minDurationMinutes: 60, maxDurationMinutes: 120 }, { bookingInterval: 20 }, []],
    [{ minDurationMinutes: 60 }, { bookingInterval: 45, minDurationMinutes: null }, []],
    // What does not concern them is not refused for them.
    [{ bookingInterval: 45, minDurationMinutes: 60 }, { holdMinutes: 5 }, []],
    [{ bookingInterval: 45, minDurationMinutes: 60 }, { maxDurationMinutes: 90 }, []],
  ])('after %j, %j gives %j', (stored, input, expected) => {
    expect(codes(input, stored)).toEqual(expected);
  });
});

describe('reminderHours', () => {
  test('are at most three values of 1 to 168, each once', () => {
    expect(codes({ reminderHours: [] })).toEqual([]);
    expect(codes({ reminderHours: [168, 24, 1] })).toEqual([]);
    expect(codes({ reminderHours: [1, 2, 3, 4] })).toEqual(['INVALID input.reminderHours']);
    expect(codes({ reminderHours: [0, 24, 169] })).toEqual([
      'INVALID input.reminderHours.0',
      'INVALID input.reminderHours.2',
    ]);
    expect(withSettings({}, { reminderHours: [24, 2, 24] }).reminderHours).toEqual([24, 2]);
    expect(withSettings({ reminderHours: [24] }, { reminderHours: [] }).reminderHours).toEqual([]);
  });
});

describe('overnight', () => {
  const night = { workingHoursStart: localTime('22:00'), workingHoursEnd: localTime('04:00') };
  const nightStored = { overnight: true, workingHoursStart: '22:00:00', workingHoursEnd: '04:00:00' };
  const specialNight = special('2027-12-24', '2027-12-24', ['22:00', '02:00']);

  test.each([
    [{}, { overnight: true, ...night }, []],
    [{ overnight: true }, night, []],
    [{}, night, ['INVALID input.workingHoursEnd']],
    [{}, { overnight: false, ...night }, ['INVALID input.workingHoursEnd']],
    // 24 hours, from any time; to midnight, by either name.
    [{ overnight: true }, { workingHoursEnd: localTime('08:00') }, []],
    [{ overnight: true }, { workingHoursStart: localTime('00:00'), workingHoursEnd: localTime('00:00') }, []],
    [{ overnight: true }, { workingHoursEnd: localTime('00:00') }, []],
    [{ overnight: true }, { workingHoursEnd: localTime('24:00') }, []],
    [{ overnight: true }, { workingHoursStart: localTime('24:00') }, ['INVALID input.workingHoursStart']],
    // Back to days only.
    [nightStored, { overnight: false }, ['INVALID input.overnight']],
    [nightStored, { overnight: false, workingHoursEnd: localTime('23:00') }, []],
    [
      nightStored,
      { overnight: false, workingHoursEnd: localTime('21:00') },
      ['INVALID input.workingHoursEnd'],
    ],
    [nightStored, { overnight: true, holdMinutes: 5 }, []],
    [
      withSettings({ overnight: true }, { specialHours: [specialNight] }),
      { overnight: false },
      ['INVALID input.overnight'],
    ],
    [
      withSettings({ overnight: true }, { specialHours: [specialNight] }),
      { overnight: false, specialHours: [] },
      [],
    ],
    [
      withSettings({ overnight: true }, { specialHours: [specialNight] }),
      { overnight: false, specialHours: [specialNight] },
      ['INVALID input.specialHours.0.ranges.0.end'],
    ],
    // The longest grid fits hours of 24 hours, and no shorter ones.
    [{ overnight: true }, { workingHoursEnd: localTime('08:00'), bookingInterval: 1440 }, []],
    [{ overnight: true }, { ...night, bookingInterval: 361 }, ['INVALID input.bookingInterval']],
    [{ overnight: true }, { ...night, bookingInterval: 360 }, []],
  ])('after %j, %j gives %j', (stored, input, expected) => {
    expect(codes(input, stored)).toEqual(expected);
  });
});

test('hours that were stored under older rules do not prevent other changes', () => {
  const stored = { bookingInterval: 720 };
  expect(settingsRefusals(stored, { autoConfirm: true }, ['input'])).toEqual([]);
});

test('all refusals are reported at once', () => {
  expect(codes({ timezone: 'x', bookingInterval: 0, cancellationHours: 9999 })).toHaveLength(3);
});
