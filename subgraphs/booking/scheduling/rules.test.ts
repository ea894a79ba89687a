import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { LANGUAGES, message } from '@libs/outcome/messages';
import { localTime } from '@libs/time/localTimes';
import { MAX_DAY_HOURS } from './durations.ts';
import { exampleContext, timeOf, weeklyRange } from './scheduling.fixtures.ts';
import { brokenRules, type SchedulingContext } from './rules.ts';

/** 'IN_THE_PAST startTime'. */
function broken(start: string, end: string, context: SchedulingContext): string[] {
  return brokenRules(timeOf(start, end, context), context).map(
    ({ code, field }) => `${code} ${field?.at(-1)}`,
  );
}

const zoned = (timezone: string, rules: Partial<SchedulingContext['rules']> = {}, schedule?: string[]) =>
  exampleContext({ timezone, ...rules }, { schedule: schedule?.map(weeklyRange) ?? null });
const addDays = (date: string, days: number): string =>
  Temporal.PlainDate.from(date).add({ days }).toString();
/** Around the zone's clock changes. */
function hoursOfChangedDays(zone: string, year: number): number[] {
  const hours: number[] = [];
  let clock = Temporal.PlainDate.from({ year, month: 1, day: 1 }).toZonedDateTime(zone);
  for (let next = clock.getTimeZoneTransition('next'); next?.year === year;) {
    hours.push(next.subtract({ nanoseconds: 1 }).hoursInDay, next.hoursInDay);
    clock = next;
    next = clock.getTimeZoneTransition('next');
  }
  return hours;
}
const ROUND_THE_CLOCK = { workingHoursStart: localTime('00:00'), workingHoursEnd: localTime('24:00') };

describe('a valid time', () => {
  it.each([
    ['2027-01-05T08:00', '2027-01-05T08:30'],
    ['2027-01-05T17:30', '2027-01-05T18:00'],
    ['2027-01-05T08:00', '2027-01-05T18:00'],
    ['2027-01-05T11:00:00-03:00', '2027-01-05T15:00:00Z'],
  ])('from %s to %s breaks no rule', (start, end) =>
    expect(broken(start, end, exampleContext())).toEqual([]),
  );
});

describe('INVALID', () => {
  it('is reported for an end at or before the start', () => {
    expect(broken('2027-01-05T10:00', '2027-01-05T10:00', exampleContext())).toEqual(['INVALID endTime']);
    expect(broken('2027-01-05T10:00', '2027-01-05T09:00', exampleContext())).toEqual(['INVALID endTime']);
  });
  it('is reported for more than the longest day', () => {
    expect(broken('2027-01-05T10:00', '2027-01-06T12:00', exampleContext())).toEqual([
      'OUTSIDE_WORKING_HOURS endTime',
    ]);
    expect(broken('2027-01-05T10:00', '2027-01-06T12:00:01', exampleContext())).toEqual(['INVALID endTime']);
    expect(broken('2027-01-05T10:00', '2190-01-05T10:00', exampleContext())).toEqual(['INVALID endTime']);
  });
  it.each([
    ['America/New_York', '2027-03-14', 23],
    ['America/New_York', '2027-11-06', 24],
    ['America/New_York', '2027-11-07', 25],
    ['Antarctica/Troll', '2027-10-31', 26],
  ] as const)('is not reported for a whole day in %s on %s, of %i hours', (timezone, date, hours) => {
    const gym = zoned(timezone, { ...ROUND_THE_CLOCK, bookingInterval: 60 });
    const whole = timeOf(`${date}T00:00`, `${addDays(date, 1)}T00:00`, gym);
    expect(whole.startTime.until(whole.endTime).total('hours')).toBe(hours);
    expect(brokenRules(whole, gym)).toEqual([]);
    const more = { ...whole, endTime: whole.endTime.add({ hours: 1 }) };
    expect(brokenRules(more, gym).map(({ field }) => field)).toEqual([['input', 'endTime']]);
  });
  it('allows the longest day of any zone', () => {
    const hours = Intl.supportedValuesOf('timeZone').flatMap((zone) => hoursOfChangedDays(zone, 2027));
    expect(Math.max(...hours)).toBe(MAX_DAY_HOURS);
  });
  it('is reported besides the broken rules of the start', () => {
    expect(broken('2027-01-04T03:10', '2027-01-04T03:00', exampleContext())).toEqual([
      'INVALID endTime',
      'NOT_ON_INTERVAL startTime',
      'OUTSIDE_WORKING_HOURS startTime',
      'IN_THE_PAST startTime',
    ]);
  });
  it('is a wrong value, not a broken booking rule, so it has no occurrence', () => {
    const context = exampleContext();
    const [refusal] = brokenRules(timeOf('2027-01-05T10:00', '2027-01-05T09:00', context), context);
    expect(refusal?.occurrence).toBeUndefined();
  });
});

