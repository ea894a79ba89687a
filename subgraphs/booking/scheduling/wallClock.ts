/**
 * What the wall clock shows at a booking's start and end: people come by it, also when a government changes the rules of the zone after
 * they have booked (docs/decisions/0046-the-wall-clock-of-bookings.md). Pure.
 */
import { toInstant } from '@libs/time/instants';
import { Temporal } from 'temporal-polyfill';
import { localOf } from './recurrence.ts';
import type { Occurrence } from './rules.ts';

/** Conversions by the rules of time zones. They throw RangeError for a zone that they do not know. */
export type ZoneRules = {
  localOf(instant: Temporal.Instant, zone: string): Temporal.PlainDateTime;
  toInstant(local: Temporal.PlainDateTime, zone: string): Temporal.Instant;
};

/** The rules that this process has, which are Node's. */
export const NODE_RULES: ZoneRules = { localOf, toInstant };

/** A zone may be newer than the rules. */
export function knowsZone(rules: ZoneRules, zone: string): boolean {
  try {
    rules.localOf(Temporal.Instant.fromEpochMilliseconds(0), zone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Local times in ISO 8601, as they are stored. */
export type WallClock = { localStart: string; localEnd: string; timezone: string };
/** All null: unknown. */
export type StoredWallClock = WallClock | { [Name in keyof WallClock]: WallClock[Name] | null };

export const hasWallClock = (stored: StoredWallClock): stored is WallClock =>
  stored.localStart !== null && stored.localEnd !== null && stored.timezone !== null;

/** A time that a clock change skips was moved later: that is the time that people were shown. */
export const wallClockOf = (
  { startTime, endTime }: Occurrence,
  timezone: string,
  rules: ZoneRules = NODE_RULES,
): WallClock => ({
  localStart: rules.localOf(startTime, timezone).toString(),
  localEnd: rules.localOf(endTime, timezone).toString(),
  timezone,
});

/** The wall clock of a booking after an update: what does not change keeps what the clock showed when it was set. */
export function wallClockAfter(
  row: Occurrence & StoredWallClock,
  next: Occurrence,
  timezone: string,
): StoredWallClock {
  const isStartKept = row.startTime.equals(next.startTime);
  const isEndKept = row.endTime.equals(next.endTime);
  const { localStart, localEnd } = row;
  if (isStartKept && isEndKept) return { localStart, localEnd, timezone: row.timezone };
  const anew = wallClockOf(next, timezone);
  if (row.timezone !== timezone) return anew;
  return {
    localStart: (isStartKept && localStart) || anew.localStart,
    localEnd: (isEndKept && localEnd) || anew.localEnd,
    timezone,
  };
}

/** An instant at which the clock shows `local`: the given one if it still does, also in a repeated hour. */
function instantShowing(
  local: Temporal.PlainDateTime,
  given: Temporal.Instant,
  zone: string,
  rules: ZoneRules,
): Temporal.Instant {
  return rules.localOf(given, zone).equals(local) ? given : rules.toInstant(local, zone);
}

/** Where the wall clock has the booking by `rules`. */
export const occurrenceByWallClock = (
  { startTime, endTime }: Occurrence,
  { localStart, localEnd, timezone }: WallClock,
  rules: ZoneRules,
): Occurrence => ({
  startTime: instantShowing(Temporal.PlainDateTime.from(localStart), startTime, timezone, rules),
  endTime: instantShowing(Temporal.PlainDateTime.from(localEnd), endTime, timezone, rules),
});

export type RuleOfSeries = { localStart: Temporal.PlainDateTime; timezone: string };

/** Rules change by less; occurrences are further apart. */
const MAX_RULE_CHANGE_HOURS = 3;

/** The local start by the series' rule that is nearest to `start`; undefined if none is within MAX_RULE_CHANGE_HOURS. */
function localByRule(
  start: Temporal.Instant,
  { localStart, timezone }: RuleOfSeries,
  rules: ZoneRules,
): Temporal.PlainDateTime | undefined {
  const shown = rules.localOf(start, timezone);
  const distance = (one: Temporal.PlainDateTime) => Math.abs(shown.until(one).total('hours'));
  const [nearest] = [-1, 0, 1]
    .map((days) => shown.toPlainDate().add({ days }).toPlainDateTime(localStart.toPlainTime()))
    .toSorted((a, b) => distance(a) - distance(b));
  return distance(nearest!) <= MAX_RULE_CHANGE_HOURS ? nearest : undefined;
}

/** Where a series' rule has the start that it had at `start` by other zone rules. */
export function startByRule(
  start: Temporal.Instant,
  series: RuleOfSeries,
  rules: ZoneRules,
): Temporal.Instant {
  const local = localByRule(start, series, rules);
  return local ? instantShowing(local, start, series.timezone, rules) : start;
}

/** The wall clock of a booking from before wall clocks were kept: what its series says, or what the clock shows now. */
export function unknownWallClock(
  occurrence: Occurrence,
  zone: string,
  series: RuleOfSeries | undefined,
  rules: ZoneRules,
): WallClock {
  const now = wallClockOf(occurrence, zone, rules);
  if (series?.timezone !== zone) return now;
  const byRule = startByRule(occurrence.startTime, series, rules);
  if (byRule.equals(occurrence.startTime)) return now;
  const localStart = rules.localOf(byRule, zone);
  const moved = Temporal.PlainDateTime.from(now.localStart).until(localStart);
  const localEnd = Temporal.PlainDateTime.from(now.localEnd).add(moved);
  return { ...now, localStart: localStart.toString(), localEnd: localEnd.toString() };
}
