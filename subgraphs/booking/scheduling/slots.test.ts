import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { DAYS_OF_WEEK } from '@libs/time/days';
import { localTime, type LocalTime } from '@libs/time/localTimes';
import type { WeeklyRange } from '@libs/time/weekly';
import { exampleContext, shownSlotsOfDay, timeOf, weeklyRange } from './scheduling.fixtures.ts';
import { inactiveRefusals } from './eligibility.ts';
import { brokenRules, type Occurrence, type SchedulingRules, type SchedulingContext } from './rules.ts';
import { isBookableDuration } from './durations.ts';

const day = (text: string) => Temporal.PlainDate.from(text);
const zoned = (timezone: string, rules: Partial<SchedulingRules> = {}, schedule?: string[]) =>
  exampleContext({ timezone, ...rules }, { schedule: schedule?.map(weeklyRange) ?? null });
const ROUND_THE_CLOCK = { workingHoursStart: localTime('00:00'), workingHoursEnd: localTime('24:00') };

/** Without their date. */
function starts(date: string, minutes: number | null, context: SchedulingContext): string[] {
  return shownSlotsOfDay(day(date), minutes, context, []).map(({ localStart }) =>
    localStart.slice('2027-01-05T'.length),
  );
}
/** '09:00 CONFLICT', or '09:00' for a free slot. */
function reasons(date: string, context: SchedulingContext, busy: Occurrence[] = []): string[] {
  return shownSlotsOfDay(day(date), null, context, busy).map(({ localStart, unavailableReason }) =>
    [localStart.slice(11, 16), unavailableReason ?? []].flat().join(' '),
  );
}

describe('slotsOfDay', () => {
  it('lists one slot per grid point, in UTC and in local time', () => {
    const clinic = exampleContext({ workingHoursEnd: localTime('10:00'), bookingInterval: 60 });
    expect(shownSlotsOfDay(day('2027-01-05'), null, clinic, [])).toEqual([
      {
        startTime: Temporal.Instant.from('2027-01-05T11:00:00Z'),
        endTime: Temporal.Instant.from('2027-01-05T12:00:00Z'),
        localStart: '2027-01-05T08:00:00-03:00',
        localEnd: '2027-01-05T09:00:00-03:00',
        available: true,
        unavailableReason: null,
      },
      {
        startTime: Temporal.Instant.from('2027-01-05T12:00:00Z'),
        endTime: Temporal.Instant.from('2027-01-05T13:00:00Z'),
        localStart: '2027-01-05T09:00:00-03:00',
        localEnd: '2027-01-05T10:00:00-03:00',
        available: true,
        unavailableReason: null,
      },
    ]);
  });
  it('lists longer slots at every grid point where they fit', () => {
    const clinic = exampleContext({ workingHoursEnd: localTime('10:00') });
    expect(starts('2027-01-05', 90, clinic)).toEqual(['08:00:00-03:00', '08:30:00-03:00']);
    expect(starts('2027-01-05', 150, clinic)).toEqual([]);
  });
  it('lists none that go past midnight where the clock skips the hour before it', () => {
    const always = zoned('America/Nuuk', { ...ROUND_THE_CLOCK, workingHoursEnd: localTime('23:30') });
    expect(starts('2027-03-27', 60, always).at(-1)).toBe('22:00:00-02:00');
    const [first] = shownSlotsOfDay(day('2027-03-28'), 60, always, []);
    expect(first!.localStart).toBe('2027-03-28T00:00:00-01:00');
    expect(shownSlotsOfDay(day('2027-03-27'), 60, always, []).at(-1)!.endTime).toEqual(first!.startTime);
  });
  it('lists none on a day off', () => {
    expect(starts('2027-01-05', null, exampleContext({ workingDays: ['MONDAY'] }))).toEqual([]);
  });
  it("lists none that the resource's schedule does not fully cover: a court with a lunch break", () => {
    const court = zoned('America/Sao_Paulo', { bookingInterval: 60 }, [
      'TUESDAY 08:00-11:30',
      'TUESDAY 13:00-14:00',
      'TUESDAY 14:00-15:00',
    ]);
    expect(reasons('2027-01-05', court)).toEqual(['08:00', '09:00', '10:00', '13:00', '14:00']);
    expect(starts('2027-01-05', 120, court)).toEqual(['08:00:00-03:00', '09:00:00-03:00', '13:00:00-03:00']);
    expect(starts('2027-01-06', null, court)).toEqual([]);
  });
});

