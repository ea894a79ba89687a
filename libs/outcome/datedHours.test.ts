import { seededRandom } from '@libs/testing/seededRandom';
import { localTime } from '@libs/time/localTimes';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { dailyRangeRefusals, datedEntryRefusals, daysOf, endRefusals } from './datedHours.ts';

const date = (day: number) => Temporal.PlainDate.from('2027-02-20').add({ days: day });
const entry = (from: number, to: number, name?: string) => ({ from: date(from), to: date(to), name });
const range = (text: string) => {
  const [start, end] = text.split('-').map(localTime);
  return { start: start!, end: end! };
};
const LIMITS = { maxEntries: 30, maxDays: 20 };
const refused = (entries: ReturnType<typeof entry>[], limits = LIMITS) =>
  datedEntryRefusals(entries, ['hours'], limits, () => []).map(
    ({ code, key, field }) => `${code} ${key} ${field?.join('.')}`,
  );

describe('entries', () => {
  it('may be next to each other, in any order, over the end of a month, and as long as the limit', () => {
    expect(refused([entry(20, 39), entry(0, 9), entry(10, 19, 'Férias')])).toEqual([]);
    expect(daysOf(entry(20, 39))).toBe(20);
  });

  it.each([
    ['reversed', [entry(1, 0)], ['INVALID shared.datesReversed hours.0.to']],
    ['too far apart', [entry(0, 0), entry(1, 21)], ['INVALID shared.tooManyDays hours.1.to']],
    ['of another entry', [entry(5, 9), entry(0, 5)], ['INVALID shared.datesOverlap hours.1']],
    ['within another entry', [entry(5, 6), entry(0, 9)], ['INVALID shared.datesOverlap hours.1']],
    [
      'of an entry long before',
      [entry(0, 15), entry(1, 1), entry(10, 10)],
      ['INVALID shared.datesOverlap hours.1', 'INVALID shared.datesOverlap hours.2'],
    ],
    ['with an empty name', [entry(0, 0, ' ')], ['INVALID shared.textEmpty hours.0.name']],
  ])('%s are refused', (_, entries, expected) => {
    expect(refused(entries)).toEqual(expected);
  });

  it('are refused as too many without a look at each', () => {
    expect(refused([entry(1, 0), entry(1, 0)], { ...LIMITS, maxEntries: 1 })).toEqual([
      'TOO_MANY shared.tooManyEntries hours',
    ]);
  });

  it('that share a date are refused whatever the order, and the first of the list never', () => {
    const random = seededRandom(7);
    const whole = (below: number) => Math.floor(random() * below);
    let overlapping = 0;
    for (let round = 0; round < 2_000; round += 1) {
      const entries = Array.from({ length: 1 + whole(6) }, () => {
        const from = whole(40);
        return entry(from, from + whole(8));
      });
      const shares = (a: number, b: number) =>
        daysOf({ from: entries[a]!.from, to: entries[b]!.to }) > 0 &&
        daysOf({ from: entries[b]!.from, to: entries[a]!.to }) > 0;
      const later = entries.map((_, index) =>
        entries.slice(0, index).some((__, other) => shares(other, index)),
      );
      const found = refused(entries);
      if (later.includes(true)) overlapping += 1;
      expect(found.length > 0).toBe(later.includes(true));
      for (const one of found) expect(later[Number(one.split('.').at(-1))]).toBe(true);
    }
    expect(overlapping).toBeGreaterThan(500);
  });

  it('have their ranges checked, by the path of each', () => {
    const paths: string[] = [];
    datedEntryRefusals([entry(0, 0), entry(1, 1)], ['hours'], LIMITS, (_, path) => {
      paths.push(path.join('.'));
      return [];
    });
    expect(paths).toEqual(['hours.0.ranges', 'hours.1.ranges']);
  });
});

describe('ranges of a day', () => {
  const keysOf = (texts: string[], options = { overnight: true, days: 1 }) =>
    dailyRangeRefusals(texts.map(range), ['ranges'], options).map(
      ({ key, field }) => `${key} ${field?.join('.')}`,
    );

  it.each([
    ['touch', ['08:00-12:00', '12:00-18:00'], 1],
    ['cross midnight', ['22:00-02:00'], 1],
    ['cross midnight day by day', ['08:00-10:00', '22:00-08:00'], 30],
    ['cross midnight into a morning that is not theirs', ['08:00-10:00', '22:00-09:00'], 1],
    ['fill the day', ['00:00-24:00'], 30],
  ])('may %s', (_, texts, days) => {
    expect(keysOf(texts, { overnight: true, days })).toEqual([]);
  });

  it.each([
    ['overlap', ['08:00-12:00', '11:30-13:00'], 1, ['shared.rangesOverlap ranges.1']],
    ['overlap the next morning', ['08:00-10:00', '22:00-09:00'], 2, ['shared.rangesOverlap ranges.1']],
    ['start at the end of the day', ['24:00-02:00'], 1, ['shared.startsAtEndOfDay ranges.0.start']],
    ['are too many', Array.from({ length: 49 }, () => '08:00-09:00'), 1, ['shared.tooManyRanges ranges']],
  ])('may not %s', (_, texts, days, expected) => {
    expect(keysOf(texts, { overnight: true, days })).toEqual(expected);
  });

  it('may not cross midnight without being overnight', () => {
    const ranges = ['08:00-12:00', '22:00-02:00', '09:00-09:00'].map(range);
    const fields = endRefusals(ranges, ['ranges'], false).map(
      ({ key, field }) => `${key} ${field?.join('.')}`,
    );
    expect(fields).toEqual([
      'shared.rangeEndsTooEarly ranges.1.end',
      'shared.rangeEndsTooEarly ranges.2.end',
    ]);
    expect(keysOf(['22:00-02:00'], { overnight: false, days: 1 })).toHaveLength(1);
  });
});
