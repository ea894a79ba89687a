import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { BURST_MS, trafficShaper } from './trafficShaper.ts';

/** A point takes a millisecond. */
const PER_MINUTE = 60_000;

function paced() {
  const clock = { ms: 5_000 };
  return { clock, tenants: trafficShaper(() => clock.ms) };
}

it('lets a key use BURST_MS at once, then each operation wait until those before it are paid for', () => {
  const { clock, tenants } = paced();
  tenants.add('a', BURST_MS, PER_MINUTE);
  expect(tenants.waitMs('a')).toBe(0);
  tenants.add('a', 300, PER_MINUTE);
  expect(tenants.waitMs('a')).toBe(300);
  expect(tenants.waitMs('b')).toBe(0);
  clock.ms += 200;
  expect(tenants.waitMs('a')).toBe(100);
  clock.ms += 100;
  expect(tenants.waitMs('a')).toBe(0);
});

it('gives a key no more than a burst for a long pause', () => {
  const { clock, tenants } = paced();
  tenants.add('a', 10, PER_MINUTE);
  clock.ms += 1_000_000;
  tenants.add('a', BURST_MS + 1, PER_MINUTE);
  expect(tenants.waitMs('a')).toBe(1);
});

it('starts no more in any time than what it pays for, a burst, and the last operation', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 0, max: 1_000 })), {
        minLength: 5,
      }),
      (operations) => {
        const { clock, tenants } = paced();
        const started: [atMs: number, points: number][] = [];
        for (const [points, pauseMs] of operations) {
          clock.ms += pauseMs;
          started.push([clock.ms + tenants.waitMs('a'), points]);
          tenants.add('a', points, PER_MINUTE);
        }
        for (const [fromMs] of started) {
          for (const [toMs, last] of started.filter(([atMs]) => atMs >= fromMs)) {
            const between = started.filter(([atMs]) => atMs >= fromMs && atMs <= toMs);
            const points = between.reduce((sum, [, one]) => sum + one, 0);
            expect(points - Math.max(last, ...between.map(([, one]) => one))).toBeLessThanOrEqual(
              toMs - fromMs + BURST_MS,
            );
          }
        }
      },
    ),
  );
});

it('forgets only keys that have nothing to pay', () => {
  const { clock, tenants } = paced();
  tenants.add('a', 2 * BURST_MS, PER_MINUTE);
  clock.ms += 10;
  for (let number = 0; number < 10_001; number += 1) tenants.add(`${number}`, 1, PER_MINUTE);
  expect(tenants.waitMs('a')).toBe(BURST_MS - 10);
});
