import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import type { Refused } from '@libs/outcome/outcome';
import type { DayOfWeek } from '@libs/time/days';
import { formatLocal, parseDateTime } from '@libs/time/instants';
import { localTime } from '@libs/time/localTimes';
import { exampleContext } from './scheduling.fixtures.ts';
import { brokenRules, type Occurrence, type SchedulingContext } from './rules.ts';
import { MAX_OCCURRENCES, seriesOf, type Recurrence } from './recurrence.ts';

type RequestedRecurrence = Omit<Partial<Recurrence>, 'endDate'> & { endDate?: string };
const inNewYork = exampleContext({ timezone: 'America/New_York' });

/** One-hour bookings. */
function ask(
  start: string,
  { endDate, ...recurrence }: RequestedRecurrence,
  context: SchedulingContext = inNewYork,
) {
  const startTime = parseDateTime(start)!;
  return seriesOf(
    { startTime, endTime: startTime.add({ hours: 1 }) },
    {
      frequency: 'DAILY',
      interval: 1,
      ...recurrence,
      endDate: endDate === undefined ? null : parseDateTime(endDate)!,
    },
    context,
  );
}
/** '1997-09-02T09:00:00-04:00'. */
function starts(
  start: string,
  requested: RequestedRecurrence,
  context: SchedulingContext = inNewYork,
): string[] {
  const outcome = ask(start, requested, context);
  if (!outcome.ok) throw new Error(outcome.refusals.map(({ key }) => key).join());
  return outcome.value.occurrences.map(({ startTime }) => formatLocal(startTime, context.rules.timezone));
}
const dates = (...args: Parameters<typeof starts>) => starts(...args).map((start) => start.slice(0, 10));
/** Expands 'YYYY-MM: D D D'. */
const on = (...months: string[]) =>
  months.flatMap((text) => {
    const [month, days = ''] = text.split(': ');
    return days.split(' ').map((date) => `${month}-${date.padStart(2, '0')}`);
  });

describe('an example of RFC 5545 §3.8.5.3:', () => {
  const LABOUR_DAY = '1997-09-02T09:00';
  it('daily for 10 occurrences', () => {
    expect(dates(LABOUR_DAY, { endDate: '1997-09-11T09:00' })).toEqual(on('1997-09: 2 3 4 5 6 7 8 9 10 11'));
  });
  it('daily until December 24, 1997, across the change of the clock', () => {
    const found = starts(LABOUR_DAY, { endDate: '1997-12-24T00:00:00Z' });
    expect(found).toHaveLength(113);
    expect(found.slice(53, 56)).toEqual([
      '1997-10-25T09:00:00-04:00',
      '1997-10-26T09:00:00-05:00',
      '1997-10-27T09:00:00-05:00',
    ]);
    expect(found.at(-1)).toBe('1997-12-23T09:00:00-05:00');
  });
  it('every other day', () => {
    expect(dates(LABOUR_DAY, { interval: 2, endDate: '1997-12-03T09:00' }).slice(12, 20)).toEqual(
      on('1997-09: 26 28 30', '1997-10: 2 4 6 8 10'),
    );
  });
  it('every 10 days, 5 occurrences', () => {
    expect(dates(LABOUR_DAY, { interval: 10, endDate: '1997-10-12T09:00' })).toEqual(
      on('1997-09: 2 12 22', '1997-10: 2 12'),
    );
  });
  it('weekly for 10 occurrences', () => {
    expect(dates(LABOUR_DAY, { frequency: 'WEEKLY', endDate: '1997-11-04T09:00' })).toEqual(
      on('1997-09: 2 9 16 23 30', '1997-10: 7 14 21 28', '1997-11: 4'),
    );
  });
  it('weekly until December 24, 1997', () => {
    expect(dates(LABOUR_DAY, { frequency: 'WEEKLY', endDate: '1997-12-24T00:00:00Z' })).toEqual(
      on('1997-09: 2 9 16 23 30', '1997-10: 7 14 21 28', '1997-11: 4 11 18 25', '1997-12: 2 9 16 23'),
    );
  });
  it('every other week', () => {
    expect(dates(LABOUR_DAY, { frequency: 'WEEKLY', interval: 2, endDate: '1998-02-17T09:00' })).toEqual(
      on(
        '1997-09: 2 16 30',
        '1997-10: 14 28',
        '1997-11: 11 25',
        '1997-12: 9 23',
        '1998-01: 6 20',
        '1998-02: 3 17',
      ),
    );
  });
  it('weekly on Tuesday and Thursday for five weeks', () => {
    const days: DayOfWeek[] = ['TUESDAY', 'THURSDAY'];
    expect(
      dates(LABOUR_DAY, { frequency: 'WEEKLY', daysOfWeek: days, endDate: '1997-10-07T00:00Z' }),
    ).toEqual(on('1997-09: 2 4 9 11 16 18 23 25 30', '1997-10: 2'));
  });
  it('every other week on Monday, Wednesday and Friday until December 24, 1997', () => {
    const requested: RequestedRecurrence = {
      frequency: 'WEEKLY',
      interval: 2,
      daysOfWeek: ['FRIDAY', 'MONDAY', 'WEDNESDAY'],
      endDate: '1997-12-24T00:00:00Z',
    };
    expect(dates('1997-09-01T09:00', requested)).toEqual(
      on(
        '1997-09: 1 3 5 15 17 19 29',
        '1997-10: 1 3 13 15 17 27 29 31',
        '1997-11: 10 12 14 24 26 28',
        '1997-12: 8 10 12 22',
      ),
    );
  });
  it('every other week on Tuesday and Thursday, for 8 occurrences', () => {
    const requested: RequestedRecurrence = {
      frequency: 'WEEKLY',
      interval: 2,
      daysOfWeek: ['TUESDAY', 'THURSDAY'],
      endDate: '1997-10-16T09:00',
    };
    expect(dates(LABOUR_DAY, requested)).toEqual(on('1997-09: 2 4 16 18 30', '1997-10: 2 14 16'));
  });
  it('weeks start on Monday', () => {
    const requested: RequestedRecurrence = {
      frequency: 'WEEKLY',
      interval: 2,
      daysOfWeek: ['TUESDAY', 'SUNDAY'],
      endDate: '1997-08-24T09:00',
    };
    expect(dates('1997-08-05T09:00', requested)).toEqual(on('1997-08: 5 10 19 24'));
  });
  it('an invalid date (February 30) is left out', () => {
    expect(dates('2007-01-30T09:00', { frequency: 'MONTHLY', endDate: '2007-03-30T09:00' })).toEqual(
      on('2007-01: 30', '2007-03: 30'),
    );
  });
});

