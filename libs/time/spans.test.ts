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

it('mergeSpans covers exactly the given instants with ordered spans that neither overlap nor touch', () => {
  fc.assert(
    fc.property(spans, (given) => {
      const merged = mergeSpans(given);
      const has = (list: typeof given, t: number) => list.some((s) => s.start <= t && t < s.end);
      for (let t = 0; t <= 80; t++) expect(has(merged, t)).toBe(has(given, t));
      merged.slice(1).forEach((span, i) => expect(span.start).toBeGreaterThan(merged[i]!.end));
    }),
  );
});

it('overlap is false for touching spans', () => {
  expect(overlap({ start: 0, end: 10 }, { start: 10, end: 20 })).toBe(false);
  expect(overlap({ start: 0, end: 11 }, { start: 10, end: 20 })).toBe(true);
});

it('covers is true for an equal span and false for one that extends beyond it', () => {
  expect(covers({ start: 0, end: 10 }, { start: 0, end: 10 })).toBe(true);
  expect(covers({ start: 0, end: 10 }, { start: 5, end: 11 })).toBe(false);
});
