import { DAYS_OF_WEEK, parseLocalDate } from '@libs/time/days';
import type { LocalTime } from '@libs/time/localTimes';
import { firstOverlapping } from '@libs/time/weekly';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exampleContext, weeklyRange } from '../scheduling/scheduling.fixtures.ts';
import { countSlots, slotsOfDay } from '../scheduling/slots.ts';

const date = (text: string) => parseLocalDate(text)!;

const listed = (
  from: string,
  days: number,
  duration: number | null,
  context: ReturnType<typeof exampleContext>,
) =>
  Array.from({ length: days }, (_, index) =>
    slotsOfDay(date(from).add({ days: index }), duration, context, []),
  ).flat().length;

const dayAndNight = { workingHoursStart: 0 as LocalTime, workingHoursEnd: 86_400 as LocalTime };

describe('countSlots', () => {
  it('counts a resource that is open day and night, on a grid of 5 minutes, for 62 days', () => {
    expect(
      countSlots(date('2027-01-06'), 62, null, exampleContext({ ...dayAndNight, bookingInterval: 5 })),
    ).toBe(17_856);
  });

  it('merges adjacent ranges, and counts nothing on days off or for a duration that never fits', () => {
    const schedule = ['MONDAY 08:00-09:15', 'MONDAY 09:15-10:00', 'TUESDAY 08:00-08:45'].map(weeklyRange);
    const context = exampleContext({ workingDays: ['MONDAY'] }, { schedule });
    expect(countSlots(date('2027-01-04'), 7, 60, context)).toBe(3);
    expect(countSlots(date('2027-01-04'), 7, 180, context)).toBe(0);
    expect(countSlots(date('2027-01-04'), 7, null, exampleContext({}, { schedule: [] }))).toBe(0);
  });

  it('lets a range go on after midnight only in a range of the next date that starts at 00:00', () => {
    const working = { workingHoursEnd: 86_400 as LocalTime, overnight: true, bookingInterval: 720 };
    const from5 = exampleContext({ ...working, workingHoursStart: 300 as LocalTime });
    const from0 = exampleContext({ ...working, workingHoursStart: 0 as LocalTime });
    const daysOff = exampleContext({
      ...{ ...working, workingHoursStart: 0 as LocalTime, workingDays: ['MONDAY', 'TUESDAY', 'THURSDAY'] },
      maxDurationMinutes: 4_320,
    });
    expect(countSlots(date('2027-01-04'), 7, 720, from5)).toBe(listed('2027-01-04', 7, 720, from5));
    expect(countSlots(date('2027-01-04'), 7, 720, from5)).toBe(7);
    expect(countSlots(date('2027-01-04'), 7, 1_440, from0)).toBe(14);
    // From Monday 00:00 to Tuesday 24:00.
    expect(countSlots(date('2027-01-04'), 7, 2_160, daysOff)).toBe(2);
    expect(listed('2027-01-04', 7, 2_160, daysOff)).toBe(2);
  });

  it('agrees with slotsOfDay for random tenants, ranges and durations', () => {
    const time = (from: number, to: number) =>
      fc.integer({ min: from * 12, max: to * 12 }).map((five) => (five * 300) as LocalTime);
    const hours = fc
      .tuple(time(0, 23), time(0, 24))
      .filter(([start, end]) => start < end)
      .map(([start, end]) => ({ start, end }));
    const range = fc.record({ day: fc.constantFrom(...DAYS_OF_WEEK), hours });
    let counted = 0;
    fc.assert(
      fc.property(
        fc.record({
          // Zones without clock changes.
          timezone: fc.constantFrom('UTC', 'America/Sao_Paulo', 'Asia/Kathmandu'),
          working: hours,
          workingDays: fc.subarray([...DAYS_OF_WEEK]),
          bookingInterval: fc.constantFrom(5, 7, 15, 30, 45, 60, 90, 1_440),
          schedule: fc.option(fc.array(range, { maxLength: 12 })),
          from: fc.integer({ min: 1, max: 28 }),
          days: fc.integer({ min: 1, max: 16 }),
          steps: fc.option(fc.integer({ min: 1, max: 5 })),
        }),
        ({ timezone, working, workingDays, bookingInterval, from, days, steps, ...random }) => {
          const schedule = random.schedule?.map((one) => ({ day: one.day, ...one.hours })) ?? null;
          fc.pre(!schedule || !firstOverlapping(schedule));
          const rules = { timezone, workingDays, bookingInterval };
          const context = exampleContext(
            { ...rules, workingHoursStart: working.start, workingHoursEnd: working.end },
            { schedule },
          );
          const first = `2027-02-${String(from).padStart(2, '0')}`;
          const duration = steps && Math.min(steps * bookingInterval, 1_440);
          const count = countSlots(date(first), days, duration, context);
          expect(count).toBe(listed(first, days, duration, context));
          counted += count;
        },
      ),
      { numRuns: 300, seed: 20270201 },
    );
    expect(counted).toBeGreaterThan(5_000);
  });
});
