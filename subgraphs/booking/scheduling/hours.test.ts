/** Special hours, seasons, overrides, closures and `overnight`, by examples. */
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { localTime } from '@libs/time/localTimes';
import type { ClosureTimes } from './closures.ts';
import { exampleContext, shownSlotsOfDay, timeOf, timeRange, weeklyRange } from './scheduling.fixtures.ts';
import {
  brokenRules,
  judge,
  type OverridableRule,
  type SchedulingContext,
  type SchedulingRules,
} from './rules.ts';

const day = (text: string) => Temporal.PlainDate.from(text);
const dates = (from: string, to: string, ...ranges: string[]) => ({
  from: day(from),
  to: day(to),
  name: null,
  ranges: ranges.map(timeRange),
});
const season = (from: string, to: string, ...ranges: string[]) => ({
  from: day(from),
  to: day(to),
  ranges: ranges.map(weeklyRange),
});
const closure = (from: string, to: string, start?: string, end?: string): ClosureTimes => ({
  from: day(from),
  to: day(to),
  startTime: start === undefined ? null : localTime(start),
  endTime: end === undefined ? null : localTime(end),
});
const hours = (range: string): Partial<SchedulingRules> => {
  const { start, end } = timeRange(range);
  return { workingHoursStart: start, workingHoursEnd: end };
};
/** '09:00', or '09:00 CLOSED'. */
const shown = (date: string, context: SchedulingContext, minutes: number | null = null): string[] =>
  shownSlotsOfDay(day(date), minutes, context, []).map(({ localStart, unavailableReason }) =>
    [localStart.slice(11, 16), unavailableReason ?? []].flat().join(' '),
  );
const broken = (start: string, end: string, context: SchedulingContext): string[] =>
  brokenRules(timeOf(start, end, context), context).map(({ code, field }) => `${code} ${field?.at(-1)}`);
const keys = (start: string, end: string, context: SchedulingContext): string[] =>
  brokenRules(timeOf(start, end, context), context).map(({ key }) => key);

describe('special hours', () => {
  const clinic = exampleContext({
    ...hours('08:00-10:00'),
    workingDays: ['MONDAY', 'TUESDAY'],
    specialHours: [
      dates('2027-01-12', '2027-01-13', '08:15-09:45', '20:00-21:00'),
      dates('2027-01-05', '2027-01-05'),
    ],
  });
  it('replace working days and hours on each of their dates, on the grid of workingHoursStart', () => {
    expect(shown('2027-01-11', clinic)).toEqual(['08:00', '08:30', '09:00', '09:30']);
    expect(shown('2027-01-12', clinic)).toEqual(['08:30', '09:00', '20:00', '20:30']);
    expect(shown('2027-01-13', clinic)).toEqual(['08:30', '09:00', '20:00', '20:30']);
    expect(shown('2027-01-14', clinic)).toEqual([]);
  });
  it('without ranges close a date', () => {
    expect(shown('2027-01-05', clinic)).toEqual([]);
    expect(keys('2027-01-05T08:00', '2027-01-05T08:30', clinic)).toEqual(['booking.notOpenOnDate']);
  });
  it('name themselves where a time lies outside of them', () => {
    const at = (start: string, end: string) => keys(`2027-01-12T${start}`, `2027-01-12T${end}`, clinic);
    expect(at('08:30', '09:30')).toEqual([]);
    expect(at('08:00', '09:00')).toEqual(['booking.startsOutsideSpecialHours']);
    expect(at('09:00', '20:30')).toEqual(['booking.endsOutsideSpecialHours']);
    const [refusal] = brokenRules(timeOf('2027-01-12T12:00', '2027-01-12T13:00', clinic), clinic);
    expect(refusal).toMatchObject({
      code: 'OUTSIDE_WORKING_HOURS',
      params: { hours: '08:15–09:45, 20:00–21:00' },
    });
  });
});

