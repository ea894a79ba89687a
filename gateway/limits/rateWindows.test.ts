import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rateWindows, WINDOW_MS, type RateWindows } from './rateWindows.ts';

const LIMIT = 60;
const START = 1_000 * WINDOW_MS;

function windows(maxKeys?: number) {
  const clock = { ms: START };
  return { clock, counts: rateWindows(() => clock.ms, maxKeys) };
}

/** Adds if it is within the limit; returns the wait in seconds. */
function consume(counts: RateWindows, points: number, key = 'a'): number {
  const wait = counts.waitFor(key, points, LIMIT);
  if (wait === 0) counts.add(key, points);
  return wait;
}

describe('a sliding minute', () => {
  it('takes points up to the limit, for each key', () => {
    const { counts } = windows();
    expect(consume(counts, 60)).toBe(0);
    expect(consume(counts, 60, 'b')).toBe(0);
    expect(consume(counts, 1)).toBeGreaterThan(0);
  });

  it('gives them back evenly as the minute moves on', () => {
    const { counts, clock } = windows();
    consume(counts, 60);
    clock.ms = START + WINDOW_MS;
    expect(consume(counts, 1)).toBe(1);
    clock.ms += WINDOW_MS / 2;
    expect(counts.left('a', LIMIT)).toEqual({ points: 30, seconds: 30 });
    expect(consume(counts, 30)).toBe(0);
    expect(consume(counts, 1)).toBeGreaterThan(0);
    clock.ms = START + 3 * WINDOW_MS;
    expect(counts.left('a', LIMIT)).toEqual({ points: 60, seconds: 60 });
  });

  it('serves a request of more points than the limit once a minute', () => {
    const { counts, clock } = windows();
    expect(counts.waitFor('a', 1_000, LIMIT)).toBe(0);
    counts.add('a', LIMIT);
    clock.ms += WINDOW_MS + 1;
    expect(counts.waitFor('a', 1_000, LIMIT)).toBe(60);
  });

  it('tells the wait exactly: at its end the request is served, a second before it is not', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 20_000 })), {
          minLength: 5,
        }),
        fc.integer({ min: 1, max: LIMIT }),
        (requests, points) => {
          const { counts, clock } = windows();
          for (const [size, pauseMs] of requests) {
            consume(counts, size);
            clock.ms += pauseMs;
          }
          const wait = counts.waitFor('a', points, LIMIT);
          const startMs = clock.ms;
          clock.ms = startMs + wait * 1_000;
          expect(counts.waitFor('a', points, LIMIT)).toBe(0);
          if (wait <= 1) return;
          clock.ms = startMs + (wait - 1) * 1_000 - 1;
          expect(counts.waitFor('a', points, LIMIT)).toBeGreaterThan(0);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('never takes more than twice the limit in any minute, however the requests come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 30_000 })), {
          minLength: 10,
        }),
        (requests) => {
          const { counts, clock } = windows();
          const taken: [ms: number, points: number][] = [];
          for (const [points, pauseMs] of requests) {
            if (consume(counts, points) === 0) taken.push([clock.ms, points]);
            clock.ms += pauseMs;
          }
          for (const [from] of taken) {
            const inMinute = taken.filter(([ms]) => ms >= from && ms < from + WINDOW_MS);
            expect(inMinute.reduce((sum, [, points]) => sum + points, 0)).toBeLessThanOrEqual(2 * LIMIT);
          }
        },
      ),
    );
  });
});

describe('the counts of others', () => {
  it('are added to those of this process, of both windows', () => {
    const { counts, clock } = windows();
    counts.add('a', 10);
    const [unsentCounts] = counts.takeUnsent();
    expect(unsentCounts).toEqual({ key: 'a', window: 1_000, points: 10 });
    counts.add('a', 5);
    counts.merge([{ key: 'a', window: 1_000, current: 40, previous: 0 }]);
    expect(counts.left('a', LIMIT).points).toBe(LIMIT - 45);
    expect(counts.takeUnsent()).toEqual([{ key: 'a', window: 1_000, points: 5 }]);
    expect(counts.takeUnsent()).toEqual([]);
    clock.ms += WINDOW_MS;
    counts.add('a', 1);
    counts.takeUnsent();
    counts.merge([{ key: 'a', window: 1_001, current: 1, previous: 58 }]);
    expect(counts.left('a', LIMIT).points).toBe(1);
  });

  it('that come late count for their own window, and lost ones change nothing', () => {
    const { counts, clock } = windows();
    counts.add('a', 10);
    counts.takeUnsent();
    clock.ms += WINDOW_MS;
    counts.add('a', 1);
    counts.merge([{ key: 'a', window: 1_000, current: 50, previous: 0 }]);
    expect(counts.left('a', LIMIT).points).toBe(LIMIT - 51);
    counts.merge([{ key: 'a', window: 1_001, current: 0, previous: 0 }]);
    expect(counts.left('a', LIMIT).points).toBe(LIMIT - 51);
  });
});

it('forgets the key that was used longest ago', () => {
  const { counts } = windows(2);
  for (const key of ['a', 'b', 'a', 'c']) counts.add(key, 10);
  expect(['a', 'b', 'c'].map((key) => counts.left(key, LIMIT).points)).toEqual([40, 60, 50]);
  expect(counts.takeUnsent().map(({ key }) => key)).toEqual(['a', 'c']);
});
