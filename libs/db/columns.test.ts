import { seededRandom } from '@libs/testing/seededRandom';
import { Temporal } from 'temporal-polyfill';
import { expect, it } from 'vitest';
import { instantOfText } from './columns.ts';

const SEED = Math.floor(Math.random() * 2 ** 31);
const [FIRST_MS, LAST_MS] = [Date.UTC(1900, 0), Date.UTC(2200, 0)];

it(`reads what Postgres writes as Temporal does (SEED=${SEED})`, () => {
  const chance = seededRandom(SEED);
  for (let round = 0; round < 1_000; round += 1) {
    const precisionMs = [1, 10, 100, 1_000, 60_000][round % 5]!;
    const epochMs = Math.floor((FIRST_MS + chance() * (LAST_MS - FIRST_MS)) / precisionMs) * precisionMs;
    // Postgres leaves trailing zeros out.
    const clock = new Date(epochMs).toISOString().replace(/\.?0*Z$/, '');
    for (const offset of ['+00', '-03', '+05:30']) {
      const text = `${clock.replace('T', ' ')}${offset}`;
      expect(instantOfText(text).equals(Temporal.Instant.from(`${clock}${offset}`)), text).toBe(true);
    }
  }
});

it.each(['infinity', '', '2025-13-01 10:00:00+00', '2025-12-05 14:00:00'])('refuses %j', (text) => {
  expect(() => instantOfText(text)).toThrow(RangeError);
});
