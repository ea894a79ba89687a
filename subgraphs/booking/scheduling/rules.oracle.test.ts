/**
 * An oracle for the rules that shares no code with them: it checks the wall clock every five minutes. Its hours avoid gaps and
 * overlaps, which rules.test.ts covers by examples.
 */
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { expect, it } from 'vitest';
import { DAYS_OF_WEEK, dayOfWeek } from '@libs/time/days';
import { END_OF_DAY, type LocalTime } from '@libs/time/localTimes';
import type { WeeklyRange } from '@libs/time/weekly';
import { exampleContext } from './scheduling.fixtures.ts';
import { brokenRules, type Occurrence, type SchedulingContext } from './rules.ts';

const TICK_MINUTES = 5;
/** For a busy machine. */
const TIMEOUT_MS = 60_000;

function expectedCodes(requested: Occurrence, { rules, schedule, now }: SchedulingContext): string[] {
  const zone = rules.timezone;
  const start = requested.startTime.toZonedDateTimeISO(zone);
  const minutes = requested.startTime.until(requested.endTime).total('minutes');
  const minuteOfDay = ({ hour, minute }: Temporal.ZonedDateTime) => hour * 60 + minute;
  const ticks = Array.from({ length: minutes / TICK_MINUTES }, (_, tick) =>
    start.add({ minutes: tick * TICK_MINUTES }),
  );
  const isWithin = (clock: Temporal.ZonedDateTime, range: { start: LocalTime; end: LocalTime }) =>
    minuteOfDay(clock) >= range.start / 60 && minuteOfDay(clock) < range.end / 60;
  const hours = { start: rules.workingHoursStart, end: rules.workingHoursEnd };
  const isOpen = (clock: Temporal.ZonedDateTime, ranges: readonly WeeklyRange[]) =>
    ranges.some((range) => range.day === dayOfWeek(clock.toPlainDate()) && isWithin(clock, range));
  const days = now.toZonedDateTimeISO(zone).toPlainDate().until(start.toPlainDate()).days;

  const verdicts: [string, boolean][] = [
    [
      'NOT_ON_INTERVAL',
      (minuteOfDay(start) - rules.workingHoursStart / 60) % rules.bookingInterval !== 0 ||
        minutes % rules.bookingInterval !== 0,
    ],
    [
      'OUTSIDE_WORKING_HOURS',
      !rules.workingDays.includes(dayOfWeek(start.toPlainDate())) ||
        !ticks.every((clock) => isWithin(clock, hours) && clock.toPlainDate().equals(start.toPlainDate())),
    ],
    ['RESOURCE_UNAVAILABLE', schedule !== null && !ticks.every((clock) => isOpen(clock, schedule))],
    ['IN_THE_PAST', Temporal.Instant.compare(requested.startTime, now) < 0],
    ['TOO_FAR_IN_ADVANCE', days > rules.advanceBookingDays],
  ];
  return verdicts.filter(([, isBroken]) => isBroken).map(([code]) => code);
}

const DAYS_WITH_A_CHANGE = [
  ['America/New_York', '2027-03-14'],
  ['America/New_York', '2027-11-07'],
  ['Australia/Lord_Howe', '2027-04-04'],
  ['Australia/Lord_Howe', '2027-10-03'],
  ['Africa/Cairo', '2027-04-30'],
  ['Africa/Cairo', '2027-10-29'],
  ['America/Santiago', '2027-04-03'],
  ['America/Santiago', '2027-09-05'],
  ['America/Nuuk', '2027-03-27'],
  ['Asia/Kathmandu', '2027-06-01'],
  ['Pacific/Apia', '2027-06-01'],
] as const;

it(
  'the rules agree with an oracle that checks every five minutes of the booking',
  () => {
    const quarter = fc.integer({ min: 4 * 4, max: 23 * 4 }).map((n) => (n * 900) as LocalTime);
    const hours = fc
      .tuple(quarter, fc.oneof(quarter, fc.constant(END_OF_DAY)))
      .filter(([start, end]) => start < end);
    const range = fc
      .tuple(fc.constantFrom(...DAYS_OF_WEEK), hours)
      .map(([day, [start, end]]): WeeklyRange => ({ day, start, end }));
    const scene = fc.record({
      dayInZone: fc.constantFrom(...DAYS_WITH_A_CHANGE),
      hours,
      workingDays: fc.uniqueArray(fc.constantFrom(...DAYS_OF_WEEK), { minLength: 4 }),
      bookingInterval: fc.constantFrom(15, 30, 45, 60, 90),
      schedule: fc.option(fc.array(range, { minLength: 3, maxLength: 12 })),
      startsAfter: fc.integer({ min: -288, max: 576 }),
      lasts: fc.integer({ min: 1, max: 72 }),
      nowAfter: fc.integer({ min: -900, max: 300 }),
      advanceBookingDays: fc.integer({ min: 1, max: 3 }),
    });
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        scene,
        ({ dayInZone: position, hours: [start, end], schedule, startsAfter, lasts, nowAfter, ...rules }) => {
          const [timezone, date] = position;
          const midnight = Temporal.PlainDate.from(date).toZonedDateTime(timezone);
          const context = exampleContext(
            { timezone, workingHoursStart: start, workingHoursEnd: end, ...rules },
            { schedule, now: midnight.add({ minutes: nowAfter * TICK_MINUTES }).toInstant() },
          );
          const startTime = midnight.add({ minutes: startsAfter * TICK_MINUTES }).toInstant();
          const requested = { startTime, endTime: startTime.add({ minutes: lasts * TICK_MINUTES }) };
          const codes = new Set(brokenRules(requested, context).map(({ code }) => code));
          expect([...codes]).toEqual(expectedCodes(requested, context));
          for (const code of codes.size === 0 ? ['none'] : codes) seen.add(code);
        },
      ),
      { numRuns: 3000 },
    );
    expect(seen.size).toBe(6);
  },
  TIMEOUT_MS,
);