describe('on days with a clock change', () => {
  it('a day of 25 hours is one slot of 25 hours', () => {
    const gym = zoned('America/New_York', { ...ROUND_THE_CLOCK, bookingInterval: 60 });
    expect(starts('2027-11-07', 1500, gym)).toEqual(['00:00:00-04:00']);
    expect(starts('2027-11-08', 1500, gym)).toEqual([]);
  });
  it('a clinic in New York keeps its hours across the November change', () => {
    const clinic = zoned('America/New_York', { bookingInterval: 120 });
    expect(starts('2027-11-06', null, clinic)[0]).toBe('08:00:00-04:00');
    expect(starts('2027-11-07', null, clinic)).toEqual(
      ['08', '10', '12', '14', '16'].map((hour) => `${hour}:00:00-05:00`),
    );
  });
  it('a repeated hour has slots on both passes', () => {
    const night = zoned('America/New_York', { ...ROUND_THE_CLOCK, workingHoursEnd: localTime('02:30') });
    expect(starts('2027-11-07', null, night)).toEqual([
      '00:00:00-04:00',
      '00:30:00-04:00',
      '01:00:00-04:00',
      '01:30:00-04:00',
      '01:00:00-05:00',
      '01:30:00-05:00',
      '02:00:00-05:00',
    ]);
  });
  it('a skipped hour has no slots', () => {
    const night = zoned('America/New_York', { ...ROUND_THE_CLOCK, workingHoursEnd: localTime('04:00') });
    expect(starts('2027-03-14', null, night)).toEqual([
      '00:00:00-05:00',
      '00:30:00-05:00',
      '01:00:00-05:00',
      '01:30:00-05:00',
      '03:00:00-04:00',
      '03:30:00-04:00',
    ]);
  });
  it('a 24-hour gym in Lord Howe has 49 half-hour slots on its day of 24.5 hours, and hourly ones by the wall clock', () => {
    const gym = zoned('Australia/Lord_Howe', ROUND_THE_CLOCK);
    expect(starts('2027-04-04', null, gym)).toHaveLength(49);
    expect(
      starts('2027-04-04', 60, { ...gym, rules: { ...gym.rules, bookingInterval: 60 } }).slice(0, 4),
    ).toEqual(['00:00:00+11:00', '01:00:00+11:00', '02:00:00+10:30', '03:00:00+10:30']);
    expect(shownSlotsOfDay(day('2027-04-04'), null, gym, []).slice(2, 5)).toMatchObject([
      { localStart: '2027-04-04T01:00:00+11:00', localEnd: '2027-04-04T01:30:00+11:00' },
      { localStart: '2027-04-04T01:30:00+11:00', localEnd: '2027-04-04T01:30:00+10:30' },
      { localStart: '2027-04-04T01:30:00+10:30', localEnd: '2027-04-04T02:00:00+10:30' },
    ]);
  });
  it('a day without midnight starts at 01:00, and the day before ends there', () => {
    const gym = zoned('Africa/Cairo', { ...ROUND_THE_CLOCK, bookingInterval: 60 });
    expect(starts('2027-04-30', null, gym)).toHaveLength(23);
    expect(starts('2027-04-30', null, gym)[0]).toBe('01:00:00+03:00');
    expect(shownSlotsOfDay(day('2027-04-29'), null, gym, []).at(-1)?.localEnd).toBe(
      '2027-04-30T01:00:00+03:00',
    );
  });
  it('a day that the zone skipped has no slots', () => {
    expect(starts('2011-12-30', null, zoned('Pacific/Apia', ROUND_THE_CLOCK))).toEqual([]);
  });
});