describe('a series', () => {
  it('that repeats monthly from January 31 has 7 occurrences in a year', () => {
    expect(dates('2027-01-31T09:00', { frequency: 'MONTHLY', endDate: '2027-12-31T23:00' })).toEqual(
      on(
        '2027-01: 31',
        '2027-03: 31',
        '2027-05: 31',
        '2027-07: 31',
        '2027-08: 31',
        '2027-10: 31',
        '2027-12: 31',
      ),
    );
  });
  it('that repeats yearly from February 29 skips to the next leap year', () => {
    expect(
      dates('2028-02-29T09:00', { frequency: 'MONTHLY', interval: 12, endDate: '2037-01-01T00:00' }),
    ).toEqual(on('2028-02: 29', '2032-02: 29', '2036-02: 29'));
  });
  it('starts on the first named day from the date of startTime, and counts weeks from it', () => {
    const requested: RequestedRecurrence = {
      frequency: 'WEEKLY',
      interval: 2,
      daysOfWeek: ['MONDAY'],
      endDate: '2027-02-15T00:00',
    };
    // January 5th is a Tuesday; the 11th is the first Monday after it.
    expect(dates('2027-01-05T09:00', requested)).toEqual(on('2027-01: 11 25', '2027-02: 8'));
    expect(dates('2027-01-11T09:00', requested)).toEqual(on('2027-01: 11 25', '2027-02: 8'));
  });
  it('with an interval of null has an interval of one', () => {
    const requested: RequestedRecurrence = { interval: null, endDate: '2027-01-07T09:00' };
    expect(dates('2027-01-05T09:00', requested)).toEqual(on('2027-01: 5 6 7'));
  });
  it('counts a day named twice once, and ignores an empty list', () => {
    const endDate = '2027-01-20T00:00';
    const twice: RequestedRecurrence = { frequency: 'WEEKLY', daysOfWeek: ['TUESDAY', 'TUESDAY'], endDate };
    expect(dates('2027-01-05T09:00', twice)).toEqual(on('2027-01: 5 12 19'));
    expect(dates('2027-01-05T09:00', { frequency: 'WEEKLY', daysOfWeek: [], endDate })).toEqual(
      on('2027-01: 5 12 19'),
    );
    expect(dates('2027-01-18T09:00', { daysOfWeek: [], endDate })).toEqual(on('2027-01: 18 19'));
  });
  it('includes an occurrence that starts at endDate, and none a millisecond later', () => {
    expect(dates('2027-01-05T09:00', { endDate: '2027-01-06T09:00' })).toEqual(on('2027-01: 5 6'));
    expect(dates('2027-01-05T09:00', { endDate: '2027-01-06T08:59:59.999' })).toEqual(on('2027-01: 5'));
    expect(dates('2027-01-05T09:00', { endDate: '2027-01-06T14:00Z' })).toEqual(on('2027-01: 5 6'));
  });
  it('includes an occurrence on the first pass of an hour when endDate is on the second', () => {
    expect(starts('2027-11-06T01:30', { endDate: '2027-11-07T01:10:00-05:00' })).toEqual([
      '2027-11-06T01:30:00-04:00',
      '2027-11-07T01:30:00-04:00',
    ]);
  });
  it("without endDate ends with the last day of the tenant's advance window", () => {
    const context = exampleContext(
      { advanceBookingDays: 3 },
      { now: Temporal.Instant.from('2027-01-05T02:30:00Z') },
    );
    expect(dates('2027-01-05T17:00', {}, context)).toEqual(on('2027-01: 5 6 7'));
    expect(brokenRulesOf(occurrencesOf('2027-01-05T17:00', {}, context), context)).toEqual([]);
  });
  it('without endDate keeps a first occurrence beyond the advance window, to be refused', () => {
    const context = exampleContext({ advanceBookingDays: 3 });
    const occurrences = occurrencesOf('2027-03-01T09:00', {}, context);
    expect(brokenRulesOf(occurrences, context).map(({ code }) => code)).toEqual(['TOO_FAR_IN_ADVANCE']);
  });
  it('without endDate ends at 365 occurrences', () => {
    expect(dates('2027-01-05T09:00', {})).toHaveLength(MAX_OCCURRENCES);
  });
  it('has a broken rule for each occurrence that endDate allows beyond the advance window', () => {
    const context = exampleContext({ advanceBookingDays: 3 });
    const occurrences = occurrencesOf('2027-01-05T09:00', { endDate: '2027-01-10T09:00' }, context);
    expect(brokenRulesOf(occurrences, context).map(({ code }) => code)).toEqual([
      'TOO_FAR_IN_ADVANCE',
      'TOO_FAR_IN_ADVANCE',
      'TOO_FAR_IN_ADVANCE',
    ]);
  });
  it('has the local start of its first occurrence', () => {
    const outcome = ask('2027-01-05T14:00:00Z', { frequency: 'WEEKLY', daysOfWeek: ['FRIDAY'] });
    expect(outcome.ok && String(outcome.value.localStart)).toBe('2027-01-08T09:00:00');
  });
});

