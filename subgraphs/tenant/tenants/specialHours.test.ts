import { DAYS_OF_WEEK } from '@libs/time/days';
import { END_OF_DAY, formatLocalTime, type LocalTime } from '@libs/time/localTimes';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import type { OrganizationSettingsInput, SpecialHoursInput } from '../generated.ts';
import { settingsOf, settingsRefusals, withSettings } from './settings.ts';
import { special } from './specialHours.fixtures.ts';
import { specialHoursOf, specialHoursRefusals, storedSpecialHours } from './specialHours.ts';

/** On a busy machine. */
const PROPERTY_LIMIT_MS = 60_000;
const codes = (entries: SpecialHoursInput[], overnight = false) =>
  specialHoursRefusals(entries, ['at'], overnight).map(({ code, field }) => `${code} ${field?.join('.')}`);

const day = (offset: number) => Temporal.PlainDate.from('2027-01-01').add({ days: offset }).toString();

describe('specialHoursRefusals', () => {
  test('accept closed days, touching ranges and neighboring entries in any order', () => {
    expect(codes([])).toEqual([]);
    expect(codes([special('2027-12-25', '2027-12-25')])).toEqual([]);
    expect(codes([special('2027-12-25', '2027-12-31', ['12:00', '24:00'], ['00:00', '12:00'])])).toEqual([]);
    expect(codes([special(day(5), day(9)), special(day(0), day(4)), special(day(10), day(10))])).toEqual([]);
  });

  test('accept 366 entries, and refuse one more as TOO_MANY', () => {
    const year = Array.from({ length: 366 }, (_, index) => special(day(index), day(index)));
    expect(codes(year)).toEqual([]);
    expect(codes([...year, special(day(366), day(366))])).toEqual(['TOO_MANY at']);
  });

  test('accept 92 days, and refuse one more, or dates in reverse', () => {
    expect(codes([special(day(0), day(91))])).toEqual([]);
    expect(codes([special(day(0), day(92))])).toEqual(['INVALID at.0.to']);
    expect(codes([special(day(1), day(0))])).toEqual(['INVALID at.0.to']);
  });

  test('name each entry that has dates of an earlier one', () => {
    const entries = [special(day(10), day(20)), special(day(0), day(10)), special(day(12), day(12))];
    expect(codes(entries)).toEqual(['INVALID at.1', 'INVALID at.2']);
    expect(codes([special(day(3), day(3)), special(day(3), day(3))])).toEqual(['INVALID at.1']);
  });

  test('name the range that overlaps an earlier one of its entry', () => {
    expect(codes([special(day(0), day(0), ['08:00', '12:00'], ['11:59', '13:00'])])).toEqual([
      'INVALID at.0.ranges.1',
    ]);
  });

  test.each([
    [['10:00', '10:00'], ['INVALID at.0.ranges.0.end'], []],
    [['22:00', '04:00'], ['INVALID at.0.ranges.0.end'], []],
    [['22:00', '00:00'], ['INVALID at.0.ranges.0.end'], []],
    [['24:00', '24:00'], ['INVALID at.0.ranges.0.end'], ['INVALID at.0.ranges.0.start']],
    [['24:00', '04:00'], ['INVALID at.0.ranges.0.end'], ['INVALID at.0.ranges.0.start']],
    [['00:00', '24:00'], [], []],
    [['10:00:30', '11:00'], ['INVALID at.0.ranges.0.start'], ['INVALID at.0.ranges.0.start']],
    [['10:00', '11:00:59'], ['INVALID at.0.ranges.0.end'], ['INVALID at.0.ranges.0.end']],
  ] as [[string, string], string[], string[]][])(
    '%j gives %j by day and %j overnight',
    (range, byDay, byNight) => {
      const entries = [special(day(0), day(0), range)];
      expect(codes(entries)).toEqual(byDay);
      expect(codes(entries, true)).toEqual(byNight);
    },
  );

  test('let no night overlap the next morning of the same entry', () => {
    const ranges: [string, string][] = [
      ['22:00', '04:00'],
      ['03:59', '08:00'],
    ];
    expect(codes([special(day(0), day(1), ...ranges)], true)).toEqual(['INVALID at.0.ranges.1']);
    expect(codes([special(day(0), day(0), ...ranges)], true)).toEqual([]);
    expect(codes([special(day(0), day(1), ranges[0]!, ['04:00', '08:00'])], true)).toEqual([]);
    expect(codes([special(day(0), day(1), ['10:00', '10:00'], ['10:00', '11:00'])], true)).toEqual([
      'INVALID at.0.ranges.1',
    ]);
  });

  test('accept 48 ranges a day, and no more', () => {
    const halves = Array.from({ length: 48 }, (_, half): [string, string] => [
      formatLocalTime((half * 1800) as LocalTime),
      formatLocalTime(((half + 1) * 1800) as LocalTime),
    ]);
    expect(codes([special(day(0), day(0), ...halves)])).toEqual([]);
    expect(codes([special(day(0), day(0), ...halves, ['00:00', '00:30'])])).toEqual(['INVALID at.0.ranges']);
  });

  test('refuse a name that is empty or has more than 200 characters', () => {
    const named = (name: string | null) => [{ ...special(day(0), day(0)), name }];
    expect(codes(named(null))).toEqual([]);
    expect(codes(named('x'.repeat(200)))).toEqual([]);
    expect(codes(named(' '))).toEqual(['INVALID at.0.name']);
    expect(codes(named('x'.repeat(201)))).toEqual(['INVALID at.0.name']);
  });
});