describe('the resource', () => {
  const tenant = hours('08:00-12:00');
  const room = exampleContext(
    { ...tenant, bookingInterval: 60 },
    {
      schedule: [weeklyRange('TUESDAY 08:00-10:00')],
      seasons: [season('2027-01-12', '2027-01-31', 'TUESDAY 10:00-12:00', 'WEDNESDAY 06:00-09:00')],
      overrides: [
        dates('2027-01-19', '2027-01-19', '09:00-10:00', '10:00-11:00'),
        dates('2027-01-26', '2027-01-26'),
      ],
    },
  );
  it('has the hours of its override, else of its season, else of its weekly schedule, within those of the tenant', () => {
    expect(shown('2027-01-05', room)).toEqual(['08:00', '09:00']);
    expect(shown('2027-01-12', room)).toEqual(['10:00', '11:00']);
    expect(shown('2027-01-13', room)).toEqual(['08:00']);
    expect(shown('2027-01-19', room)).toEqual(['09:00', '10:00']);
    expect(shown('2027-01-19', room, 120)).toEqual(['09:00']);
    expect(shown('2027-01-26', room)).toEqual([]);
    expect(broken('2027-01-26T09:00', '2027-01-26T10:00', room)).toEqual(['RESOURCE_UNAVAILABLE startTime']);
    expect(shown('2027-02-02', room)).toEqual(['08:00', '09:00']);
  });
  it('without a schedule has the hours of the tenant outside of its seasons and overrides', () => {
    const free = { ...room, schedule: null };
    expect(shown('2027-01-05', free)).toEqual(['08:00', '09:00', '10:00', '11:00']);
    expect(broken('2027-01-05T07:00', '2027-01-05T08:00', free)).toEqual(['OUTSIDE_WORKING_HOURS startTime']);
    expect(shown('2027-01-12', free)).toEqual(['10:00', '11:00']);
    expect(shown('2027-01-14', free)).toEqual([]);
    expect(shown('2027-01-19', free)).toEqual(['09:00', '10:00']);
  });
  it('is open on the date in which a booking ends, as an override of the tenant hours needs', () => {
    const schedule = ['MONDAY 20:00-24:00', 'TUESDAY 00:00-04:00', 'TUESDAY 04:00-10:00'].map(weeklyRange);
    const office = exampleContext({ ...hours('00:00-24:00'), bookingInterval: 60 }, { schedule });
    expect(broken('2027-01-04T23:00', '2027-01-05T05:00', office)).toEqual(['OUTSIDE_WORKING_HOURS endTime']);
    expect(broken('2027-01-04T23:00', '2027-01-05T11:00', office)).toEqual([
      'OUTSIDE_WORKING_HOURS endTime',
      'RESOURCE_UNAVAILABLE startTime',
    ]);
  });
});

describe('a closure', () => {
  const clinic = (...closures: ClosureTimes[]) => exampleContext(hours('08:00-10:00'), { closures });
  it('closes every slot that it overlaps, and touches no other', () => {
    const lunch = clinic(closure('2027-01-05', '2027-01-06', '08:45', '09:30'));
    for (const date of ['2027-01-05', '2027-01-06']) {
      expect(shown(date, lunch)).toEqual(['08:00', '08:30 CLOSED', '09:00 CLOSED', '09:30']);
    }
    expect(shown('2027-01-07', lunch)).toEqual(['08:00', '08:30', '09:00', '09:30']);
    expect(broken('2027-01-05T08:00', '2027-01-05T10:00', lunch)).toEqual(['CLOSED startTime']);
  });
  it('covers whole days, or up to or from a time', () => {
    const all = clinic(closure('2027-01-05', '2027-01-05'));
    expect(shown('2027-01-05', all)).toEqual([
      '08:00 CLOSED',
      '08:30 CLOSED',
      '09:00 CLOSED',
      '09:30 CLOSED',
    ]);
    expect(shown('2027-01-06', all)).toEqual(['08:00', '08:30', '09:00', '09:30']);
    expect(shown('2027-01-05', clinic(closure('2027-01-05', '2027-01-05', undefined, '09:00')))).toEqual([
      '08:00 CLOSED',
      '08:30 CLOSED',
      '09:00',
      '09:30',
    ]);
    expect(shown('2027-01-05', clinic(closure('2027-01-05', '2027-01-05', '09:30')))).toEqual([
      '08:00',
      '08:30',
      '09:00',
      '09:30 CLOSED',
    ]);
  });
  it('may be overlapped by buffers', () => {
    const context = clinic(closure('2027-01-05', '2027-01-05', '09:00', '09:30'));
    const rules = { ...context.rules, bufferBeforeMinutes: 60, bufferAfterMinutes: 60 };
    expect(shown('2027-01-05', { ...context, rules })).toEqual(['08:00', '08:30', '09:00 CLOSED', '09:30']);
  });
  it('is named after the other reasons of the clock', () => {
    const context = clinic(closure('2027-01-01', '2027-12-31'));
    const early = { ...context, now: timeOf('2027-01-05T08:30', '2027-01-05T09:00', context).startTime };
    const rules = { ...early.rules, minimumNoticeMinutes: 30 };
    expect(shown('2027-01-05', { ...early, rules })).toEqual([
      '08:00 IN_THE_PAST',
      '08:30 TOO_SHORT_NOTICE',
      '09:00 CLOSED',
      '09:30 CLOSED',
    ]);
  });
  it('goes by the wall clock across a change of the clock', () => {
    const night = exampleContext(
      { timezone: 'America/New_York', ...hours('00:00-04:00'), bookingInterval: 60 },
      { closures: [closure('2027-03-14', '2027-03-14', '02:15', '02:45')] },
    );
    // All of it is in the gap, and moves later with its ends.
    expect(shown('2027-03-14', night)).toEqual(['00:00', '01:00', '03:00 CLOSED']);
  });
});