function occurrencesOf(start: string, requested: RequestedRecurrence, context: SchedulingContext) {
  const outcome = ask(start, requested, context);
  return outcome.ok ? outcome.value.occurrences : [];
}

const occurrencesOfOutcome = (outcome: ReturnType<typeof seriesOf>) =>
  outcome.ok ? outcome.value.occurrences : [];
const brokenRulesOf = (occurrences: readonly Occurrence[], context: SchedulingContext) =>
  occurrences.flatMap((occurrence) => brokenRules(occurrence, context));
const hoursOf = ({ startTime, endTime }: Occurrence) => startTime.until(endTime).total('hours');

describe('count and exceptDates', () => {
  const left = (...texts: string[]) => texts.map((text) => Temporal.PlainDate.from(text));
  it('count ends a series, even beyond the advance window, to be refused', () => {
    const context = exampleContext({ advanceBookingDays: 2 });
    expect(dates('2027-01-05T09:00', { count: 4 }, context)).toEqual(on('2027-01: 5 6 7 8'));
    const occurrences = occurrencesOf('2027-01-05T09:00', { count: 4 }, context);
    expect(brokenRulesOf(occurrences, context).map(({ code }) => code)).toEqual([
      'TOO_FAR_IN_ADVANCE',
      'TOO_FAR_IN_ADVANCE',
    ]);
    expect(dates('2027-01-05T09:00', { count: 1 })).toEqual(['2027-01-05']);
    expect(dates('2027-01-05T09:00', { count: 365 })).toHaveLength(365);
  });
  it('dates that are left out do not count, and those that the rule does not produce do no harm', () => {
    const exceptDates = left('2027-01-05', '2027-01-07', '2027-01-07', '2026-01-01');
    expect(dates('2027-01-05T09:00', { count: 3, exceptDates })).toEqual(on('2027-01: 6 8 9'));
    expect(dates('2027-01-05T09:00', { endDate: '2027-01-08T09:00', exceptDates })).toEqual(
      on('2027-01: 6 8'),
    );
    const all = Array.from({ length: 365 }, (_, days) => left('2027-01-05')[0]!.add({ days }));
    const later = dates('2027-01-05T09:00', { count: 365, exceptDates: all });
    expect([later.length, later[0], later.at(-1)]).toEqual([365, '2028-01-05', '2029-01-03']);
  });
  it('dates that are left out keep a series with endDate within 365', () => {
    const requested = { endDate: '2028-01-05T09:00', exceptDates: left('2027-06-01') };
    expect(dates('2027-01-05T09:00', requested)).toHaveLength(365);
  });
  it('a date names the local date of the start, also where a gap moves it', () => {
    const cairo = exampleContext({ timezone: 'Africa/Cairo' });
    const requested = { count: 2, exceptDates: left('2027-04-30') };
    expect(starts('2027-04-29T00:00', requested, cairo)).toEqual([
      '2027-04-29T00:00:00+02:00',
      '2027-05-01T00:00:00+03:00',
    ]);
  });
  it('a monthly series of 365 occurrences ends with the calendar, which the rules refuse', () => {
    const requested: RequestedRecurrence = { frequency: 'MONTHLY', interval: 52, count: 365 };
    const occurrences = occurrencesOf('2027-01-05T09:00', requested, inNewYork);
    expect(occurrences.at(-1)!.startTime.toString()).toMatch(/^(219\d|2200)-/);
  });
});

