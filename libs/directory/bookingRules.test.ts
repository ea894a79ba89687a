import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  DEFAULT_BOOKING_RULES,
  effectiveRules,
  NO_OWN_RULES,
  type ResourceBookingRules,
  type TenantBookingRules,
} from './bookingRules.ts';
import { durationRefusals, rangeRefusals, RULE_RANGES } from './ruleRanges.ts';

const tenant: TenantBookingRules = {
  bookingInterval: 30,
  advanceBookingDays: 60,
  minimumNoticeMinutes: 120,
  minDurationMinutes: 60,
  maxDurationMinutes: 240,
  bufferBeforeMinutes: 5,
  bufferAfterMinutes: 10,
  cancellationHours: 48,
  autoConfirm: false,
  approvalHours: 12,
};
const own = {
  bookingInterval: 20,
  advanceBookingDays: 7,
  minimumNoticeMinutes: 0,
  minDurationMinutes: 120,
  maxDurationMinutes: 180,
  bufferBeforeMinutes: 0,
  bufferAfterMinutes: 0,
  cancellationHours: 0,
  autoConfirm: true,
  approvalHours: 1,
};
/** Both minimums fit both grids, so none is rounded. */
const names = Object.keys(own) as (keyof typeof own)[];

test('a resource without rules of its own has its tenant’s, and a tenant without settings the defaults', () => {
  expect(effectiveRules(tenant, NO_OWN_RULES)).toEqual(tenant);
  expect(effectiveRules(DEFAULT_BOOKING_RULES, NO_OWN_RULES)).toEqual({
    bookingInterval: 30,
    advanceBookingDays: 30,
    minimumNoticeMinutes: 0,
    minDurationMinutes: 30,
    maxDurationMinutes: null,
    bufferBeforeMinutes: 0,
    bufferAfterMinutes: 0,
    cancellationHours: 24,
    autoConfirm: false,
    approvalHours: null,
  });
});

test('each rule is the resource’s own where it has one, also 0 and false, in every combination', () => {
  for (let chosen = 0; chosen < 2 ** names.length; chosen += 1) {
    const isOwn = (name: keyof typeof own) => (chosen >> names.indexOf(name)) % 2 === 1;
    const rules = Object.fromEntries(names.map((name) => [name, isOwn(name) ? own[name] : null]));
    const effective = effectiveRules(tenant, rules as ResourceBookingRules);
    for (const name of names) expect(effective[name]).toBe(isOwn(name) ? own[name] : tenant[name]);
  }
});

test.each([
  // The tenant's, then the resource's interval; the tenant's, then its minimum; what is in force.
  [30, null, null, null, 30],
  [30, 45, null, null, 45],
  [30, null, 60, null, 60],
  [30, 45, 60, null, 90],
  [30, 60, 60, null, 60],
  [30, 90, 60, null, 90],
  [30, null, 60, 30, 30],
  // The tenant changed its grid under a minimum of the resource's own.
  [45, null, null, 60, 90],
])(
  'of intervals %j and %j and minimums %j and %j, the shortest booking is %j minutes',
  (interval, ownInterval, min, ownMin, expected) => {
    const rules = { ...NO_OWN_RULES, bookingInterval: ownInterval, minDurationMinutes: ownMin };
    const tenants = { ...DEFAULT_BOOKING_RULES, bookingInterval: interval, minDurationMinutes: min };
    expect(effectiveRules(tenants, rules).minDurationMinutes).toBe(expected);
  },
);

const valueOf = (name: keyof typeof RULE_RANGES) => fc.option(fc.integer(RULE_RANGES[name]));
const grid = fc.record({
  bookingInterval: fc.constantFrom(5, 15, 30, 60),
  minDurationMinutes: fc.option(fc.constantFrom(15, 30, 60, 90)),
  maxDurationMinutes: fc.option(fc.constantFrom(30, 60, 120)),
});

test('rules that are accepted leave a duration that can be booked, whatever the tenant’s are', () => {
  fc.assert(
    fc.property(grid, grid, valueOf('approvalHours'), (tenants, given, approvalHours) => {
      const before = { ...DEFAULT_BOOKING_RULES, ...tenants };
      const effectiveBefore = effectiveRules(before, NO_OWN_RULES);
      fc.pre(durationRefusals(tenants, before, effectiveBefore, []).length === 0);
      const rules = { ...NO_OWN_RULES, ...given, approvalHours };
      expect(rangeRefusals(rules, RULE_RANGES, [])).toEqual([]);
      const effective = effectiveRules(before, rules);
      fc.pre(durationRefusals(given, rules, effective, []).length === 0);
      const { bookingInterval, minDurationMinutes, maxDurationMinutes } = effective;
      expect(minDurationMinutes % bookingInterval).toBe(0);
      const longest = maxDurationMinutes ?? Number.POSITIVE_INFINITY;
      expect(minDurationMinutes).toBeLessThanOrEqual(longest);
      expect(minDurationMinutes).toBeGreaterThanOrEqual(given.minDurationMinutes ?? bookingInterval);
    }),
  );
});
