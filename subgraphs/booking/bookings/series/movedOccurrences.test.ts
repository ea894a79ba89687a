import { toInstant } from '@libs/time/instants';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { at } from '../../booking.fixtures.ts';
import type { Occurrence } from '../../scheduling/rules.ts';
import { moveOf, movedOccurrence, movedStart, newTimesOf, type Move } from './movedOccurrences.ts';

const zone = 'America/New_York';
const rules = { timezone: zone, bookingInterval: 30 };
/** Clocks go forward on 2027-03-14 at 02:00, and back on 2027-11-07 at 02:00. */
const local = (start: string, end: string): Occurrence => ({
  startTime: toInstant(at(start), zone),
  endTime: toInstant(at(end), zone),
});
const textOf = ({ startTime, endTime }: Occurrence): string[] =>
  [startTime, endTime].map((instant) =>
    instant.toZonedDateTimeISO(zone).toPlainDateTime().toString().slice(0, 16),
  );
const moved = (from: Occurrence, input: Parameters<typeof moveOf>[1], other: Occurrence): string[] =>
  textOf(movedOccurrence(other, moveOf(from, input, rules) as Move));

const monday = local('2027-03-08T10:00', '2027-03-08T11:00');

describe('moveOf', () => {
  it('is null if the named occurrence keeps its times, in whatever form', () => {
    expect(moveOf(monday, {}, rules)).toBeNull();
    expect(moveOf(monday, { startTime: at('2027-03-08T10:00') }, rules)).toBeNull();
    expect(moveOf(monday, monday, rules)).toBeNull();
  });

  it('counts local days and the wall clock', () => {
    const move = moveOf(
      monday,
      { startTime: at('2027-03-15T04:00Z'), endTime: at('2027-03-15T05:00Z') },
      rules,
    )!;
    expect(move.days).toBe(7);
    expect(move.time!.toString()).toBe('00:00:00');
    expect(moveOf(monday, { startTime: at('2027-03-06T10:00') }, rules)!.days).toBe(-2);
  });
});

describe('movedOccurrence', () => {
  it('goes to the same wall-clock time, with the same length', () => {
    const input = { startTime: at('2027-03-09T15:00'), endTime: at('2027-03-09T17:00') };
    const after = local('2027-03-15T10:00', '2027-03-15T11:00');
    expect(moved(monday, input, after)).toEqual(['2027-03-16T15:00', '2027-03-16T17:00']);
  });

  it('returns to the wall-clock time after a day on which the clock skips it', () => {
    const input = { startTime: at('2027-03-08T02:30'), endTime: at('2027-03-08T03:30') };
    const skipped = local('2027-03-14T10:00', '2027-03-14T11:00');
    expect(moved(monday, input, skipped)).toEqual(['2027-03-14T03:30', '2027-03-14T04:30']);
    const after = local('2027-03-15T10:00', '2027-03-15T11:00');
    expect(moved(monday, input, after)).toEqual(['2027-03-15T02:30', '2027-03-15T03:30']);
  });

  it('keeps one elapsed length, or the wall-clock time of the end where the named one spans a change of the clock', () => {
    const night = local('2027-03-12T22:00', '2027-03-13T06:00');
    const intoChange = local('2027-03-13T22:00', '2027-03-14T06:00');
    const elapsed = { startTime: at('2027-03-12T21:00'), endTime: at('2027-03-13T05:00') };
    expect(moved(night, elapsed, intoChange)).toEqual(['2027-03-13T21:00', '2027-03-14T06:00']);
    const nominal = { startTime: at('2027-03-13T21:00'), endTime: at('2027-03-14T05:00') };
    expect(moved(intoChange, nominal, night)).toEqual(['2027-03-12T21:00', '2027-03-13T05:00']);
    // The time that stays counts by the wall clock too.
    expect(moved(intoChange, { startTime: at('2027-03-13T21:00') }, night)).toEqual([
      '2027-03-12T21:00',
      '2027-03-13T06:00',
    ]);
  });

  it('counts whole days by the wall clock', () => {
    const days = { timezone: zone, bookingInterval: 1440 };
    const stay = local('2027-03-10T15:00', '2027-03-12T15:00');
    const input = { startTime: at('2027-03-11T15:00'), endTime: at('2027-03-13T15:00') };
    const move = moveOf(stay, input, days) as Move;
    const over = local('2027-03-12T15:00', '2027-03-14T15:00');
    expect(textOf(movedOccurrence(over, move))).toEqual(['2027-03-13T15:00', '2027-03-15T15:00']);
  });

  it('changes the end alone: starts stay, even on the second pass of an hour that repeats', () => {
    const second: Occurrence = {
      startTime: Temporal.Instant.from('2027-11-07T06:30:00Z'),
      endTime: Temporal.Instant.from('2027-11-07T07:00:00Z'),
    };
    const move = moveOf(monday, { endTime: at('2027-03-08T11:30') }, rules) as Move;
    const { startTime, endTime } = movedOccurrence(second, move);
    expect(startTime).toEqual(second.startTime);
    expect(startTime.until(endTime).total('minutes')).toBe(90);
    expect(movedStart(second.startTime, move)).toEqual(second.startTime);
  });
});

it('the named occurrence gets exactly the times of the input', () => {
  const startTime = Temporal.Instant.from('2027-11-07T06:30:00Z');
  expect(newTimesOf(monday, { startTime }, zone)).toEqual({ startTime, endTime: monday.endTime });
});