describe('seriesOf refuses', () => {
  it.each<[string, RequestedRecurrence, string, string | undefined]>([
    ['an interval of 0', { interval: 0 }, 'INVALID', 'interval'],
    ['an interval of 53', { interval: 53 }, 'INVALID', 'interval'],
    [
      'days of the week without WEEKLY',
      { frequency: 'MONTHLY', daysOfWeek: ['MONDAY'] },
      'INVALID',
      'daysOfWeek',
    ],
    ['an endDate before the first occurrence', { endDate: '2027-01-05T08:59' }, 'INVALID', 'endDate'],
    [
      'an endDate before the first named day',
      { frequency: 'WEEKLY', daysOfWeek: ['MONDAY'], endDate: '2027-01-10T09:00' },
      'INVALID',
      'endDate',
    ],
    ['a count of 0', { count: 0 }, 'INVALID', 'count'],
    ['a count of 366', { count: 366 }, 'INVALID', 'count'],
    ['a fractional count', { count: 1.5 }, 'INVALID', 'count'],
    ['count with endDate', { count: 3, endDate: '2027-02-01T00:00' }, 'INVALID', 'count'],
    [
      '366 dates to leave out',
      { count: 3, exceptDates: Array(366).fill(Temporal.PlainDate.from('2027-01-05')) },
      'INVALID',
      'exceptDates',
    ],
    [
      'dates to leave out that leave nothing',
      { endDate: '2027-01-05T09:00', exceptDates: [Temporal.PlainDate.from('2027-01-05')] },
      'INVALID',
      'exceptDates',
    ],
    ['366 occurrences by endDate', { endDate: '2028-01-05T09:00' }, 'TOO_MANY_OCCURRENCES', 'recurrence'],
    ['170 years by endDate', { endDate: '2200-12-31T23:59' }, 'TOO_MANY_OCCURRENCES', 'recurrence'],
  ])('%s', (_, requested, code, field) => {
    const outcome = ask('2027-01-05T09:00', requested) as Refused;
    expect(outcome.refusals.map((refusal) => [refusal.code, refusal.field?.at(-1)])).toEqual([[code, field]]);
  });
  it('no series of 365 occurrences by endDate', () => {
    expect(dates('2027-01-05T09:00', { endDate: '2028-01-04T09:00' })).toHaveLength(365);
  });
});

