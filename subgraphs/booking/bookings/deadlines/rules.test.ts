import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { isStillDue, type Due } from './rules.ts';

const at = (text: string) => Temporal.Instant.from(text);
const booking = {
  status: 'CONFIRMED' as const,
  startTime: at('2027-01-06T13:00Z'),
  endTime: at('2027-01-06T14:00Z'),
  decisionDeadline: null,
};
const rules = { reminderHours: [24], completeAutomatically: true };

describe('an approval', () => {
  const due: Due = { kind: 'APPROVAL', hours: 0, dueAt: at('2027-01-05T13:00Z') };
  const pending = { ...booking, status: 'PENDING' as const, decisionDeadline: at('2027-01-05T13:00Z') };

  test('is due from the deadline on, whatever the rules of the tenant are by then', () => {
    expect(isStillDue(due, pending, undefined, at('2027-01-05T12:59:59.999Z'))).toBe(false);
    expect(isStillDue(due, pending, undefined, at('2027-01-05T13:00Z'))).toBe(true);
    expect(isStillDue(due, pending, undefined, at('2028-01-05T13:00Z'))).toBe(true);
  });

  test('is not due of a booking that was decided', () => {
    expect(isStillDue(due, { ...pending, status: 'CANCELLED' }, rules, at('2027-01-05T13:00Z'))).toBe(false);
    expect(isStillDue(due, { ...pending, decisionDeadline: null }, rules, at('2027-01-05T13:00Z'))).toBe(
      false,
    );
  });
});

describe('a reminder', () => {
  const due: Due = { kind: 'REMINDER', hours: 24, dueAt: at('2027-01-05T13:00Z') };

  test('is due until the booking begins', () => {
    expect(isStillDue(due, booking, rules, at('2027-01-06T12:59:59.999Z'))).toBe(true);
    expect(isStillDue(due, booking, rules, at('2027-01-06T13:00Z'))).toBe(false);
  });

  test('is not due of a booking that was moved or is not CONFIRMED, nor if the tenant wants none', () => {
    const now = at('2027-01-05T13:00Z');
    expect(isStillDue(due, { ...booking, startTime: at('2027-01-06T13:30Z') }, rules, now)).toBe(false);
    expect(isStillDue(due, { ...booking, status: 'CANCELLED' }, rules, now)).toBe(false);
    expect(isStillDue(due, booking, { ...rules, reminderHours: [23] }, now)).toBe(false);
    expect(isStillDue(due, booking, undefined, now)).toBe(false);
  });
});

describe('a completion', () => {
  const due: Due = { kind: 'COMPLETION', hours: 0, dueAt: booking.endTime };

  test('is due from the end on, for 7 days', () => {
    expect(isStillDue(due, booking, rules, at('2027-01-06T13:59:59.999Z'))).toBe(false);
    expect(isStillDue(due, booking, rules, at('2027-01-06T14:00Z'))).toBe(true);
    expect(isStillDue(due, booking, rules, at('2027-01-13T14:00Z'))).toBe(true);
    expect(isStillDue(due, booking, rules, at('2027-01-13T14:00:00.001Z'))).toBe(false);
  });

  test('is not due of a booking that is not CONFIRMED, nor if the tenant does not want it', () => {
    const now = booking.endTime;
    expect(isStillDue(due, { ...booking, status: 'NO_SHOW' }, rules, now)).toBe(false);
    expect(isStillDue(due, booking, { ...rules, completeAutomatically: false }, now)).toBe(false);
  });
});
