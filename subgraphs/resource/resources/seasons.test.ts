import { DAYS_OF_WEEK } from '@libs/time/days';
import { localTime, type LocalTime } from '@libs/time/localTimes';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import type { ScheduleOverrideInput, ScheduleSeasonInput } from '../generated.ts';
import {
  overrideRefusals,
  overridesOf,
  seasonRefusals,
  seasonsOf,
  storedOverrides,
  storedSeasons,
} from './seasons.ts';

const date = (offset: number) => Temporal.PlainDate.from('2027-01-01').add({ days: offset });
const dates = (from: number, to: number) => ({ from: date(from), to: date(to) });
const range = (start: string, end: string) => ({ start: localTime(start), end: localTime(end) });
const monday = (start: string, end: string) => ({ day: 'MONDAY' as const, ...range(start, end) });
const shown = (refusals: ReturnType<typeof seasonRefusals>) =>
  refusals.map(({ code, field }) => `${code} ${field?.join('.')}`);
const ofSeasons = (seasons: ScheduleSeasonInput[] | null, overnight = false) =>
  shown(seasonRefusals(seasons, ['at'], overnight));
const ofOverrides = (overrides: ScheduleOverrideInput[] | null, overnight = false) =>
  shown(overrideRefusals(overrides, ['at'], overnight));

describe('seasons', () => {
  const season = (from: number, to: number, ...ranges: ScheduleSeasonInput['ranges']) => ({
    ...dates(from, to),
    ranges,
  });

  test('may have any length, no ranges, and touch each other', () => {
    expect(ofSeasons(null)).toEqual([]);
    expect(ofSeasons([])).toEqual([]);
    expect(ofSeasons([season(91, 3_000), season(0, 90, monday('06:00', '24:00'))])).toEqual([]);
  });

  test('are at most 50, else TOO_MANY', () => {
    const all = Array.from({ length: 50 }, (_, index) => season(index, index));
    expect(ofSeasons(all)).toEqual([]);
    expect(ofSeasons([...all, season(50, 50)])).toEqual(['TOO_MANY at']);
  });

  test('neither overlap nor end before they start', () => {
    expect(ofSeasons([season(0, 90), season(90, 100)])).toEqual(['INVALID at.1']);
    expect(ofSeasons([season(90, 100), season(120, 130), season(0, 200)])).toEqual(['INVALID at.2']);
    expect(ofSeasons([season(1, 0)])).toEqual(['INVALID at.0.to']);
  });

  test('have ranges by the rules of availabilitySchedule', () => {
    const halfHours = DAYS_OF_WEEK.flatMap((day) =>
      Array.from({ length: 48 }, (_, half) => ({
        day,
        start: (half * 1800) as LocalTime,
        end: ((half + 1) * 1800) as LocalTime,
      })),
    );
    expect(ofSeasons([season(0, 1, ...halfHours)])).toEqual([]);
    expect(ofSeasons([season(0, 1, ...halfHours, monday('00:00', '00:30'))])).toEqual([
      'INVALID at.0.ranges',
    ]);
    expect(ofSeasons([season(0, 1), season(2, 3, monday('10:00', '10:00'))])).toEqual([
      'INVALID at.1.ranges.0.end',
    ]);
    expect(ofSeasons([season(0, 1, monday('08:00', '12:00'), monday('11:59:59', '13:00'))])).toEqual([
      'INVALID at.0.ranges.1',
    ]);
    expect(ofSeasons([season(0, 1, monday('22:00', '04:00'))], true)).toEqual([]);
  });

  test('have a name of 1 to 200 characters, or none', () => {
    const named = (name: string | null) => [{ ...season(0, 1), name }];
    for (const name of [null, 'x', 'x'.repeat(200)]) expect(ofSeasons(named(name))).toEqual([]);
    for (const name of ['', 'x'.repeat(201)]) expect(ofSeasons(named(name))).toEqual(['INVALID at.0.name']);
  });
});

