import type { SeriesRow } from '@drizzle/booking/tables';
import { toInstant } from '@libs/time/instants';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { at } from '../../booking.fixtures.ts';
import { localStartsOf } from '../../scheduling/recurrence.ts';
import type { Move } from './movedOccurrences.ts';
import { countBefore, movedRule, ruleStartsAfter } from './seriesRule.ts';

const zone = 'America/New_York';
const instant = (local: string) => toInstant(at(local), zone);
const plain = (local: string) => Temporal.PlainDateTime.from(local);

const row = (parts: Partial<SeriesRow> = {}): SeriesRow => ({
  id: 's',
  tenantId: 't',
  userId: 'u',
  clientId: 'u',
  frequency: 'WEEKLY',
  interval: 1,
  endDate: null,
  count: null,
  daysOfWeek: null,
  weekStart: 'MONDAY',
  exceptDates: null,
  timezone: zone,
  localStart: plain('2027-03-03T10:00'),
  previousId: null,
  createdAt: instant('2027-01-01T10:00'),
  ...parts,
});
const move = (days: number, time: string | null = null): Move => ({
  zone,
  days,
  time: time === null ? null : Temporal.PlainTime.from(time),
  endOf: (_, start) => start,
});

describe('movedRule', () => {
  const to = { named: plain('2027-03-04T12:00'), last: instant('2027-03-04T12:00') };

  it('moves start, days of the week, left-out dates and end by the days', () => {
    const series = row({
      daysOfWeek: ['SUNDAY', 'WEDNESDAY'],
      exceptDates: ['2027-02-28'],
      endDate: instant('2027-04-30T23:00'),
    });
    expect(movedRule(series, move(1, '12:00'), to)).toEqual({
      timezone: zone,
      localStart: plain('2027-03-04T12:00'),
      daysOfWeek: ['MONDAY', 'THURSDAY'],
      weekStart: 'TUESDAY',
      exceptDates: ['2027-03-01'],
      endDate: instant('2027-05-01T23:00'),
      count: null,
    });
    expect(movedRule(series, move(-15), to).daysOfWeek).toEqual(['SATURDAY', 'TUESDAY']);
  });

  it('never ends before the last occurrence', () => {
    const series = row({ endDate: instant('2027-03-24T10:00') });
    const last = instant('2027-03-24T15:00');
    expect(movedRule(series, move(0, '15:00'), { ...to, last }).endDate).toEqual(last);
  });

  it("continues a monthly series on the named occurrence's new day", () => {
    const monthly = row({ frequency: 'MONTHLY', localStart: plain('2027-01-28T10:00') });
    const rule = (days: number, named: string) =>
      movedRule(monthly, move(days), { ...to, named: plain(named) }).localStart.toString();
    expect(rule(2, '2027-05-30T10:00')).toBe('2027-01-30T10:00:00');
    expect(rule(1, '2027-03-01T10:00')).toBe('2027-02-01T10:00:00');
    expect(rule(-28, '2027-02-28T10:00')).toBe('2026-12-28T10:00:00');
  });

  it('keeps the months of a monthly series', () => {
    const startOf = (interval: number, start: string, days: number, named: string) =>
      movedRule(row({ frequency: 'MONTHLY', interval, localStart: plain(start) }), move(days), {
        ...to,
        named: plain(named),
      }).localStart.toString();
    expect(startOf(3, '2027-02-01T10:00', 30, '2027-05-31T10:00')).toBe('2027-05-31T10:00:00');
    expect(startOf(12, '2027-02-15T10:00', 14, '2028-02-29T10:00')).toBe('2028-02-29T10:00:00');
    expect(startOf(3, '2027-01-28T10:00', 3, '2027-05-01T10:00')).toBe('2027-02-01T10:00:00');
  });

  it('counts in the zone of the tenant, once that has changed', () => {
    const series = row({ timezone: 'America/Sao_Paulo', localStart: plain('2027-01-06T10:00') });
    const rule = movedRule(series, move(1), to);
    expect([rule.timezone, rule.localStart.toString()]).toEqual([zone, '2027-01-07T08:00:00']);
  });
});

