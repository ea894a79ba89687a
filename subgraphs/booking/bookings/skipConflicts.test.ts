import { refusal, type UserErrorCode } from '@libs/outcome/outcome';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { withoutRefused } from './skipConflicts.ts';

const occurrences = Array.from({ length: 110 }, (_, day) => {
  const startTime = Temporal.Instant.from('2027-01-06T13:00Z').add({ hours: 24 * day });
  return { startTime, endTime: startTime.add({ hours: 1 }) };
});
const verdicts = (...codes: UserErrorCode[]) =>
  codes.map((code) => ({ refusals: [refusal(code, 'booking.closed', null)], overridden: [] }));
const closed = Array.from({ length: 105 }, (): UserErrorCode => 'CLOSED');

describe('withoutRefused', () => {
  const judged = (isSkipping: boolean, ...codes: UserErrorCode[]) =>
    withoutRefused({ occurrences, byOccurrence: verdicts(...closed, ...codes), conflicts: [], isSkipping });

  it('leaves out any number of occurrences', () => {
    const { refusals, kept, skipped } = judged(true);
    expect(refusals).toEqual([]);
    expect(kept).toEqual([105, 106, 107, 108, 109]);
    expect(skipped).toHaveLength(105);
  });

  it('refuses what may not be skipped, after however many others, and names it among the first hundred', () => {
    for (const code of ['TOO_FAR_IN_ADVANCE', 'INVALID'] as const) {
      const { refusals, skipped } = judged(true, code);
      expect(refusals.map((one) => one.code)).toEqual([code, ...closed.slice(0, 99)]);
      expect(skipped).toEqual([]);
    }
    expect(judged(false, 'INVALID').refusals.map((one) => one.code)).toEqual(closed.slice(0, 100));
  });
});