describe('overnight', () => {
  const night = { overnight: true, bookingInterval: 60 };
  const bar = exampleContext({ ...night, ...hours('22:00-04:00'), workingDays: ['FRIDAY', 'SATURDAY'] });

  it('lists the slots after midnight on their own date', () => {
    expect(shown('2027-01-07', bar)).toEqual([]);
    expect(shown('2027-01-08', bar)).toEqual(['22:00', '23:00']);
    expect(shown('2027-01-09', bar)).toEqual(['00:00', '01:00', '02:00', '03:00', '22:00', '23:00']);
    expect(shown('2027-01-10', bar)).toEqual(['00:00', '01:00', '02:00', '03:00']);
    expect(shown('2027-01-09', bar, 180)).toEqual(['00:00', '01:00', '22:00', '23:00']);
  });
  it('lets a booking lie in a range of the date before, by its working day', () => {
    expect(broken('2027-01-08T22:00', '2027-01-09T04:00', bar)).toEqual([]);
    expect(broken('2027-01-10T03:00', '2027-01-10T04:00', bar)).toEqual([]);
    expect(broken('2027-01-10T04:00', '2027-01-10T05:00', bar)).toEqual(['OUTSIDE_WORKING_HOURS startTime']);
    expect(broken('2027-01-08T03:00', '2027-01-08T04:00', bar)).toEqual(['OUTSIDE_WORKING_HOURS startTime']);
    expect(keys('2027-01-10T03:00', '2027-01-10T05:00', bar)).toEqual(['booking.endsOutsideOvernightHours']);
  });
  it('counts the grid from workingHoursStart of the date of the range', () => {
    const odd = exampleContext({ ...night, ...hours('22:00-04:00'), bookingInterval: 100 });
    expect(shown('2027-01-09', odd)).toEqual(['01:20', '22:00', '23:40']);
    expect(broken('2027-01-09T01:20', '2027-01-09T03:00', odd)).toEqual([]);
  });
  it('takes equal times for 24 hours, which do not continue', () => {
    const shop = exampleContext({ ...night, ...hours('06:00-06:00') });
    expect(shown('2027-01-09', shop)).toHaveLength(24);
    expect(broken('2027-01-08T06:00', '2027-01-09T06:00', shop)).toEqual([]);
    expect(broken('2027-01-09T05:00', '2027-01-09T07:00', shop)).toEqual(['OUTSIDE_WORKING_HOURS endTime']);
  });
  it('continues at 24:00 in a range that starts at 00:00: a gym that never closes, a workshop of three days', () => {
    const gym = exampleContext({ ...night, ...hours('00:00-24:00') });
    expect(shown('2027-01-09', gym)).toHaveLength(24);
    expect(broken('2027-01-08T22:00', '2027-01-11T22:00', gym)).toEqual([]);
    expect(shown('2027-01-09', gym, 3 * 1440)).toHaveLength(24);
    expect(broken('2027-01-05T00:00', '2027-02-05T00:00', gym)).toEqual([]);
    expect(broken('2027-01-05T00:00', '2027-02-05T01:00', gym)).toEqual(['INVALID endTime']);
    expect(keys('2027-01-05T00:00', '2027-02-05T01:00', gym)).toEqual(['booking.longerThanDays']);
    const week = {
      ...gym,
      rules: { ...gym.rules, workingDays: ['THURSDAY', 'FRIDAY', 'SATURDAY'] as const },
    };
    expect(broken('2027-01-07T00:00', '2027-01-10T00:00', week)).toEqual([]);
    expect(broken('2027-01-07T00:00', '2027-01-10T01:00', week)).toEqual(['OUTSIDE_WORKING_HOURS endTime']);
    expect(shown('2027-01-08', week, 2 * 1440)).toEqual(['00:00']);
    const short = { ...gym, rules: { ...gym.rules, maxDurationMinutes: 1440 } };
    expect(broken('2027-01-05T00:00', '2027-01-06T01:00', short)).toEqual(['DURATION_NOT_ALLOWED endTime']);
    expect(shown('2027-01-09', short, 1500)).toEqual([]);
  });
  it('without it, a booking keeps within its date, and the limits stay', () => {
    const gym = exampleContext({ ...hours('00:00-24:00'), bookingInterval: 60 });
    expect(broken('2027-01-08T23:00', '2027-01-09T01:00', gym)).toEqual(['OUTSIDE_WORKING_HOURS endTime']);
    expect(keys('2027-01-08T00:00', '2027-01-09T03:00', gym)).toEqual(['booking.tooLong']);
    const closed = exampleContext(hours('22:00-04:00'));
    expect(shown('2027-01-08', closed)).toEqual([]);
  });
  it("asks the resource's hours of the date on which they start", () => {
    const club = exampleContext(
      { ...night, ...hours('22:00-04:00') },
      {
        schedule: ['FRIDAY 22:00-02:00', 'SUNDAY 23:00-04:00'].map(weeklyRange),
        overrides: [dates('2027-01-16', '2027-01-16', '20:00-03:00'), dates('2027-01-15', '2027-01-15')],
      },
    );
    expect(shown('2027-01-08', club)).toEqual(['22:00', '23:00']);
    expect(shown('2027-01-09', club)).toEqual(['00:00', '01:00']);
    expect(shown('2027-01-10', club)).toEqual(['23:00']);
    expect(shown('2027-01-15', club)).toEqual([]);
    expect(shown('2027-01-16', club)).toEqual(['22:00', '23:00']);
    expect(shown('2027-01-17', club)).toEqual(['00:00', '01:00', '02:00', '23:00']);
  });
  it('an override of a date leaves the range of the date before as it is', () => {
    const room = exampleContext(
      { ...night, ...hours('22:00-04:00') },
      { overrides: [dates('2027-01-16', '2027-01-16')] },
    );
    expect(shown('2027-01-16', room)).toEqual(['00:00', '01:00', '02:00', '03:00']);
    expect(shown('2027-01-17', room)).toEqual(['22:00', '23:00']);
  });
  it('special hours may go past midnight, and replace only what starts on their dates', () => {
    const party = exampleContext({
      ...night,
      ...hours('08:00-09:00'),
      specialHours: [dates('2027-01-09', '2027-01-09', '23:00-02:00')],
    });
    expect(shown('2027-01-09', party)).toEqual(['23:00']);
    expect(shown('2027-01-10', party)).toEqual(['00:00', '01:00', '08:00']);
    expect(broken('2027-01-09T23:00', '2027-01-10T02:00', party)).toEqual([]);
    expect(keys('2027-01-10T01:00', '2027-01-10T03:00', party)).toEqual(['booking.endsOutsideSpecialHours']);
  });
  it('goes by the wall clock across a change, and across a date that the zone skipped', () => {
    const inZone = (timezone: string) =>
      exampleContext(
        { ...night, ...hours('22:00-04:00'), timezone },
        { now: Temporal.Instant.from('2011-12-01T00:00Z') },
      );
    const spring = shownSlotsOfDay(day('2027-03-14'), null, inZone('America/New_York'), []);
    expect(spring.map(({ localStart }) => localStart.slice(11))).toEqual([
      '00:00:00-05:00',
      '01:00:00-05:00',
      '03:00:00-04:00',
      '22:00:00-04:00',
      '23:00:00-04:00',
    ]);
    const apia = inZone('Pacific/Apia');
    expect(shown('2011-12-29', apia).slice(-2)).toEqual(['22:00', '23:00']);
    expect(shown('2011-12-30', apia)).toEqual([]);
    expect(shown('2011-12-31', apia).slice(0, 5)).toEqual(['00:00', '01:00', '02:00', '03:00', '22:00']);
    expect(broken('2011-12-29T22:00', '2011-12-31T04:00', apia)).toEqual([]);
  });
});