describe('a rule of several weeks and days', () => {
  const DAYS = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'] as const;
  const localsOf = (series: SeriesRow, max: number) =>
    localStartsOf(series.localStart, series, plain('2065-01-01T00:00'), max);

  it.each([1, 2, 3])(
    'continues after a move where its continuation would have been moved to, every %i weeks',
    (interval) => {
      for (let first = 0; first < DAYS.length; first += 1) {
        const days = [DAYS[first]!, DAYS[(first + 2) % 7]!, DAYS[(first + 6) % 7]!];
        const monday = plain('2027-03-01T10:00');
        const series = row({ interval, daysOfWeek: days, localStart: monday.add({ days: first }) });
        const all = localsOf(series, 12);
        for (const by of [-9, -6, -3, -1, 1, 2, 4, 7, 8]) {
          const moved = all.map((local) => local.add({ days: by }));
          const at = (index: number) => toInstant(moved[index]!, zone);
          const rule = movedRule(series, move(by), { named: moved[0]!, last: at(5) });
          const after = ruleStartsAfter({ ...series, ...rule }, at(5), {
            ...{ zone, endDate: null, count: 6, taken: [] },
          });
          expect(after.map(({ local }) => String(local))).toEqual(moved.slice(6).map(String));
        }
      }
    },
  );

  const RULES = [1, 2, 3].flatMap((interval): Partial<SeriesRow>[] => [
    ...(['DAILY', 'WEEKLY', 'MONTHLY'] as const).map((frequency) => ({ frequency, interval })),
    { frequency: 'WEEKLY', interval, daysOfWeek: ['MONDAY', 'FRIDAY'] },
  ]);
  it.each(RULES)(
    'continues after a move by its periods, also if the last one was cancelled before: $frequency, $interval, $daysOfWeek',
    (rule) => {
      const series = row({ ...rule, localStart: plain('2027-03-01T10:00') });
      const all = localsOf(series, 6);
      for (const by of [-9, -1, 3, 7, 31, 59]) {
        const moved = all.map((local) => local.add({ days: by }));
        const last = toInstant(moved[5]!, zone);
        const next = { ...series, ...movedRule(series, move(by), { named: moved[0]!, last }) };
        const after = (start: Temporal.PlainDateTime, isFollowing: boolean) =>
          ruleStartsAfter(next, toInstant(start, zone), {
            ...{ zone, endDate: null, count: 4, taken: [], isFollowing },
          }).map(({ local }) => String(local));
        const places = localsOf(next, 60);
        expect(after(moved[5]!, true)).toEqual(places.slice(6, 10).map(String));
        const later = places.filter((local) => Temporal.PlainDateTime.compare(local, all[5]!) > 0);
        expect(after(all[5]!, false)).toEqual(later.slice(0, 4).map(String));
      }
    },
  );

  it('goes on with its days after the zone has changed, where they have other dates', () => {
    const series = row({
      timezone: 'America/Sao_Paulo',
      daysOfWeek: ['TUESDAY', 'THURSDAY'],
      interval: 2,
      localStart: plain('2027-02-02T23:00'),
    });
    const noronha = 'America/Noronha';
    const locals = localsOf(series, 8).map((local) => local.add({ hours: 1 }));
    const after = ruleStartsAfter(series, toInstant(locals[3]!, noronha), {
      ...{ zone: noronha, endDate: null, count: 4, taken: [] },
    });
    expect(after.map(({ local }) => String(local))).toEqual(locals.slice(4).map(String));
  });
});

describe('countBefore', () => {
  it('counts what the rule has, without the dates that are left out; at least one', () => {
    const series = row({ count: 10, exceptDates: ['2027-03-10'] });
    expect(countBefore(series, instant('2027-03-31T10:00'), zone)).toBe(3);
    expect(countBefore(series, instant('2027-03-03T10:00'), zone)).toBe(1);
  });
});