describe('IN_THE_PAST', () => {
  it('is reported for a start before now, but not at now', () => {
    const context = exampleContext({}, { now: Temporal.Instant.from('2027-01-05T12:00:00Z') });
    expect(broken('2027-01-05T09:00', '2027-01-05T10:00', context)).toEqual([]);
    expect(broken('2027-01-05T08:30', '2027-01-05T10:00', context)).toEqual(['IN_THE_PAST startTime']);
  });
});

describe('TOO_FAR_IN_ADVANCE', () => {
  it("counts days in the tenant's zone, and includes all of the last one", () => {
    // 23:30 on January 4th in São Paulo, the 5th in UTC.
    const context = exampleContext(
      { advanceBookingDays: 30 },
      { now: Temporal.Instant.from('2027-01-05T02:30:00Z') },
    );
    expect(broken('2027-02-03T17:30', '2027-02-03T18:00', context)).toEqual([]);
    expect(broken('2027-02-04T08:00', '2027-02-04T08:30', context)).toEqual(['TOO_FAR_IN_ADVANCE startTime']);
  });
});

describe('OUTSIDE_WORKING_HOURS', () => {
  const week = exampleContext({ workingDays: ['MONDAY', 'TUESDAY'] });
  it.each([
    ['2027-01-05T07:30', '2027-01-05T08:30', ['OUTSIDE_WORKING_HOURS startTime']],
    ['2027-01-05T17:30', '2027-01-05T18:30', ['OUTSIDE_WORKING_HOURS endTime']],
    [
      '2027-01-05T18:00',
      '2027-01-05T18:30',
      ['OUTSIDE_WORKING_HOURS startTime', 'OUTSIDE_WORKING_HOURS endTime'],
    ],
    ['2027-01-06T10:00', '2027-01-06T10:30', ['OUTSIDE_WORKING_HOURS startTime']],
    ['2027-01-05T17:00', '2027-01-06T09:00', ['OUTSIDE_WORKING_HOURS endTime']],
  ])('is decided for %s to %s', (start, end, codes) => expect(broken(start, end, week)).toEqual(codes));

  it('lets a booking end at midnight but not cross it, even round the clock', () => {
    const gym = zoned('Australia/Lord_Howe', ROUND_THE_CLOCK);
    expect(broken('2027-04-04T23:00', '2027-04-05T00:00', gym)).toEqual([]);
    expect(broken('2027-04-04T23:30', '2027-04-05T00:30', gym)).toEqual(['OUTSIDE_WORKING_HOURS endTime']);
  });
  it('starts a day without midnight at its first instant', () => {
    expect(broken('2027-04-29T22:00Z', '2027-04-29T23:00Z', zoned('Africa/Cairo', ROUND_THE_CLOCK))).toEqual(
      [],
    );
    expect(broken('2027-04-29T21:00Z', '2027-04-29T22:00Z', zoned('Africa/Cairo', ROUND_THE_CLOCK))).toEqual(
      [],
    );
    expect(broken('2027-04-29T21:30Z', '2027-04-29T22:30Z', zoned('Africa/Cairo', ROUND_THE_CLOCK))).toEqual([
      'OUTSIDE_WORKING_HOURS endTime',
    ]);
  });
  it('moves an end of hours in a gap later by the length of the gap', () => {
    const bar = zoned('America/New_York', {
      workingHoursStart: localTime('00:00'),
      workingHoursEnd: localTime('02:30'),
    });
    expect(broken('2027-03-14T01:30-05:00', '2027-03-14T03:30-04:00', bar)).toEqual([]);
    expect(broken('2027-03-14T01:30-05:00', '2027-03-14T04:00-04:00', bar)).toEqual([
      'OUTSIDE_WORKING_HOURS endTime',
    ]);
  });
});

