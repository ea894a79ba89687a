import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { DAYS_OF_WEEK, type DayOfWeek } from './days.ts';
import { localTime } from './localTimes.ts';
import { firstOverlapping, spanOn, spansAround, type WeeklyRange } from './weekly.ts';

const range = (day: DayOfWeek, start: string, end: string): WeeklyRange => ({
  day,
  start: localTime(start),
  end: localTime(end),
});
const day = (text: string) => Temporal.PlainDate.from(text);
const iso = (span: { start: number; end: number } | undefined) =>
  span && [span.start, span.end].map((ms) => new Date(ms).toISOString().replace(':00.000Z', 'Z'));

describe('firstOverlapping', () => {
  it('accepts touching ranges and ranges on different days', () => {
    const court = [
      range('MONDAY', '08:00', '12:00'),
      range('MONDAY', '12:00', '24:00'),
      range('TUESDAY', '00:00', '08:30'),
    ];
    expect(firstOverlapping(court)).toBeUndefined();
    expect(firstOverlapping(court.toReversed())).toBeUndefined();
  });
  it('finds the range that overlaps an earlier one', () => {
    const second = range('MONDAY', '11:59:59', '13:00');
    expect(firstOverlapping([range('MONDAY', '08:00', '12:00'), second])).toBe(second);
  });
});

describe('spanOn', () => {
  const zone = 'America/New_York';
  const on = (date: string, start: string, end: string, z = zone) =>
    iso(spanOn(day(date), range('MONDAY', start, end), z));

  it('resolves both ends by the wall clock', () => {
    expect(on('2027-03-14', '01:00', '09:00')).toEqual(['2027-03-14T06:00Z', '2027-03-14T13:00Z']);
    expect(on('2027-11-07', '00:00', '24:00')).toEqual(['2027-11-07T04:00Z', '2027-11-08T05:00Z']);
  });
  it('is undefined for a range inside a DST gap', () => {
    expect(on('2027-03-14', '02:30', '03:00')).toBeUndefined();
  });
  it('ends with the day if its end is in a gap before midnight', () => {
    const nuuk = 'America/Nuuk';
    expect(on('2027-03-27', '22:00', '23:30', nuuk)).toEqual(['2027-03-28T00:00Z', '2027-03-28T01:00Z']);
    expect(on('2027-03-27', '00:00', '24:00', nuuk)).toEqual(['2027-03-27T02:00Z', '2027-03-28T01:00Z']);
    expect(on('2027-03-27', '23:00', '23:30', nuuk)).toBeUndefined();
    expect(on('2027-03-28', '00:00', '01:00', nuuk)).toEqual(['2027-03-28T01:00Z', '2027-03-28T02:00Z']);
  });
  it('is undefined on a day that the zone skipped', () => {
    expect(on('2011-12-30', '08:00', '18:00', 'Pacific/Apia')).toBeUndefined();
  });
});

describe('spansAround', () => {
  it('keeps a lunch break and merges adjoining ranges', () => {
    const court = [
      range('FRIDAY', '13:00', '15:00'),
      range('FRIDAY', '08:00', '12:00'),
      range('FRIDAY', '15:00', '18:00'),
    ];
    expect(spansAround(day('2025-12-05'), court, 'America/Sao_Paulo').map(iso)).toEqual([
      ['2025-12-05T11:00Z', '2025-12-05T15:00Z'],
      ['2025-12-05T16:00Z', '2025-12-05T21:00Z'],
    ]);
  });
  it('merges across midnight, including from Sunday to Monday', () => {
    const night = [range('SUNDAY', '22:00', '24:00'), range('MONDAY', '00:00', '02:00')];
    const joined = [['2025-12-08T01:00Z', '2025-12-08T05:00Z']];
    expect(spansAround(day('2025-12-07'), night, 'America/Sao_Paulo').map(iso)).toEqual(joined);
    expect(spansAround(day('2025-12-08'), night, 'America/Sao_Paulo').map(iso)).toEqual(joined);
  });
  it('merges across a midnight that does not exist', () => {
    const night = [range('THURSDAY', '22:00', '24:00'), range('FRIDAY', '00:00', '02:00')];
    expect(spansAround(day('2027-04-30'), night, 'Africa/Cairo').map(iso)).toEqual([
      ['2027-04-29T20:00Z', '2027-04-29T23:00Z'],
    ]);
  });
  it('is one span when every hour of the week is open', () => {
    const always = DAYS_OF_WEEK.map((name) => range(name, '00:00', '24:00'));
    expect(spansAround(day('2011-12-30'), always, 'Pacific/Apia')).toHaveLength(1);
    expect(spansAround(day('2027-04-04'), always, 'Australia/Lord_Howe')).toHaveLength(1);
  });
});