describe('an override', () => {
  const clinic = exampleContext(
    { ...hours('08:00-10:00'), minimumNoticeMinutes: 60, advanceBookingDays: 30, minDurationMinutes: 60 },
    { closures: [closure('2027-01-12', '2027-01-12')] },
  );
  const verdict = (start: string, end: string, ...rules: OverridableRule[]) => {
    const { refusals, overridden } = judge(timeOf(start, end, clinic), clinic, new Set(rules));
    return { refused: refusals.map(({ code }) => code), overridden };
  };
  it('lifts the named rules, and tells which of them were really broken', () => {
    const time = ['2027-01-12T07:40', '2027-01-12T08:00'] as const;
    const all = ['NOT_ON_INTERVAL', 'DURATION_NOT_ALLOWED', 'OUTSIDE_WORKING_HOURS', 'CLOSED'] as const;
    expect(verdict(...time)).toEqual({
      refused: ['NOT_ON_INTERVAL', ...all],
      overridden: [],
    });
    expect(verdict(...time, 'CLOSED', 'NOT_ON_INTERVAL', 'BUFFERS', 'IN_THE_PAST')).toEqual({
      refused: ['DURATION_NOT_ALLOWED', 'OUTSIDE_WORKING_HOURS'],
      overridden: ['NOT_ON_INTERVAL', 'CLOSED'],
    });
    expect(verdict(...time, ...all)).toEqual({ refused: [], overridden: [...all] });
  });
  it('lifts notice and the advance window', () => {
    // Now is 09:00 on January 4th.
    expect(verdict('2027-01-04T09:00', '2027-01-04T10:00')).toMatchObject({ refused: ['TOO_SHORT_NOTICE'] });
    expect(verdict('2027-01-04T09:00', '2027-01-04T10:00', 'TOO_SHORT_NOTICE')).toMatchObject({
      refused: [],
    });
    expect(verdict('2027-03-04T09:00', '2027-03-04T10:00', 'TOO_FAR_IN_ADVANCE')).toMatchObject({
      refused: [],
    });
  });
  it('reaches back 168 hours', () => {
    const back = (start: string, end: string) => verdict(start, end, 'IN_THE_PAST');
    expect(back('2026-12-28T09:00', '2026-12-28T10:00')).toEqual({
      refused: [],
      overridden: ['IN_THE_PAST'],
    });
    expect(back('2026-12-28T08:30', '2026-12-28T09:30')).toEqual({
      refused: ['IN_THE_PAST'],
      overridden: [],
    });
    expect(back('2027-01-04T08:30', '2027-01-04T09:30')).toEqual({
      refused: [],
      overridden: ['IN_THE_PAST'],
    });
  });
  it('never lifts INVALID', () => {
    expect(verdict('2027-01-05T09:00', '2027-01-05T09:00', 'DURATION_NOT_ALLOWED')).toMatchObject({
      refused: ['INVALID'],
    });
  });
});

