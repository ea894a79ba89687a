import { expect, test } from 'vitest';
import { exampleContext, timeOf, weeklyRange } from '../scheduling/scheduling.fixtures.ts';
import { MAX_BROKEN_RULES, type Occurrence } from '../scheduling/rules.ts';
import { judgeOccurrences, type Candidate } from './judgeRequest.ts';

const context = exampleContext(
  { workingDays: ['MONDAY'], advanceBookingDays: 30 },
  { schedule: [weeklyRange('MONDAY 08:00-12:00')] },
);
const candidate: Candidate = {
  wanted: { resourceId: 'court', seats: 1, position: null },
  resource: undefined,
  context,
};
const refusalsOf = (occurrences: readonly Occurrence[], options?: { isComplete: boolean }) =>
  judgeOccurrences([candidate], occurrences, new Set(), options).flatMap(({ refusals }) => refusals);

/** It breaks five rules. */
const far = timeOf('2027-06-01T19:10', '2027-06-01T19:55', context);
const occurrences = Array<Occurrence>(365).fill(far);

test('the broken rules of a series are limited to MAX_BROKEN_RULES', () => {
  expect(refusalsOf(occurrences)).toHaveLength(MAX_BROKEN_RULES);
});

test('all broken rules of a series are found where its conflicts are skipped', () => {
  expect(refusalsOf(occurrences, { isComplete: true })).toHaveLength(5 * occurrences.length);
});

test('the broken rules of a series whose time is malformed are reported once', () => {
  const wrong = timeOf('2027-01-11T10:00', '2027-01-11T09:00', context);
  expect(refusalsOf([wrong, wrong, wrong])).toHaveLength(1);
});
