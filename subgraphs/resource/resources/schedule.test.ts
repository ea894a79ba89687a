import { END_OF_DAY, localTime } from '@libs/time/localTimes';
import { DAYS_OF_WEEK, type DayOfWeek } from '@libs/time/days';
import type { WeeklyRange } from '@libs/time/weekly';
import { describe, expect, test } from 'vitest';
import { MAX_RANGES, scheduleOf, scheduleRefusals, storedSchedule } from './schedule.ts';

const range = (start: string, end: string, day: DayOfWeek = 'MONDAY'): WeeklyRange => ({
  day,
  start: localTime(start),
  end: localTime(end),
});
const fields = (ranges: WeeklyRange[] | null | undefined, overnight = false) =>
  scheduleRefusals(ranges, ['at'], overnight).map(({ code, field }) => `${code} ${field?.join('.')}`);

describe('scheduleRefusals', () => {
  test('accepts null, an empty schedule, touching ranges, whole days, and the same hours on two days', () => {
    expect(fields(undefined)).toEqual([]);
    expect(fields(null)).toEqual([]);
    expect(fields([])).toEqual([]);
    expect(fields([range('13:00', '24:00'), range('06:00', '13:00')])).toEqual([]);
    expect(fields(DAYS_OF_WEEK.map((day) => range('00:00', '24:00', day)))).toEqual([]);
  });

  test('names each range that does not end after its start, also one that starts at 24:00', () => {
    const ranges = [range('10:00', '10:00'), range('08:00', '09:00'), range('24:00', '24:00')];
    expect(fields(ranges)).toEqual(['INVALID at.0.end', 'INVALID at.2.end']);
  });

  test('names the range that overlaps an earlier one of the same day', () => {
    expect(fields([range('08:00', '12:00'), range('14:00', '16:00'), range('11:59:59', '13:00')])).toEqual([
      'INVALID at.2',
    ]);
  });

  test('accepts with overnight an end on the next date, and no start at 24:00', () => {
    const night = [range('22:00', '04:00'), range('10:00', '10:00', 'WEDNESDAY')];
    expect(fields(night)).toEqual(['INVALID at.0.end', 'INVALID at.1.end']);
    expect(fields(night, true)).toEqual([]);
    expect(fields([range('24:00', '04:00'), range('24:00', '24:00')], true)).toEqual([
      'INVALID at.0.start',
      'INVALID at.1.start',
    ]);
    expect(
      fields(
        DAYS_OF_WEEK.map((day) => range('06:00', '06:00', day)),
        true,
      ),
    ).toEqual([]);
  });

  test('names a range that a night before it overlaps, and the other way round, also over the week’s end', () => {
    const sunday = range('22:00', '04:00', 'SUNDAY');
    expect(fields([sunday, range('03:59', '05:00')], true)).toEqual(['INVALID at.1']);
    expect(fields([range('03:59', '05:00'), sunday], true)).toEqual(['INVALID at.1']);
    expect(fields([sunday, range('04:00', '05:00')], true)).toEqual([]);
    expect(fields([range('22:00', '04:00'), range('23:00', '23:30')], true)).toEqual(['INVALID at.1']);
  });

  test('accepts a range for every half hour of the week, and no more', () => {
    const all = DAYS_OF_WEEK.flatMap((day) =>
      Array.from({ length: 48 }, (_, half) => ({
        day,
        start: (half * 1800) as WeeklyRange['start'],
        end: ((half + 1) * 1800) as WeeklyRange['end'],
      })),
    );
    expect(all).toHaveLength(MAX_RANGES);
    expect(fields(all)).toEqual([]);
    expect(fields([...all, range('00:00', '00:30')])).toEqual(['INVALID at']);
  });
});

describe('a stored schedule', () => {
  test('reads back as written, with 24:00', () => {
    const schedule = [range('06:00', '12:30:15'), { ...range('13:00', '24:00'), end: END_OF_DAY }];
    expect(storedSchedule(schedule)?.[1]).toEqual({ day: 'MONDAY', start: '13:00:00', end: '24:00:00' });
    expect(scheduleOf(storedSchedule(schedule))).toEqual(schedule);
  });

  test('distinguishes null (the tenant’s hours) from empty (never)', () => {
    expect(storedSchedule(undefined)).toBeNull();
    expect(scheduleOf(storedSchedule(null))).toBeNull();
    expect(scheduleOf(storedSchedule([]))).toEqual([]);
  });
});
