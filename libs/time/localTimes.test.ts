import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { END_OF_DAY, formatLocalTime, instantAt, localTime, parseLocalTime } from './localTimes.ts';

describe('LocalTime', () => {
  it.each([
    ['00:00', 0, '00:00:00'],
    ['08:30', 30_600, '08:30:00'],
    ['23:59:59', 86_399, '23:59:59'],
    ['24:00', 86_400, '24:00:00'],
    ['24:00:00', 86_400, '24:00:00'],
  ])('parses %s as %i seconds and formats it as %s', (text, seconds, formatted) => {
    expect(parseLocalTime(text)).toBe(seconds);
    expect(formatLocalTime(localTime(text))).toBe(formatted);
  });

  it('round-trips every second of a day', () => {
    const times = Array.from({ length: END_OF_DAY + 1 }, (_, second) => second as typeof END_OF_DAY);
    expect(times.filter((time) => parseLocalTime(formatLocalTime(time)) !== time)).toEqual([]);
  });

  it.each([
    '',
    '8:00',
    '08:60',
    '08:00:60',
    '24:00:01',
    '24:01',
    '25:00',
    '08:00Z',
    '08:00:00.5',
    '-1:00',
    '08:00\n',
  ])('refuses %j', (text) => {
    expect(parseLocalTime(text)).toBeUndefined();
    expect(() => localTime(text)).toThrow(RangeError);
  });
});

describe('instantAt', () => {
  const at = (date: string, time: string, zone: string) =>
    instantAt(Temporal.PlainDate.from(date), localTime(time), zone).toString();

  it('keeps the wall-clock time on days of 23 and of 25 hours', () => {
    expect(at('2027-03-14', '09:00', 'America/New_York')).toBe('2027-03-14T13:00:00Z');
    expect(at('2027-11-07', '09:00', 'America/New_York')).toBe('2027-11-07T14:00:00Z');
  });
  it('takes 24:00 as the start of the next day, even if that day has no midnight', () => {
    expect(at('2025-12-05', '24:00', 'America/Sao_Paulo')).toBe('2025-12-06T03:00:00Z');
    expect(at('2027-04-29', '24:00', 'Africa/Cairo')).toBe('2027-04-29T22:00:00Z');
    expect(at('2011-12-29', '24:00', 'Pacific/Apia')).toBe('2011-12-30T10:00:00Z');
  });
  it("resolves a midnight that does not exist with 'compatible' disambiguation", () => {
    expect(at('2027-04-30', '00:00', 'Africa/Cairo')).toBe('2027-04-29T22:00:00Z');
    expect(at('2027-04-30', '00:30', 'Africa/Cairo')).toBe('2027-04-29T22:30:00Z');
  });
});
