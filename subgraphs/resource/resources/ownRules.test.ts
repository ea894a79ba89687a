import { DEFAULT_BOOKING_RULES, NO_OWN_RULES } from '@libs/directory/bookingRules';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ResourceRulesInput } from '../generated.ts';
import { ruleRefusals, rulesOf, withRules } from './ownRules.ts';

/** Its grid is 30 minutes, and nothing else limits a booking's length. */
const tenant = DEFAULT_BOOKING_RULES;
const codes = (input: ResourceRulesInput | null | undefined, stored = {}, tenants = tenant) =>
  ruleRefusals(stored, input, tenants, ['at']).map(({ code, field }) => `${code} ${field?.join('.')}`);

test('absent rules stay, null returns to the tenant’s, and false and 0 are values', () => {
  const stored = withRules({}, { bufferAfterMinutes: 0, autoConfirm: false, cancellationHours: null });
  expect(stored).toEqual({ bufferAfterMinutes: 0, autoConfirm: false });
  expect(withRules(stored, { autoConfirm: null, approvalHours: 5 })).toEqual({
    bufferAfterMinutes: 0,
    approvalHours: 5,
  });
  expect(withRules(stored, undefined)).toEqual(stored);
  expect(withRules(stored, {})).toEqual(stored);
  expect(rulesOf({})).toEqual(NO_OWN_RULES);
  expect(rulesOf(stored)).toEqual({ ...NO_OWN_RULES, ...stored });
});

describe.each([
  ['bookingInterval', 5, 1_440],
  ['advanceBookingDays', 1, 730],
  ['minimumNoticeMinutes', 0, 43_200],
  ['minDurationMinutes', 30, 44_640],
  ['maxDurationMinutes', 30, 44_640],
  ['bufferBeforeMinutes', 0, 480],
  ['bufferAfterMinutes', 0, 480],
  ['cancellationHours', 0, 720],
  ['approvalHours', 1, 720],
] as const)('%s', (field, min, max) => {
  test(`is ${min} to ${max}, or null`, () => {
    for (const value of [min, max, null]) expect(codes({ [field]: value })).toEqual([]);
    for (const value of [min - 1, max + 1, 2 ** 31 - 1])
      expect(codes({ [field]: value })).toEqual([`INVALID at.${field}`]);
  });
});

test('everything out of range is reported at once', () => {
  expect(codes({ bookingInterval: 4, bufferBeforeMinutes: -1, approvalHours: 0 })).toEqual([
    'INVALID at.bookingInterval',
    'INVALID at.bufferBeforeMinutes',
    'INVALID at.approvalHours',
  ]);
});

describe('durations', () => {
  test.each([
    // On the grid in force: the tenant's, or its own.
    [{}, {}, { minDurationMinutes: 45 }, ['INVALID at.minDurationMinutes']],
    [{}, {}, { bookingInterval: 45, minDurationMinutes: 45 }, []],
    [{ bookingInterval: 45 }, {}, { maxDurationMinutes: 60 }, ['INVALID at.maxDurationMinutes']],
    [
      { bookingInterval: 45, minDurationMinutes: 45 },
      {},
      { bookingInterval: null },
      ['INVALID at.bookingInterval'],
    ],
    [{ minDurationMinutes: 60 }, {}, { bookingInterval: 45 }, ['INVALID at.bookingInterval']],
    [{ minDurationMinutes: 60 }, {}, { bookingInterval: 20 }, []],
    // The tenant's minimum is rounded up to the grid, and needs no change.
    [{}, { minDurationMinutes: 60 }, { bookingInterval: 45 }, []],
    // Not against the tenant's limits either.
    [{}, {}, { minDurationMinutes: 90, maxDurationMinutes: 60 }, ['INVALID at.maxDurationMinutes']],
    [{}, { maxDurationMinutes: 60 }, { minDurationMinutes: 90 }, ['INVALID at.minDurationMinutes']],
    [{}, { minDurationMinutes: 90 }, { maxDurationMinutes: 60 }, ['INVALID at.maxDurationMinutes']],
    [{}, { maxDurationMinutes: 60 }, { bookingInterval: 90 }, ['INVALID at.bookingInterval']],
    [{}, { maxDurationMinutes: 60 }, { minDurationMinutes: 90, maxDurationMinutes: 90 }, []],
    [
      { minDurationMinutes: 90, maxDurationMinutes: 90 },
      { maxDurationMinutes: 60 },
      { maxDurationMinutes: null },
      ['INVALID at.maxDurationMinutes'],
    ],
    // What the tenant changed since does not prevent other changes.
    [{ minDurationMinutes: 60 }, { bookingInterval: 45 }, { autoConfirm: true }, []],
    [{ minDurationMinutes: 60 }, { bookingInterval: 45 }, { maxDurationMinutes: 90 }, []],
  ] as [object, object, ResourceRulesInput, string[]][])(
    'with %j of its own and %j of the tenant’s, %j gives %j',
    (stored, tenants, input, expected) => {
      expect(codes(input, stored, { ...tenant, ...tenants })).toEqual(expected);
    },
  );

  test('are not judged where the tenant’s settings changed but the input has none', () => {
    expect(codes(undefined, { minDurationMinutes: 60 }, { ...tenant, bookingInterval: 45 })).toEqual([]);
    expect(codes(null)).toEqual([]);
  });
});

const rule = (min: number, max: number) => fc.option(fc.integer({ min, max }));
const input: fc.Arbitrary<ResourceRulesInput> = fc.record(
  {
    bookingInterval: fc.option(fc.constantFrom(5, 15, 30, 60)),
    advanceBookingDays: rule(1, 730),
    minimumNoticeMinutes: rule(0, 43_200),
    minDurationMinutes: fc.option(fc.constantFrom(15, 30, 60, 90)),
    maxDurationMinutes: fc.option(fc.constantFrom(30, 60, 120)),
    bufferBeforeMinutes: rule(0, 480),
    bufferAfterMinutes: rule(0, 480),
    cancellationHours: rule(0, 720),
    autoConfirm: fc.option(fc.boolean()),
    approvalHours: rule(1, 720),
  },
  { requiredKeys: [] },
);

test('what is accepted reads back equal, and keeps the rest', () => {
  fc.assert(
    fc.property(input, input, (first, second) => {
      fc.pre(ruleRefusals({}, first, tenant, []).length === 0);
      const stored = JSON.parse(JSON.stringify(withRules({}, first)));
      expect(rulesOf(stored)).toEqual({ ...NO_OWN_RULES, ...first });
      fc.pre(ruleRefusals(stored, second, tenant, []).length === 0);
      const after = rulesOf(JSON.parse(JSON.stringify(withRules(stored, second))));
      expect(after).toEqual({ ...NO_OWN_RULES, ...first, ...second });
    }),
  );
});