describe('overrides', () => {
  const override = (from: number, to: number, ...ranges: ScheduleOverrideInput['ranges']) => ({
    ...dates(from, to),
    ranges,
  });

  test('are at most 366, else TOO_MANY', () => {
    const all = Array.from({ length: 366 }, (_, index) => override(index, index, range('08:00', '12:00')));
    expect(ofOverrides(all)).toEqual([]);
    expect(ofOverrides([...all, override(366, 366)])).toEqual(['TOO_MANY at']);
  });

  test('cover at most 92 days each, and no date twice', () => {
    expect(ofOverrides(null)).toEqual([]);
    expect(ofOverrides([override(0, 91), override(92, 183)])).toEqual([]);
    expect(ofOverrides([override(0, 92)])).toEqual(['INVALID at.0.to']);
    expect(ofOverrides([override(0, 91), override(91, 91)])).toEqual(['INVALID at.1']);
    expect(ofOverrides([override(3, 2)])).toEqual(['INVALID at.0.to']);
  });

  test('have ranges that end after they start, or with overnight on the next date, and do not overlap', () => {
    const night = override(0, 1, range('22:00', '04:00'));
    expect(ofOverrides([night])).toEqual(['INVALID at.0.ranges.0.end']);
    expect(ofOverrides([night], true)).toEqual([]);
    expect(ofOverrides([override(0, 0, range('08:00', '12:00'), range('11:59:59', '13:00'))])).toEqual([
      'INVALID at.0.ranges.1',
    ]);
    expect(ofOverrides([override(0, 0, range('06:00', '12:00:30'), range('12:00:30', '24:00'))])).toEqual([]);
  });

  test('report every fault at once', () => {
    const broken = { ...override(0, 92, range('10:00', '09:00')), name: '' };
    expect(ofOverrides([broken, override(0, 0)])).toEqual([
      'INVALID at.0.to',
      'INVALID at.0.name',
      'INVALID at.0.ranges.0.end',
      'INVALID at.1',
    ]);
  });
});

const seconds = fc.integer({ min: 0, max: 86_400 }).map((value) => value as LocalTime);
const timeRange = fc.record({ start: seconds, end: seconds });
const entry = <Range>(range: fc.Arbitrary<Range>) =>
  fc.record({
    from: fc.integer({ min: 0, max: 800 }).map(date),
    to: fc.integer({ min: 0, max: 800 }).map(date),
    ranges: fc.array(range, { maxLength: 3 }),
    name: fc.option(fc.string({ minLength: 1, maxLength: 20 })),
  });
const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value));

test('stored seasons and overrides read back as written', () => {
  const weekly = timeRange.chain((one) => fc.constantFrom(...DAYS_OF_WEEK).map((day) => ({ day, ...one })));
  fc.assert(
    fc.property(fc.array(entry(weekly)), fc.array(entry(timeRange)), (seasons, overrides) => {
      expect(seasonsOf(throughJson(storedSeasons(seasons)))).toEqual(seasons);
      expect(overridesOf(throughJson(storedOverrides(overrides)))).toEqual(overrides);
    }),
  );
  expect(storedSeasons([{ ...dates(0, 1), ranges: [monday('06:00', '24:00')] }])).toEqual([
    {
      from: '2027-01-01',
      to: '2027-01-02',
      ranges: [{ day: 'MONDAY', start: '06:00:00', end: '24:00:00' }],
      name: null,
    },
  ]);
});

test('no two accepted ranges of one date overlap, and no two accepted entries share a date', () => {
  fc.assert(
    fc.property(fc.array(entry(timeRange), { maxLength: 3 }), fc.boolean(), (overrides, overnight) => {
      fc.pre(overrideRefusals(overrides, [], overnight).length === 0);
      const taken = new Map<string, boolean>();
      for (const { from, to, ranges } of overrides) {
        for (let on = from; Temporal.PlainDate.compare(on, to) <= 0; on = on.add({ days: 1 })) {
          expect(taken.has(on.toString())).toBe(false);
          taken.set(on.toString(), true);
        }
        const sorted = ranges.toSorted((a, b) => a.start - b.start);
        for (const [index, { end, start }] of sorted.entries()) {
          const next = sorted[index + 1];
          if (end > start) expect(end).toBeLessThanOrEqual(next?.start ?? 86_400);
          else expect([overnight, next]).toEqual([true, undefined]);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});