test('special hours are stored as text and read back as written, with 24:00', () => {
  const entries = [{ ...special('2027-12-24', '2028-01-02', ['00:00', '24:00']), name: 'Recesso' }];
  const stored = storedSpecialHours(entries);
  expect(stored).toEqual([
    {
      from: '2027-12-24',
      to: '2028-01-02',
      ranges: [{ start: '00:00:00', end: '24:00:00' }],
      name: 'Recesso',
    },
  ]);
  expect(specialHoursOf(JSON.parse(JSON.stringify(stored)))).toEqual(entries);
  expect(storedSpecialHours([special('2027-12-24', '2027-12-24')])[0]!.name).toBeNull();
});

const minutes = fc.integer({ min: 0, max: 1440 }).map((value) => (value * 60) as LocalTime);
const entry = fc.record({
  from: fc.integer({ min: 0, max: 40 }),
  days: fc.integer({ min: -1, max: 3 }),
  ranges: fc.array(fc.record({ start: minutes, end: minutes }), { maxLength: 3 }),
  name: fc.option(fc.constantFrom('Natal', 'Carnaval')),
});
const setting = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const input: fc.Arbitrary<OrganizationSettingsInput> = fc.record(
  {
    workingHoursStart: setting(minutes),
    workingHoursEnd: setting(minutes),
    workingDays: setting(fc.subarray([...DAYS_OF_WEEK])),
    bookingInterval: setting(fc.constantFrom(5, 15, 30, 60)),
    minDurationMinutes: fc.option(fc.constantFrom(5, 15, 30, 60, 90)),
    maxDurationMinutes: fc.option(fc.constantFrom(15, 30, 60, 120)),
    minimumNoticeMinutes: setting(fc.integer({ min: 0, max: 43_200 })),
    bufferBeforeMinutes: setting(fc.integer({ min: 0, max: 480 })),
    bufferAfterMinutes: setting(fc.integer({ min: 0, max: 480 })),
    approvalHours: fc.option(fc.integer({ min: 1, max: 720 })),
    holdMinutes: setting(fc.integer({ min: 1, max: 60 })),
    reminderHours: setting(fc.uniqueArray(fc.integer({ min: 1, max: 168 }), { maxLength: 3 })),
    completeAutomatically: setting(fc.boolean()),
    overnight: setting(fc.boolean()),
    selfSignUp: setting(fc.boolean()),
    signInEmails: setting(fc.boolean()),
    specialHours: setting(
      fc.array(
        entry.map(({ from, days, ...others }) => ({
          ...others,
          from: Temporal.PlainDate.from(day(from)),
          to: Temporal.PlainDate.from(day(from + days)),
        })),
        { maxLength: 3 },
      ),
    ),
  },
  { requiredKeys: [] },
);

test(
  'what is accepted reads back equal, keeps the rest, and keeps what every tenant’s hours must be',
  () => {
    fc.assert(
      fc.property(input, input, (first, second) => {
        fc.pre(settingsRefusals({}, first, []).length === 0);
        const stored = JSON.parse(JSON.stringify(withSettings({}, first)));
        fc.pre(settingsRefusals(stored, second, []).length === 0);
        const before = settingsOf(stored);
        const after = settingsOf(JSON.parse(JSON.stringify(withSettings(stored, second))));
        for (const name of Object.keys(after) as (keyof typeof after)[]) {
          const given = second[name as keyof OrganizationSettingsInput];
          expect(after[name]).toEqual(given === undefined ? before[name] : given);
        }
        const { workingHoursStart, workingHoursEnd, overnight, specialHours, bookingInterval } = after;
        const ranges = [
          { start: workingHoursStart, end: workingHoursEnd },
          ...specialHours.flatMap((one) => one.ranges),
        ];
        for (const { start, end } of ranges) {
          expect(start).toBeLessThan(END_OF_DAY);
          if (!overnight) expect(end).toBeGreaterThan(start);
        }
        const { minDurationMinutes: min, maxDurationMinutes: max } = after;
        for (const duration of [min, max]) expect((duration ?? 0) % bookingInterval).toBe(0);
        if (max !== null) expect(min ?? bookingInterval).toBeLessThanOrEqual(max);
      }),
      { numRuns: 500 },
    );
  },
  PROPERTY_LIMIT_MS,
);

test('a day of 24 hours from noon is one range', () => {
  expect(codes([special(day(0), day(6), ['12:00', '12:00'])], true)).toEqual([]);
});
