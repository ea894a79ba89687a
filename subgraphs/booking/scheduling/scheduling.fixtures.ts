/** For tests of the pure rules: open every day from 08:00 to 18:00, by half hours. */
import { Temporal } from 'temporal-polyfill';
import { DAYS_OF_WEEK, type DayOfWeek } from '@libs/time/days';
import { formatWithOffset, parseDateTime, toInstant } from '@libs/time/instants';
import { localTime } from '@libs/time/localTimes';
import type { Span } from '@libs/time/spans';
import type { TimeRange } from '@libs/time/timeRanges';
import type { WeeklyRange } from '@libs/time/weekly';
import type { Occupied } from './occupied.ts';
import type { Occurrence, SchedulingRules, SchedulingContext } from './rules.ts';
import { slotsOfDay, type SlotTime } from './slots.ts';

/** Its clock is fixed at 2027-01-04T12:00Z. */
export function exampleContext(
  rules: Partial<SchedulingRules> = {},
  overrides: Partial<SchedulingContext> = {},
): SchedulingContext {
  return {
    now: Temporal.Instant.from('2027-01-04T12:00:00Z'),
    rules: {
      timezone: 'America/Sao_Paulo',
      workingHoursStart: localTime('08:00'),
      workingHoursEnd: localTime('18:00'),
      workingDays: DAYS_OF_WEEK,
      bookingInterval: 30,
      advanceBookingDays: 730,
      cancellationHours: 24,
      autoConfirm: false,
      minimumNoticeMinutes: 0,
      minDurationMinutes: rules.bookingInterval ?? 30,
      maxDurationMinutes: null,
      bufferBeforeMinutes: 0,
      bufferAfterMinutes: 0,
      approvalHours: null,
      overnight: false,
      specialHours: [],
      ...rules,
    },
    schedule: null,
    seasons: [],
    overrides: [],
    closures: [],
    mode: 'EXCLUSIVE',
    capacity: 1,
    isActive: { tenant: true, category: true, resource: true },
    ...overrides,
  };
}

/** '08:00-12:00' as a range. */
export function timeRange(text: string): TimeRange {
  const [start = '', end = ''] = text.split('-');
  return { start: localTime(start), end: localTime(end) };
}

/** 'MONDAY 08:00-12:00' as a weekly range. */
export function weeklyRange(text: string): WeeklyRange {
  const [day, hours = ''] = text.split(' ');
  return { day: day as DayOfWeek, ...timeRange(hours) };
}

/** Times without an offset are in the tenant's zone. */
export function timeOf(start: string, end: string, { rules }: SchedulingContext): Occurrence {
  return {
    startTime: toInstant(parseDateTime(start)!, rules.timezone),
    endTime: toInstant(parseDateTime(end)!, rules.timezone),
  };
}

/** A slot as the API shows it. */
export type ShownSlot = Occurrence & {
  localStart: string;
  localEnd: string;
  available: boolean;
  unavailableReason: SlotTime['unavailableReason'];
};

export const shownSlot = ({
  start,
  end,
  startOffsetMs,
  endOffsetMs,
  unavailableReason,
}: SlotTime): ShownSlot => ({
  startTime: Temporal.Instant.fromEpochMilliseconds(start),
  endTime: Temporal.Instant.fromEpochMilliseconds(end),
  localStart: formatWithOffset(start, startOffsetMs),
  localEnd: formatWithOffset(end, endOffsetMs),
  available: unavailableReason === null,
  unavailableReason,
});

/** `slotsOfDay` for occupied times as instants, as the API shows it. */
export const shownSlotsOfDay = (
  date: Temporal.PlainDate,
  durationMinutes: number | null,
  context: SchedulingContext,
  busy: readonly Occurrence[],
): ShownSlot[] =>
  slotsOfDay(
    date,
    durationMinutes,
    context,
    busy.map((one) => taken(spanOf(one))),
  ).map(shownSlot);

/** What a booking of the whole resource keeps from others. */
export const taken = (span: Span, more: Partial<Occupied> = {}): Occupied => ({
  seats: null,
  session: null,
  expiresAt: null,
  ...span,
  ...more,
});

const spanOf = ({ startTime, endTime }: Occurrence) => ({
  start: startTime.epochMilliseconds,
  end: endTime.epochMilliseconds,
});