describe('a slot is', () => {
  const clinic = exampleContext({
    workingHoursEnd: localTime('10:00'),
    advanceBookingDays: 2,
  });
  const early = { ...clinic, now: Temporal.Instant.from('2027-01-05T11:30:00Z') };

  it('in CONFLICT with a booking of any part of it, but not with one that only touches it', () => {
    const busy = [
      timeOf('2027-01-05T08:30', '2027-01-05T09:00', clinic),
      timeOf('2027-01-05T09:15', '2027-01-05T09:20', clinic),
    ];
    expect(reasons('2027-01-05', clinic, busy)).toEqual([
      '08:00',
      '08:30 CONFLICT',
      '09:00 CONFLICT',
      '09:30',
    ]);
    expect(reasons('2027-01-05', clinic, busy.toReversed())).toEqual(reasons('2027-01-05', clinic, busy));
  });
  it('in CONFLICT with all of a booking that started the day before', () => {
    const busy = [timeOf('2027-01-04T17:00', '2027-01-05T08:40', clinic)];
    expect(reasons('2027-01-05', clinic, busy)).toEqual([
      '08:00 CONFLICT',
      '08:30 CONFLICT',
      '09:00',
      '09:30',
    ]);
  });
  it('IN_THE_PAST before now', () => {
    expect(reasons('2027-01-05', early)).toEqual(['08:00 IN_THE_PAST', '08:30', '09:00', '09:30']);
  });
  it('TOO_FAR_IN_ADVANCE after the last bookable day', () => {
    expect(new Set(reasons('2027-01-06', clinic).map((slot) => slot.slice(6)))).toEqual(new Set(['']));
    expect(new Set(reasons('2027-01-07', clinic).map((slot) => slot.slice(6)))).toEqual(
      new Set(['TOO_FAR_IN_ADVANCE']),
    );
  });
  it.each(['tenant', 'category', 'resource'] as const)('INACTIVE when its %s is', (part) => {
    const idle = { ...clinic, isActive: { ...clinic.isActive, [part]: false } };
    expect(new Set(reasons('2027-01-05', idle).map((slot) => slot.slice(6)))).toEqual(new Set(['INACTIVE']));
  });
  it('unavailable for the first of INACTIVE, IN_THE_PAST, TOO_FAR_IN_ADVANCE, CONFLICT', () => {
    const busy = [timeOf('2027-01-05T08:00', '2027-01-05T10:00', clinic)];
    expect(reasons('2027-01-05', early, busy)[0]).toBe('08:00 IN_THE_PAST');
    const idle = { ...early, isActive: { tenant: true, category: true, resource: false } };
    expect(reasons('2027-01-05', idle, busy)[0]).toBe('08:00 INACTIVE');
  });
});

it('isBookableDuration accepts positive multiples of the interval up to the longest day', () => {
  const { rules } = exampleContext({ bookingInterval: 45 });
  expect([45, 90, 1440, 1530].map((minutes) => isBookableDuration(minutes, rules))).toEqual([
    true,
    true,
    true,
    true,
  ]);
  const wrong = [0, -45, 30, 46, 45.5, 1575, NaN, Infinity];
  expect(wrong.map((minutes) => isBookableDuration(minutes, rules))).toEqual(wrong.map(() => false));
});

// Availability and the rules of createBooking agree at every five minutes of random days.
/** For a busy machine. */
const TIMEOUT_MS = 60_000;

const DAYS_IN_ZONES = [
  ['America/New_York', '2027-03-14'],
  ['America/New_York', '2027-11-07'],
  ['Australia/Lord_Howe', '2027-04-04'],
  ['Australia/Lord_Howe', '2027-10-03'],
  ['Africa/Cairo', '2027-04-30'],
  ['Africa/Cairo', '2027-10-29'],
  ['America/Santiago', '2027-04-03'],
  ['America/Santiago', '2027-09-05'],
  ['Pacific/Apia', '2027-01-09'],
  ['Asia/Kathmandu', '2027-06-01'],
  ['Europe/Lisbon', '2027-10-31'],
  ['America/Sao_Paulo', '2027-01-05'],
] as const;

const fiveMinutes = (min: number, max: number) =>
  fc.integer({ min: min * 12, max: max * 12 }).map((n) => (n * 300) as LocalTime);
const hours = fc.tuple(fiveMinutes(0, 11), fiveMinutes(12, 24)).map(([start, end]) => ({ start, end }));
const weekly = fc
  .tuple(fc.constantFrom(...DAYS_OF_WEEK), hours)
  .map(([name, range]): WeeklyRange => ({ day: name, ...range }));