describe('ruleStartsAfter', () => {
  const after = (
    series: SeriesRow,
    last: string,
    parts: Partial<Parameters<typeof ruleStartsAfter>[2]> = {},
  ) =>
    ruleStartsAfter(series, instant(last), { zone, endDate: null, count: 3, taken: [], ...parts }).map(
      ({ startTime }) => startTime.toZonedDateTimeISO(zone).toPlainDateTime().toString().slice(5, 16),
    );

  it('continues with the rule, without taken and left-out places', () => {
    const series = row({ exceptDates: ['2027-03-24'] });
    const taken = [instant('2027-03-17T10:00')];
    expect(after(series, '2027-03-10T10:00', { taken })).toEqual([
      '03-31T10:00',
      '04-07T10:00',
      '04-14T10:00',
    ]);
  });

  it('ends with the end date, which is included', () => {
    const parts = { count: null, endDate: instant('2027-03-24T10:00') };
    expect(after(row(), '2027-03-10T10:00', parts)).toEqual(['03-17T10:00', '03-24T10:00']);
  });

  it('keeps to its weeks, however long ago it began', () => {
    const series = row({
      interval: 2,
      daysOfWeek: ['WEDNESDAY', 'SUNDAY'],
      localStart: plain('2007-03-07T10:00'),
    });
    expect(after(series, '2027-03-03T10:00')).toEqual(['03-07T10:00', '03-17T10:00', '03-21T10:00']);
  });

  it('skips months without the day, and returns to it', () => {
    const series = row({ frequency: 'MONTHLY', localStart: plain('2026-01-31T10:00') });
    expect(after(series, '2027-01-31T10:00')).toEqual(['03-31T10:00', '05-31T10:00', '07-31T10:00']);
  });

  it('finds the day of a month that has it, where most of its months lack it', () => {
    const leap = row({ frequency: 'MONTHLY', interval: 12, localStart: plain('2024-02-29T10:00') });
    const years = ruleStartsAfter(leap, instant('2027-03-03T10:00'), {
      ...{ zone, endDate: null, count: 2, taken: [] },
    });
    expect(years.map(({ local }) => String(local))).toEqual(['2028-02-29T10:00:00', '2032-02-29T10:00:00']);
    const yearly = row({ frequency: 'MONTHLY', interval: 12, localStart: plain('2027-03-30T10:00') });
    expect(after(yearly, '2028-02-15T10:00', { count: 1, isFollowing: false })).toEqual(['03-30T10:00']);
  });

  it('counts on by its periods in another zone, on whichever side of midnight', () => {
    const series = row({ frequency: 'DAILY', interval: 2, localStart: plain('2027-03-01T22:30') });
    const paulo = 'America/Sao_Paulo';
    const starts = (isFollowing: boolean, last: string) =>
      ruleStartsAfter(series, instant(last), {
        ...{ zone: paulo, endDate: null, count: 2, taken: [], isFollowing },
      }).map(({ local }) => String(local));
    expect(starts(true, '2027-03-15T22:30')).toEqual(['2027-03-17T23:30:00', '2027-03-19T23:30:00']);
    expect(starts(false, '2027-03-16T22:30')).toEqual(['2027-03-18T00:30:00', '2027-03-20T00:30:00']);
  });

  it('returns to the wall-clock time after the clock skipped it', () => {
    const series = row({ frequency: 'DAILY', localStart: plain('2027-03-10T02:30') });
    expect(after(series, '2027-03-14T02:30')).toEqual(['03-15T02:30', '03-16T02:30', '03-17T02:30']);
    expect(after(series, '2027-03-13T02:30', { count: 1 })).toEqual(['03-14T03:30']);
  });

  it('gives one more than can lie ahead', () => {
    expect(after(row({ frequency: 'DAILY' }), '2027-03-03T10:00', { count: null })).toHaveLength(366);
  });
});