describe('across clock changes', () => {
  it('a weekly 09:00 in New York stays at 09:00 in all 52 weeks', () => {
    const found = starts('2027-01-05T09:00', { frequency: 'WEEKLY', endDate: '2027-12-28T09:00' });
    expect(found).toHaveLength(52);
    expect(found.filter((start) => !start.includes('T09:00:00'))).toEqual([]);
  });
  it('an occurrence in a gap moves later on that day only', () => {
    expect(starts('2027-03-13T02:30', { endDate: '2027-03-15T02:30' })).toEqual([
      '2027-03-13T02:30:00-05:00',
      '2027-03-14T03:30:00-04:00',
      '2027-03-15T02:30:00-04:00',
    ]);
  });
  it('a first occurrence in a gap moves later on that day only', () => {
    expect(starts('2027-03-14T02:30', { endDate: '2027-03-15T02:30' })).toEqual([
      '2027-03-14T03:30:00-04:00',
      '2027-03-15T02:30:00-04:00',
    ]);
  });
  it('an occurrence in an overlap is on the first pass only', () => {
    expect(starts('2027-11-06T01:30', { endDate: '2027-11-08T01:30' })).toEqual([
      '2027-11-06T01:30:00-04:00',
      '2027-11-07T01:30:00-04:00',
      '2027-11-08T01:30:00-05:00',
    ]);
  });
  it('a first occurrence requested on the second pass stays there', () => {
    expect(starts('2027-11-07T01:30:00-05:00', { endDate: '2027-11-08T01:30' })).toEqual([
      '2027-11-07T01:30:00-05:00',
      '2027-11-08T01:30:00-05:00',
    ]);
  });
  it('a day that the zone skipped has no occurrence, and the next day has one', () => {
    const apia = exampleContext({ timezone: 'Pacific/Apia' });
    expect(dates('2011-12-28T09:00', { endDate: '2012-01-01T09:00' }, apia)).toEqual(
      on('2011-12: 28 29 31', '2012-01: 1'),
    );
  });
  it('a series whose first occurrence spans a change keeps both ends on the wall clock if both were given on it', () => {
    const lengthsOf = (startTime: string, endTime: string) => {
      const first = { startTime: parseDateTime(startTime)!, endTime: parseDateTime(endTime)! };
      const daily: Recurrence = { frequency: 'DAILY', count: 3 };
      return occurrencesOfOutcome(seriesOf(first, daily, inNewYork)).map(hoursOf);
    };
    expect(lengthsOf('2027-11-07T00:00', '2027-11-07T06:00')).toEqual([7, 6, 6]);
    expect(lengthsOf('2027-11-07T00:00-04:00', '2027-11-07T06:00')).toEqual([7, 7, 7]);
    expect(lengthsOf('2027-03-14T00:00', '2027-03-14T06:00')).toEqual([5, 6, 6]);
    // A start in the gap moves, its end does not.
    expect(lengthsOf('2027-03-14T02:30', '2027-03-14T06:30')).toEqual([3, 4, 4]);
    // Neither end of the first one is near a change.
    expect(lengthsOf('2027-11-06T00:00', '2027-11-06T06:00')).toEqual([6, 6, 6]);
  });
  it.each([
    ['2027-03-13T00:00', '2027-03-14T00:00', [24, 23, 24]],
    ['2027-03-14T00:00', '2027-03-15T00:00', [23, 24, 24]],
    ['2027-03-13T05:00Z', '2027-03-14T05:00Z', [24, 23, 24]],
    ['2027-11-06T00:00', '2027-11-07T00:00', [24, 25, 24]],
  ])('whole days from %s to %s stay whole days', (start, end, hours) => {
    const wholeDays = exampleContext({
      timezone: 'America/New_York',
      workingHoursStart: localTime('00:00'),
      workingHoursEnd: localTime('24:00'),
      bookingInterval: 1440,
    });
    const first = { startTime: parseDateTime(start)!, endTime: parseDateTime(end)! };
    const outcome = seriesOf(first, { frequency: 'DAILY', count: 3 }, wholeDays);
    expect(occurrencesOfOutcome(outcome).map(hoursOf)).toEqual(hours);
    expect(brokenRulesOf(occurrencesOfOutcome(outcome), wholeDays)).toEqual([]);
  });
  it('all occurrences have the same elapsed length', () => {
    const occurrences = occurrencesOf('2027-03-13T01:30', { endDate: '2027-03-15T01:30' }, inNewYork);
    const lengths = occurrences.map(({ startTime, endTime }) => startTime.until(endTime).total('minutes'));
    expect(lengths).toEqual([60, 60, 60]);
  });
});