const scene = fc.record({
  dayInZone: fc.constantFrom(...DAYS_IN_ZONES),
  dayAfter: fc.integer({ min: -1, max: 1 }),
  hours: fc.oneof(fc.constant({ start: 0 as LocalTime, end: 86_400 as LocalTime }), hours),
  workingDays: fc.oneof(fc.constant([...DAYS_OF_WEEK]), fc.subarray([...DAYS_OF_WEEK], { minLength: 5 })),
  bookingInterval: fc.constantFrom(5, 10, 15, 25, 30, 45, 60),
  intervals: fc.integer({ min: 1, max: 4 }),
  schedule: fc.option(fc.array(weekly, { minLength: 6, maxLength: 14 })),
  nowAfter: fc.oneof(fc.constant(-1440), fc.integer({ min: -1440 * 4, max: 1440 * 2 })),
  advanceBookingDays: fc.integer({ min: 1, max: 3 }),
  isActive: fc.constantFrom(
    ...[...Array(8).fill(true), false].map((resource) => ({ tenant: true, category: true, resource })),
  ),
  busy: fc.array(fc.tuple(fc.integer({ min: -120, max: 300 }), fc.integer({ min: 1, max: 48 })), {
    maxLength: 6,
  }),
});

it(
  'a slot is listed unless a rule for slots forbids it, and its reason is one that createBooking reports',
  () => {
    const seen: Record<string, number> = {};
    fc.assert(
      fc.property(
        scene,
        ({
          dayInZone: position,
          dayAfter,
          hours: open,
          intervals,
          schedule,
          nowAfter,
          isActive,
          busy,
          ...rules
        }) => {
          const [timezone, changeDate] = position;
          const date = day(changeDate).add({ days: dayAfter });
          const midnight = date.toZonedDateTime(timezone);
          const at = (minutes: number) => midnight.add({ minutes }).toInstant();
          const context = exampleContext(
            { timezone, workingHoursStart: open.start, workingHoursEnd: open.end, ...rules },
            { now: at(nowAfter), schedule, isActive },
          );
          const occupied = busy.map(([from, ticks]) => ({
            startTime: at(from * 5),
            endTime: at((from + ticks) * 5),
          }));
          const minutes = rules.bookingInterval * intervals;
          const slots = shownSlotsOfDay(date, intervals === 1 ? null : minutes, context, occupied);
          const listed = new Map(slots.map((slot) => [slot.startTime.epochMilliseconds, slot]));

          const dayMinutes = date
            .toZonedDateTime(timezone)
            .until(date.add({ days: 1 }).toZonedDateTime(timezone))
            .total('minutes');
          for (let minute = 0; minute < dayMinutes; minute += 5) {
            const requested = { startTime: at(minute), endTime: at(minute + minutes) };
            const codes = [...inactiveRefusals(isActive), ...brokenRules(requested, context)].map(
              ({ code }) => code,
            );
            const overlaps = occupied.some(
              ({ startTime, endTime }) =>
                Temporal.Instant.compare(startTime, requested.endTime) < 0 &&
                Temporal.Instant.compare(requested.startTime, endTime) < 0,
            );
            const currentReasons = ['INACTIVE', 'IN_THE_PAST', 'TOO_FAR_IN_ADVANCE'];
            const slot = listed.get(requested.startTime.epochMilliseconds);
            expect(slot !== undefined).toBe(codes.every((code) => currentReasons.includes(code)));
            if (!slot) continue;
            listed.delete(requested.startTime.epochMilliseconds);
            expect(slot.endTime.equals(requested.endTime)).toBe(true);
            expect(slot.unavailableReason).toBe(codes[0] ?? (overlaps ? 'CONFLICT' : null));
            expect(slot.available).toBe(slot.unavailableReason === null);
            seen[slot.unavailableReason ?? 'free'] = (seen[slot.unavailableReason ?? 'free'] ?? 0) + 1;
          }
          expect(listed.size).toBe(0);
        },
      ),
      { numRuns: 120 },
    );
    expect(Object.keys(seen).toSorted()).toEqual([
      'CONFLICT',
      'INACTIVE',
      'IN_THE_PAST',
      'TOO_FAR_IN_ADVANCE',
      'free',
    ]);
    expect(Object.values(seen).reduce((sum, count) => sum + count)).toBeGreaterThan(2000);
  },
  TIMEOUT_MS,
);
