/**
 * The grid on which bookings start, and how their length is counted on it. It goes by the wall clock of one date, in both directions
 * from workingHoursStart.
 *
 * An interval up to MAX_CLOCK_CHANGE_MINUTES counts elapsed time: a booking starts whenever the clock shows a point of the grid, on
 * both passes of an hour that repeats and never at a time that the clock skips, and lasts a multiple of the interval.
 *
 * A longer interval (a day, half a day, a shift) counts from point to point, however long that takes when the clock changes, so that
 * neither a hole nor an overlap is left. Each point is one instant, by Temporal's 'compatible': the first pass of an hour that
 * repeats, and for a time that the clock skips the end of the gap or later (docs/decisions/0030-whole-days-and-clock-changes.md).
 */
import { addDays, localDay, midnightUtc, type LocalDay, type OffsetSpan } from '@libs/time/days';
import type { LocalTime } from '@libs/time/localTimes';
import type { Span } from '@libs/time/spans';
import { epochMsAt } from '@libs/time/weekly';
import type { Temporal } from 'temporal-polyfill';
import { MAX_CLOCK_CHANGE_MINUTES } from './durations.ts';
import type { SchedulingRules } from './rules.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const DAY_SECONDS = 86_400;

type GridRules = Pick<SchedulingRules, 'timezone' | 'workingHoursStart' | 'bookingInterval'>;

/** Counts from workingHoursStart of this date. */
export type Grid = { date: Temporal.PlainDate; midnightMs: number; rules: GridRules };

export const gridOf = (date: Temporal.PlainDate, rules: GridRules): Grid => ({
  date,
  midnightMs: midnightUtc(date),
  rules,
});

/** Whether the interval counts from point to point, not in elapsed time. */
export const countsByWallClock = ({ bookingInterval }: Pick<GridRules, 'bookingInterval'>): boolean =>
  bookingInterval > MAX_CLOCK_CHANGE_MINUTES;

const stepMsOf = ({ rules }: Grid): number => rules.bookingInterval * MINUTE_MS;
const openingMsOf = ({ rules }: Grid): number => rules.workingHoursStart * SECOND_MS;

/** Called by start; without objects, because there are thousands. */
type Visit = (start: number, end: number) => void;

/** Visits every booking of `intervals` that starts within `range` on the local day. */
export function visitTimes(
  range: Span,
  { day, grid, intervals }: { day: LocalDay; grid: Grid; intervals: number },
  visit: Visit,
): void {
  const within = { start: Math.max(range.start, day.start), end: Math.min(range.end, day.end) };
  if (countsByWallClock(grid.rules)) visitPoints(within, grid, intervals, visit);
  else for (const span of day.offsets) visitElapsed(within, span, { grid, intervals }, visit);
}

/** Visits times in the part of the day with one UTC offset. */
function visitElapsed(
  within: Span,
  { start: spanStart, end: spanEnd, offsetMs }: OffsetSpan,
  { grid, intervals }: { grid: Grid; intervals: number },
  visit: Visit,
): void {
  const stepMs = stepMsOf(grid);
  const lengthMs = intervals * stepMs;
  const from = Math.max(spanStart, within.start);
  const until = Math.min(spanEnd, within.end);
  const pastGrid = modulo(from + offsetMs - grid.midnightMs - openingMsOf(grid), stepMs);
  const first = pastGrid === 0 ? from : from + stepMs - pastGrid;
  for (let start = first; start < until; start += stepMs) visit(start, start + lengthMs);
}

function visitPoints({ start: from, end: until }: Span, grid: Grid, intervals: number, visit: Visit): void {
  // Two points earlier, because clocks may have changed since the first point of the grid's date.
  const near = Math.floor((from - pointAt(0, grid)) / stepMsOf(grid)) - 2;
  for (let index = near, previous = -Infinity; ; index += 1) {
    const start = pointAt(index, grid);
    if (start >= until) return;
    if (start < from || start <= previous) continue;
    previous = start;
    visit(start, pointAfter(index, intervals, grid));
  }
}

/** The instant of a point; index 0 is workingHoursStart. */
function pointAt(index: number, { date, rules }: Grid): number {
  const seconds = rules.workingHoursStart + index * rules.bookingInterval * 60;
  const days = Math.floor(seconds / DAY_SECONDS);
  const on = days === 0 ? date : addDays(date, days);
  const day = localDay(on, rules.timezone);
  // All of a skipped day's points are where the next day starts.
  if (day.start === day.end) return day.start;
  return epochMsAt(on, (seconds - days * DAY_SECONDS) as LocalTime, rules.timezone);
}

/** The point that is `intervals` after another one; points at one instant count once. */
function pointAfter(index: number, intervals: number, grid: Grid): number {
  const start = pointAt(index, grid);
  const direct = pointAt(index + intervals, grid);
  if (direct - start === intervals * stepMsOf(grid)) return direct;
  let at = start;
  for (let next = index + 1, left = intervals; left > 0; next += 1) {
    const point = pointAt(next, grid);
    if (point <= at) continue;
    at = point;
    left -= 1;
  }
  return at;
}

/** Undefined: no point of the grid. */
function indexAt(epochMs: number, wallClockMs: number, grid: Grid): number | undefined {
  const near = Math.floor((wallClockMs - openingMsOf(grid)) / stepMsOf(grid));
  return [near, near - 1].find((index) => pointAt(index, grid) === epochMs);
}

/** `wallClockMs` since 00:00 of the grid's date. */
export function isOnGrid(epochMs: number, wallClockMs: number, grid: Grid): boolean {
  return countsByWallClock(grid.rules)
    ? indexAt(epochMs, wallClockMs, grid) !== undefined
    : (wallClockMs - openingMsOf(grid)) % stepMsOf(grid) === 0;
}

/** A time, and what the wall clock shows at its ends, since 00:00 of the grid's date. */
export type TimeOnClock = Span & { startClockMs: number; endClockMs: number };

/** The length in minutes as the grid counts it; null if a change of the clock leaves an end off the grid. */
export function minutesOf({ start, end, startClockMs, endClockMs }: TimeOnClock, grid: Grid): number | null {
  const minutes = (end - start) / MINUTE_MS;
  if (!countsByWallClock(grid.rules)) return minutes;
  const first = indexAt(start, startClockMs, grid);
  const isMoved = first !== undefined && (startClockMs - openingMsOf(grid)) % stepMsOf(grid) !== 0;
  if (endClockMs - startClockMs === end - start && !isMoved) return minutes;
  const last = indexAt(end, endClockMs, grid);
  if (first === undefined || last === undefined) return null;
  let intervals = 0;
  for (let index = first + 1, at = start; index <= last; index += 1) {
    const point = pointAt(index, grid);
    if (point <= at) continue;
    at = point;
    intervals += 1;
  }
  return intervals * grid.rules.bookingInterval;
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