describe('notice', () => {
  const clinic = exampleContext({ ...hours('08:00-11:00'), minimumNoticeMinutes: 30 });
  it('allows exactly that many minutes, and a start before now is IN_THE_PAST alone', () => {
    expect(shown('2027-01-04', clinic)).toEqual([
      '08:00 IN_THE_PAST',
      '08:30 IN_THE_PAST',
      '09:00 TOO_SHORT_NOTICE',
      '09:30',
      '10:00',
      '10:30',
    ]);
    expect(broken('2027-01-04T08:30', '2027-01-04T09:00', clinic)).toEqual(['IN_THE_PAST startTime']);
  });
});

describe('the duration', () => {
  const clinic = exampleContext({
    ...hours('08:00-10:00'),
    minDurationMinutes: 60,
    maxDurationMinutes: 90,
  });
  it('of slots is minDurationMinutes, if that is longer than an interval', () => {
    expect(shown('2027-01-05', clinic)).toEqual(['08:00', '08:30', '09:00']);
    expect(shown('2027-01-05', clinic, 90)).toEqual(['08:00', '08:30']);
    expect(shown('2027-01-05', clinic, 30)).toEqual([]);
    expect(shown('2027-01-05', clinic, 120)).toEqual([]);
  });
  it('is refused outside its limits', () => {
    const at = (end: string) => broken('2027-01-05T08:00', `2027-01-05T${end}`, clinic);
    expect(at('08:30')).toEqual(['DURATION_NOT_ALLOWED endTime']);
    expect(at('08:40')).toEqual(['NOT_ON_INTERVAL endTime', 'DURATION_NOT_ALLOWED endTime']);
    expect(at('09:00')).toEqual([]);
    expect(at('09:30')).toEqual([]);
    expect(at('10:00')).toEqual(['DURATION_NOT_ALLOWED endTime']);
  });
  it('by default is refused only as off the interval', () => {
    const plain = exampleContext();
    expect(broken('2027-01-05T08:00', '2027-01-05T08:10', plain)).toEqual(['NOT_ON_INTERVAL endTime']);
  });
});
