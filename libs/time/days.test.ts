import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { addDays, dateAt, dayOfWeek, localDay, parseLocalDate } from './days.ts';

const HOUR_MS = 3_600_000;

describe('parseLocalDate', () => {
  it('parses a leap day', () => {
    expect(String(parseLocalDate('2028-02-29'))).toBe('2028-02-29');
  });
  it.each([
    '',
    '2027-02-29',
    '2027-2-1',
    '20270201',
    '1969-12-31',
    '2201-01-01',
    '2027-02-01T00:00',
    '+002027-02-01',
  ])('refuses %j', (text) => expect(parseLocalDate(text)).toBeUndefined());
});

it('addDays adds as Temporal does', () => {
  const first = Temporal.PlainDate.from('2027-12-31');
  for (const days of [0, 1, -1, 60, -365, 1, 400_000, 60]) {
    expect(addDays(first, days).equals(first.add({ days }))).toBe(true);
    expect(addDays(first.subtract({ days: 59 }), days + 59).equals(first.add({ days }))).toBe(true);
  }
});

describe('localDay', () => {
  const bounds = (date: string, zone: string) => localDay(Temporal.PlainDate.from(date), zone);

  it.each([
    ['2027-03-13', 'America/New_York', 24],
    ['2027-03-14', 'America/New_York', 23],
    ['2027-11-07', 'America/New_York', 25],
    ['2027-04-04', 'Australia/Lord_Howe', 24.5],
    ['2027-10-03', 'Australia/Lord_Howe', 23.5],
    ['2027-04-30', 'Africa/Cairo', 23],
    ['2027-09-05', 'America/Santiago', 23],
    ['2011-12-30', 'Pacific/Apia', 0],
  ])('gives %s in %s a length of %d hours', (date, zone, hours) => {
    const { start, end } = bounds(date, zone);
    expect((end - start) / HOUR_MS).toBe(hours);
  });

  it('starts a day without midnight at its first instant', () => {
    expect(bounds('2027-04-30', 'Africa/Cairo').start).toBe(Date.parse('2027-04-29T22:00:00Z'));
    expect(bounds('2027-09-05', 'America/Santiago').start).toBe(Date.parse('2027-09-05T04:00:00Z'));
  });
});

it('dateAt and dayOfWeek use the local calendar of the zone', () => {
  const date = dateAt(Temporal.Instant.from('2025-12-06T01:00:00Z'), 'America/Sao_Paulo');
  expect(String(date)).toBe('2025-12-05');
  expect(dayOfWeek(date)).toBe('FRIDAY');
});

describe('the offsets of localDay', () => {
  const hours = (date: string, zone: string) =>
    localDay(Temporal.PlainDate.from(date), zone).offsets.map((s) => [
      (s.end - s.start) / HOUR_MS,
      s.offsetMs / HOUR_MS,
    ]);

  it.each([
    ['2027-03-13', 'America/New_York', [[24, -5]]],
    [
      '2027-03-14',
      'America/New_York',
      [
        [2, -5],
        [21, -4],
      ],
    ],
    [
      '2027-11-07',
      'America/New_York',
      [
        [2, -4],
        [23, -5],
      ],
    ],
    [
      '2027-04-04',
      'Australia/Lord_Howe',
      [
        [2, 11],
        [22.5, 10.5],
      ],
    ],
    ['2027-04-30', 'Africa/Cairo', [[23, 3]]],
    [
      '2027-04-03',
      'America/Santiago',
      [
        [24, -3],
        [1, -4],
      ],
    ],
    ['2027-06-01', 'Asia/Kathmandu', [[24, 5.75]]],
    ['2011-12-30', 'Pacific/Apia', []],
  ])('splits %s in %s where the offset changes', (date, zone, parts) =>
    expect(hours(date, zone)).toEqual(parts),
  );
});