describe('NOT_ON_INTERVAL', () => {
  it('is reported for a start off the grid, to the millisecond', () => {
    expect(broken('2027-01-05T10:10', '2027-01-05T10:40', exampleContext())).toEqual([
      'NOT_ON_INTERVAL startTime',
    ]);
    expect(broken('2027-01-05T10:00:00.001', '2027-01-05T10:30:00.001', exampleContext())).toEqual([
      'NOT_ON_INTERVAL startTime',
    ]);
  });
  it('is reported for a duration that is no multiple of the interval', () => {
    expect(broken('2027-01-05T10:00', '2027-01-05T10:45', exampleContext())).toEqual([
      'NOT_ON_INTERVAL endTime',
    ]);
  });
  it('counts the grid from the start of working hours, not from midnight', () => {
    const context = exampleContext({ workingHoursStart: localTime('08:10'), bookingInterval: 45 });
    expect(broken('2027-01-05T08:55', '2027-01-05T09:40', context)).toEqual([]);
    expect(broken('2027-01-05T09:00', '2027-01-05T09:45', context)).toEqual(['NOT_ON_INTERVAL startTime']);
  });
  it('uses the wall clock, on both passes of a repeated hour', () => {
    const gym = zoned('Australia/Lord_Howe', { ...ROUND_THE_CLOCK, bookingInterval: 60 });
    // 01:30 to 02:00 repeats: one hour after 01:00 the clock shows 01:30 again.
    expect(broken('2027-04-04T01:00+11:00', '2027-04-04T01:30+10:30', gym)).toEqual([]);
    expect(broken('2027-04-04T01:30+10:30', '2027-04-04T02:30+10:30', gym)).toEqual([
      'NOT_ON_INTERVAL startTime',
    ]);
    expect(broken('2027-04-04T02:00+10:30', '2027-04-04T03:00+10:30', gym)).toEqual([]);
    const clinic = zoned('America/New_York', ROUND_THE_CLOCK);
    expect(broken('2027-11-07T01:30-04:00', '2027-11-07T01:00-05:00', clinic)).toEqual([]);
    expect(broken('2027-11-07T01:30-05:00', '2027-11-07T02:00-05:00', clinic)).toEqual([]);
  });
  it('measures durations in elapsed minutes across a clock change', () => {
    const clinic = zoned('America/New_York', { ...ROUND_THE_CLOCK, bookingInterval: 60 });
    expect(broken('2027-03-14T01:00-05:00', '2027-03-14T03:00-04:00', clinic)).toEqual([]);
    const howe = zoned('Australia/Lord_Howe', { ...ROUND_THE_CLOCK, bookingInterval: 60 });
    expect(broken('2027-04-04T01:00+11:00', '2027-04-04T02:00+10:30', howe)).toEqual([
      'NOT_ON_INTERVAL endTime',
    ]);
  });
});

describe('RESOURCE_UNAVAILABLE', () => {
  const court = zoned('America/Sao_Paulo', {}, [
    'TUESDAY 13:00-18:00',
    'TUESDAY 08:00-12:00',
    'WEDNESDAY 08:00-12:00',
    'WEDNESDAY 12:00-18:00',
  ]);
  it.each([
    ['2027-01-05T11:00', '2027-01-05T12:00', []],
    ['2027-01-05T11:30', '2027-01-05T12:30', ['RESOURCE_UNAVAILABLE startTime']],
    ['2027-01-05T11:00', '2027-01-05T14:00', ['RESOURCE_UNAVAILABLE startTime']],
    ['2027-01-06T11:00', '2027-01-06T14:00', []],
    ['2027-01-07T10:00', '2027-01-07T11:00', ['RESOURCE_UNAVAILABLE startTime']],
  ])('respects a lunch break: %s to %s', (start, end, codes) =>
    expect(broken(start, end, court)).toEqual(codes),
  );

  it('is reported for every time of an empty schedule', () => {
    expect(broken('2027-01-05T10:00', '2027-01-05T11:00', zoned('America/Sao_Paulo', {}, []))).toEqual([
      'RESOURCE_UNAVAILABLE startTime',
    ]);
  });
  it("applies in addition to the tenant's hours", () => {
    const early = zoned('America/Sao_Paulo', {}, ['TUESDAY 06:00-09:00']);
    expect(broken('2027-01-05T07:00', '2027-01-05T08:00', early)).toEqual([
      'OUTSIDE_WORKING_HOURS startTime',
    ]);
  });
});

describe('several broken rules', () => {
  const context = exampleContext(
    { workingDays: ['MONDAY'], advanceBookingDays: 30 },
    { schedule: [weeklyRange('MONDAY 08:00-12:00')] },
  );
  const far = timeOf('2027-06-01T19:10', '2027-06-01T19:55', context);

  it('are all reported, each with the occurrence', () => {
    const refusals = brokenRules(far, context);
    expect(refusals.map(({ code }) => code)).toEqual([
      'NOT_ON_INTERVAL',
      'NOT_ON_INTERVAL',
      'OUTSIDE_WORKING_HOURS',
      'RESOURCE_UNAVAILABLE',
      'TOO_FAR_IN_ADVANCE',
    ]);
    expect(refusals.every(({ occurrence }) => occurrence === far)).toBe(true);
  });
  it.each(LANGUAGES)('have complete messages in %s', (language) => {
    const malformed = ['2027-01-05T10:00', '2027-01-05T09:00'] as const;
    const late = ['2027-01-04T07:00', '2027-01-04T19:00'] as const;
    const long = ['2027-01-04T18:00', '2027-01-06T19:00'] as const;
    const refusals = [malformed, late, long].flatMap(([start, end]) =>
      brokenRules(timeOf(start, end, context), context),
    );
    for (const { key, params } of [...brokenRules(far, context), ...refusals]) {
      expect(message(key, language, params)).not.toMatch(/[{}]|undefined/);
    }
  });
});
