import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { changedRules } from './wallClock.fixtures.ts';
import {
  NODE_RULES,
  occurrenceByWallClock,
  startByRule,
  unknownWallClock,
  wallClockAfter,
  wallClockOf,
} from './wallClock.ts';

const ZONE = 'America/Sao_Paulo';
const NEW_YORK = 'America/New_York';
const instant = (text: string) => Temporal.Instant.from(text);
const local = (text: string) => Temporal.PlainDateTime.from(text);
const span = (start: string, end: string) => ({ startTime: instant(start), endTime: instant(end) });
const texts = ({ startTime, endTime }: ReturnType<typeof span>) => [startTime, endTime].map(String);

const TEN = span('2027-02-03T13:00Z', '2027-02-03T14:00Z');

describe('a booking whose zone gets other rules', () => {
  it('is where its wall clock has it', () => {
    const ahead = changedRules(ZONE, '2027-02-01T03:00Z', 60);
    expect(texts(occurrenceByWallClock(TEN, wallClockOf(TEN, ZONE), ahead))).toEqual([
      '2027-02-03T12:00:00Z',
      '2027-02-03T13:00:00Z',
    ]);
    const behind = changedRules(ZONE, '2027-02-01T03:00Z', -60);
    expect(texts(occurrenceByWallClock(TEN, wallClockOf(TEN, ZONE), behind))).toEqual([
      '2027-02-03T14:00:00Z',
      '2027-02-03T15:00:00Z',
    ]);
  });

  it('stays before the change, and in other zones', () => {
    const later = changedRules(ZONE, '2027-03-01T03:00Z', 60);
    const elsewhere = changedRules(NEW_YORK, '2027-01-01T03:00Z', 60);
    for (const rules of [later, elsewhere, NODE_RULES]) {
      expect(occurrenceByWallClock(TEN, wallClockOf(TEN, ZONE), rules)).toEqual(TEN);
    }
  });

  it('keeps the wall clock of both ends where the change lies between them', () => {
    const night = span('2027-02-01T01:00Z', '2027-02-01T11:00Z');
    const rules = changedRules(ZONE, '2027-02-01T03:00Z', 60);
    expect(texts(occurrenceByWallClock(night, wallClockOf(night, ZONE), rules))).toEqual([
      '2027-02-01T01:00:00Z',
      '2027-02-01T10:00:00Z',
    ]);
  });

  it('stays on the second pass of a repeated hour', () => {
    const second = span('2027-11-07T06:30Z', '2027-11-07T07:30Z');
    expect(occurrenceByWallClock(second, wallClockOf(second, NEW_YORK), NODE_RULES)).toEqual(second);
  });
});

describe('after an update', () => {
  const row = { ...TEN, ...wallClockOf(TEN, ZONE, changedRules(ZONE, '2027-02-01T03:00Z', 60)) };

  it('a time that stays keeps its wall clock, and a new one has its own', () => {
    expect(wallClockAfter(row, TEN, ZONE)).toEqual({
      localStart: '2027-02-03T11:00:00',
      localEnd: '2027-02-03T12:00:00',
      timezone: ZONE,
    });
    expect(wallClockAfter(row, { ...TEN, endTime: instant('2027-02-03T15:00Z') }, ZONE)).toEqual({
      localStart: '2027-02-03T11:00:00',
      localEnd: '2027-02-03T12:00:00',
      timezone: ZONE,
    });
  });

  it('in another zone, both have that zone’s', () => {
    expect(wallClockAfter(row, { ...TEN, endTime: instant('2027-02-03T15:00Z') }, 'UTC')).toEqual({
      localStart: '2027-02-03T13:00:00',
      localEnd: '2027-02-03T15:00:00',
      timezone: 'UTC',
    });
  });
});

describe('the rule of a series', () => {
  const series = { localStart: local('2027-01-06T10:00'), timezone: ZONE };
  const rules = changedRules(ZONE, '2027-02-01T03:00Z', 60);

  it('has its starts at its own time of day', () => {
    expect(String(startByRule(instant('2027-02-10T13:00Z'), series, rules))).toBe('2027-02-10T12:00:00Z');
    expect(String(startByRule(instant('2027-01-13T13:00Z'), series, rules))).toBe('2027-01-13T13:00:00Z');
  });

  it('leaves a start alone that it does not have', () => {
    expect(String(startByRule(instant('2027-02-10T20:00Z'), series, rules))).toBe('2027-02-10T20:00:00Z');
  });

  it('tells the wall clock of an occurrence without one, in its own zone', () => {
    expect(unknownWallClock(TEN, ZONE, series, rules)).toEqual(wallClockOf(TEN, ZONE));
    expect(unknownWallClock(TEN, 'UTC', series, rules)).toEqual(wallClockOf(TEN, 'UTC'));
    expect(unknownWallClock(TEN, ZONE, undefined, rules).localStart).toBe('2027-02-03T11:00:00');
  });
});
