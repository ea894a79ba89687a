/** Whole days, and other long intervals, where clocks change. */
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { localTime } from '@libs/time/localTimes';
import { exampleContext, shownSlotsOfDay, taken, timeOf } from './scheduling.fixtures.ts';
import { brokenRules, type SchedulingContext, type SchedulingRules } from './rules.ts';
import { slotsOfDay, type SlotTime } from './slots.ts';

const day = (text: string) => Temporal.PlainDate.from(text);
const HOUR_MS = 3_600_000;
const open = (timezone: string, rules: Partial<SchedulingRules> = {}) =>
  exampleContext(
    {
      timezone,
      workingHoursStart: localTime('00:00'),
      workingHoursEnd: localTime('24:00'),
      bookingInterval: 1440,
      advanceBookingDays: 730,
      ...rules,
    },
    { now: Temporal.Instant.from('2011-01-01T00:00:00Z') },
  );
const always = (timezone: string, rules: Partial<SchedulingRules>) => {
  const context = open(timezone, rules);
  return { ...context, rules: { ...context.rules, advanceBookingDays: 100_000 } };
};
const slotsOf = (from: string, days: number, minutes: number | null, context: SchedulingContext) =>
  Array.from({ length: days }, (_, index) =>
    slotsOfDay(day(from).add({ days: index }), minutes, context, []),
  ).flat();
const hoursOf = ({ start, end }: SlotTime) => (end - start) / HOUR_MS;
const broken = (start: string, end: string, context: SchedulingContext) =>
  brokenRules(timeOf(start, end, context), context).map(({ code, field }) => `${code} ${field?.at(-1)}`);

describe('with an interval of 1,440 minutes, a slot is a local day', () => {
  it.each([
    ['America/New_York', '2027-03-13', [24, 23, 24]],
    ['America/New_York', '2027-11-06', [24, 25, 24]],
    ['Australia/Lord_Howe', '2027-04-03', [24, 24.5, 24]],
    ['Antarctica/Troll', '2027-10-30', [24, 26, 24]],
    // Midnight is skipped.
    ['Africa/Cairo', '2027-04-29', [24, 23, 24]],
    // The hour after midnight repeats.
    ['America/Havana', '2027-11-06', [24, 25, 24]],
    // 23:00 repeats.
    ['America/Santiago', '2027-04-02', [24, 25, 24]],
  ])('in %s from %s', (zone, from, hours) => {
    const gym = open(zone, { advanceBookingDays: 730 });
    const late = { ...gym, now: Temporal.Instant.from('2027-01-01T00:00Z') };
    const slots = slotsOf(from, 3, null, late);
    expect(slots.map(hoursOf)).toEqual(hours);
    for (const { start, end } of slots) {
      const requested = {
        startTime: Temporal.Instant.fromEpochMilliseconds(start),
        endTime: Temporal.Instant.fromEpochMilliseconds(end),
      };
      expect(brokenRules(requested, late)).toEqual([]);
    }
  });
  it('of which there is none where the zone skipped the day', () => {
    const apia = always('Pacific/Apia', {});
    expect(slotsOf('2011-12-29', 3, null, apia).map(hoursOf)).toEqual([24, 24]);
    expect(slotsOf('2011-12-30', 1, null, apia)).toEqual([]);
  });
  it('that starts at workingHoursStart, if a night belongs to it', () => {
    const hotel = open('America/New_York', {
      workingHoursStart: localTime('14:00'),
      workingHoursEnd: localTime('14:00'),
      overnight: true,
    });
    const late = { ...hotel, now: Temporal.Instant.from('2027-01-01T00:00Z') };
    expect(slotsOf('2027-03-13', 2, null, late).map(hoursOf)).toEqual([23, 24]);
    expect(slotsOf('2027-11-06', 2, null, late).map(hoursOf)).toEqual([25, 24]);
    expect(broken('2027-03-13T14:00', '2027-03-14T14:00', late)).toEqual([]);
  });
  it('also counted in days for minDurationMinutes, maxDurationMinutes and 31 days', () => {
    const house = open('Europe/Berlin', {
      overnight: true,
      minDurationMinutes: 2 * 1440,
      maxDurationMinutes: 31 * 1440,
    });
    const late = { ...house, now: Temporal.Instant.from('2027-01-01T00:00Z') };
    // 47 hours, and 31 days of which one has 25 hours.
    expect(broken('2027-03-27T00:00', '2027-03-29T00:00', late)).toEqual([]);
    expect(broken('2027-10-15T00:00', '2027-11-15T00:00', late)).toEqual([]);
    expect(broken('2027-10-15T00:00', '2027-11-16T00:00', late)).toEqual(['INVALID endTime']);
    expect(broken('2027-10-15T00:00', '2027-10-16T00:00', late)).toEqual(['DURATION_NOT_ALLOWED endTime']);
    const [stay] = slotsOfDay(day('2027-10-15'), 31 * 1440, late, []);
    expect(hoursOf(stay!)).toBe(31 * 24 + 1);
  });
  it('which nothing else replaces', () => {
    const gym = { ...open('America/New_York'), now: Temporal.Instant.from('2027-01-01T00:00Z') };
    expect(broken('2027-11-07T00:00', '2027-11-07T23:00-05:00', gym)).toEqual(['NOT_ON_INTERVAL endTime']);
    expect(broken('2027-11-07T01:00-04:00', '2027-11-08T00:00', gym)).toEqual([
      'NOT_ON_INTERVAL startTime',
      'NOT_ON_INTERVAL endTime',
    ]);
    const havana = { ...open('America/Havana'), now: Temporal.Instant.from('2027-01-01T00:00Z') };
    // The second 00:00 of the day.
    expect(broken('2027-11-07T00:00-05:00', '2027-11-08T00:00', havana)).toEqual([
      'NOT_ON_INTERVAL startTime',
    ]);
  });
});

