import fc from 'fast-check';
import { expect, it } from 'vitest';
import { covers, mergeSpans, overlap } from './spans.ts';

const spans = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 15 })).map(([start, length]) => ({
    start,
    end: start + length,
  })),
  { maxLength: 12 },
);

it('mergeSpans keeps exactly the instants it was given, in disjoint spans by start that do not touch', () => {
  fc.assert(
    fc.property(spans, (given) => {
      const merged = mergeSpans(given);
      const has = (list: typeof given, t: number) => list.some((s) => s.start <= t && t < s.end);
      for (let t = 0; t <= 80; t++) expect(has(merged, t)).toBe(has(given, t));
      merged.slice(1).forEach((span, i) => expect(span.start).toBeGreaterThan(merged[i]!.end));
    }),
  );
});

it('touching spans do not overlap', () => {
  expect(overlap({ start: 0, end: 10 }, { start: 10, end: 20 })).toBe(false);
  expect(overlap({ start: 0, end: 11 }, { start: 10, end: 20 })).toBe(true);
});

it('a span covers itself, and nothing that sticks out', () => {
  expect(covers({ start: 0, end: 10 }, { start: 0, end: 10 })).toBe(true);
  expect(covers({ start: 0, end: 10 }, { start: 5, end: 11 })).toBe(false);
});