describe('a long interval leaves neither a hole nor an overlap where the clock changes,', () => {
  const ZONES = `
    Africa/Cairo Africa/Casablanca America/Anchorage America/Havana America/New_York America/Nuuk America/Santiago
    America/Sao_Paulo America/St_Johns Antarctica/Troll Asia/Beirut Asia/Gaza Asia/Kathmandu Atlantic/Azores
    Australia/Lord_Howe Europe/Berlin Pacific/Chatham Pacific/Norfolk UTC
  `
    .trim()
    .split(/\s+/);
  it.each(ZONES)('in %s', (zone) => {
    for (const bookingInterval of [180, 240, 360, 480, 720, 1440]) {
      for (const overnight of [false, true]) {
        const base = open(zone, { bookingInterval, overnight });
        const context = { ...base, now: Temporal.Instant.from('2027-01-01T00:00Z') };
        const slots = slotsOf('2027-01-02', 364, null, context);
        expect(slots).toHaveLength((364 * 1440) / bookingInterval);
        for (const [index, { start, end }] of slots.entries()) {
          if (index > 0) expect(start).toBe(slots[index - 1]!.end);
          if (end - start === bookingInterval * 60_000) continue;
          // Near a change.
          const requested = {
            startTime: Temporal.Instant.fromEpochMilliseconds(start),
            endTime: Temporal.Instant.fromEpochMilliseconds(end),
          };
          expect(brokenRules(requested, context)).toEqual([]);
        }
        if (!overnight) continue;
        const long = slotsOf('2027-01-02', 100, 3 * bookingInterval, context);
        for (const [index, { start, end }] of long.entries()) {
          expect(start).toBe(slots[index]!.start);
          expect(end).toBe(slots[index + 2]!.end);
        }
      }
    }
  });
  it('over a day that the zone skipped', () => {
    for (const bookingInterval of [240, 720, 1440]) {
      const slots = slotsOf(
        '2011-12-28',
        5,
        null,
        always('Pacific/Apia', { bookingInterval, overnight: true }),
      );
      expect(slots).toHaveLength((4 * 1440) / bookingInterval);
      for (const [index, { start }] of slots.entries())
        if (index > 0) expect(start).toBe(slots[index - 1]!.end);
    }
  });
});

describe('a short interval counts elapsed time,', () => {
  it('so that an hour stays an hour', () => {
    const gym = open('Australia/Lord_Howe', { bookingInterval: 60 });
    const late = { ...gym, now: Temporal.Instant.from('2027-01-01T00:00Z') };
    const slots = slotsOf('2027-04-04', 1, null, late);
    expect(new Set(slots.map(hoursOf))).toEqual(new Set([1]));
    expect(broken('2027-04-04T01:00+11:00', '2027-04-04T02:00+10:30', late)).toEqual([
      'NOT_ON_INTERVAL endTime',
    ]);
  });
  it('up to 120 minutes', () => {
    const late = (bookingInterval: number) => ({
      ...open('America/New_York', { bookingInterval }),
      now: Temporal.Instant.from('2027-01-01T00:00Z'),
    });
    const startsOf = (minutes: number) =>
      shownSlotsOfDay(day('2027-03-14'), null, late(minutes), [])
        .slice(0, 3)
        .map(({ localStart, localEnd }) => `${localStart.slice(11, 16)}-${localEnd.slice(11, 16)}`);
    expect(startsOf(120)).toEqual(['00:00-03:00', '04:00-06:00', '06:00-08:00']);
    expect(startsOf(121)).toEqual(['00:00-03:01', '03:01-04:02', '04:02-06:03']);
  });
});

it('a whole day is taken by a booking of any part of it', () => {
  const gym = { ...open('America/New_York'), now: Temporal.Instant.from('2027-01-01T00:00Z') };
  const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds;
  const busy = [taken({ start: at('2027-03-15T03:00Z'), end: at('2027-03-15T04:00Z') })];
  const reasons = ['2027-03-13', '2027-03-14', '2027-03-15'].map(
    (date) => slotsOfDay(day(date), null, gym, busy)[0]!.unavailableReason,
  );
  expect(reasons).toEqual([null, 'CONFLICT', null]);
});
