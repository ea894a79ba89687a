/** The rule of a series after its occurrences were moved, and what it continues with. Pure. */
import type { SeriesRow } from '@drizzle/booking/tables';
import { DAYS_OF_WEEK, type DayOfWeek } from '@libs/time/days';
import { LAST_YEAR, toInstant } from '@libs/time/instants';
import { Temporal } from 'temporal-polyfill';
import { localOf, localStartsOf, MAX_OCCURRENCES } from '../../scheduling/recurrence.ts';
import { movedLocal, type Move } from './movedOccurrences.ts';

export type SeriesRule = Pick<
  SeriesRow,
  'endDate' | 'count' | 'daysOfWeek' | 'weekStart' | 'exceptDates' | 'timezone' | 'localStart'
>;
type RuleDays = Pick<SeriesRow, 'daysOfWeek' | 'weekStart' | 'exceptDates'>;

const LAST_LOCAL = new Temporal.PlainDateTime(LAST_YEAR, 12, 31, 23, 59);

/** The start of the week moves along, or a series of every second week would get some of its days in the weeks between. */
const movedDays = ({ daysOfWeek, weekStart, exceptDates }: RuleDays, days: number): RuleDays => ({
  daysOfWeek: daysOfWeek?.map((day) => movedDay(day as DayOfWeek, days)) ?? null,
  weekStart: movedDay(weekStart, days),
  exceptDates: exceptDates?.map((date) => Temporal.PlainDate.from(date).add({ days }).toString()) ?? null,
});

/** In the tenant's zone of today, where its occurrences may have other dates. */
export function ruleIn(series: SeriesRow, zone: string): RuleDays & Pick<SeriesRow, 'localStart'> {
  const { timezone } = series;
  const localStart =
    timezone === zone ? series.localStart : localOf(toInstant(series.localStart, timezone), zone);
  const { days } = series.localStart.toPlainDate().until(localStart.toPlainDate(), { largestUnit: 'days' });
  return { localStart, ...movedDays(series, days) };
}

/** `named`: where the rule now has the named occurrence. `last`: the last start that it now has. */
export function movedRule(
  series: SeriesRow,
  move: Move,
  { named, last }: { named: Temporal.PlainDateTime; last: Temporal.Instant },
): SeriesRule {
  const { zone: timezone, days } = move;
  const rule = ruleIn(series, timezone);
  const localStart = movedLocal(rule.localStart, move);
  const endDate = series.endDate && toInstant(localOf(series.endDate, timezone).add({ days }), timezone);
  return {
    timezone,
    localStart:
      series.frequency === 'MONTHLY'
        ? monthlyStart(rule.localStart, series.interval, { from: named.subtract({ days }), to: named })
            // Another occurrence's time may differ, where the clock skipped it.
            .toPlainDateTime(localStart.toPlainTime())
        : localStart,
    endDate: endDate && Temporal.Instant.compare(endDate, last) < 0 ? last : endDate,
    count: series.count,
    ...movedDays(rule, days),
  };
}

const WEEK = DAYS_OF_WEEK.length;
const movedDay = (day: DayOfWeek, days: number): DayOfWeek =>
  DAYS_OF_WEEK[(((DAYS_OF_WEEK.indexOf(day) + days) % WEEK) + WEEK) % WEEK]!;

/** Days that move by the same number into other months land on days that differ by as many as their lengths do. */
const MAX_DRIFT_DAYS = 3;

/** Where a monthly rule begins whose occurrence at `from` is at `to`: as many periods before it as before, if that month has the day. */
function monthlyStart(
  localStart: Temporal.PlainDateTime,
  interval: number,
  { from, to }: { from: Temporal.PlainDateTime; to: Temporal.PlainDateTime },
): Temporal.PlainDate {
  const periods = periodsUntil(localStart, interval, from.toPlainDate().add({ days: MAX_DRIFT_DAYS }));
  return periodsAway(to.toPlainDate(), interval, -periods);
}

/** How many periods of a monthly rule have begun after its first. */
function periodsUntil(
  localStart: Temporal.PlainDateTime,
  interval: number,
  date: Temporal.PlainDate,
): number {
  const first = localStart.toPlainDate().with({ day: 1 });
  const { months } = first.until(date.with({ day: 1 }), { largestUnit: 'months' });
  return Math.max(0, Math.floor((date.day < localStart.day ? months - 1 : months) / interval));
}

/** The same day so many periods later (or earlier, if negative), or where that month lacks it, in the nearest period on the way that has it. */
function periodsAway(date: Temporal.PlainDate, interval: number, periods: number): Temporal.PlainDate {
  const after = (count: number) => date.add({ months: count * interval });
  let count = periods;
  while (after(count).day !== date.day) count -= Math.sign(count);
  return after(count);
}

/** How many occurrences the rule has before `start`; at least one. */
export function countBefore(series: SeriesRow, start: Temporal.Instant, zone: string): number {
  const before = localOf(start, zone);
  const rule = { ...series, ...ruleIn(series, zone) };
  const left = new Set(rule.exceptDates);
  const max = (series.count ?? MAX_OCCURRENCES) + left.size;
  const starts = localStartsOf(rule.localStart, rule, before, max).filter(
    (local) =>
      Temporal.PlainDateTime.compare(local.toPlainDate(), before.toPlainDate()) < 0 &&
      !left.has(local.toPlainDate().toString()),
  );
  return Math.max(1, starts.length);
}

export type RuleStart = { local: Temporal.PlainDateTime; startTime: Temporal.Instant };

/**
 * Where the rule continues after `last`, without `taken`; one more than MAX_OCCURRENCES at most. `isFollowing`: whether `last` has moved
 * with the series, as one that was cancelled may not have.
 */
export function ruleStartsAfter(
  series: SeriesRow,
  last: Temporal.Instant,
  {
    zone,
    endDate,
    count,
    taken,
    isFollowing = true,
  }: {
    zone: string;
    endDate: Temporal.Instant | null;
    count: number | null;
    taken: readonly Temporal.Instant[];
    isFollowing?: boolean;
  },
): RuleStart[] {
  const rule = { ...series, ...ruleIn(series, zone) };
  const left = new Set(rule.exceptDates);
  const used = new Set(taken.map(({ epochMilliseconds }) => epochMilliseconds));
  const until = endDate ? localOf(endDate, zone) : LAST_LOCAL;
  const local = localOf(last, zone);
  // Monthly occurrences of the 28th that move by three days, for instance, are on 31 January, 1 May and 31 July. By the day of the one in May, the
  // rule has 1 February, 1 May and 1 August: the one on 31 July is August's, so every third month goes on with 1 November.
  const drift = rule.frequency === 'MONTHLY' && isFollowing ? MAX_DRIFT_DAYS : 0;
  const covered = local.add({ days: drift });
  const anchor = anchorOf(rule, covered, { isInZone: series.timezone === zone, isFollowing });
  const max = MAX_OCCURRENCES + 1 + WEEK + left.size + used.size;
  return localStartsOf(anchor, rule, until, max)
    .map((start): RuleStart => ({ local: start, startTime: toInstant(start, zone) }))
    .filter((start) => {
      const { epochMilliseconds: at } = start.startTime;
      const date = start.local.toPlainDate();
      const isLate = endDate !== null && at > endDate.epochMilliseconds;
      const isLeftOut = left.has(date.toString()) || used.has(at);
      // A date has one occurrence at most, also where `last` stands at the time of before.
      const isAfter = Temporal.PlainDate.compare(date, covered.toPlainDate()) > 0;
      return isAfter && !isLate && !isLeftOut;
    })
    .slice(0, count ?? MAX_OCCURRENCES + 1);
}

type CountedRule = Pick<SeriesRow, 'frequency' | 'interval' | 'localStart'> & RuleDays;

/**
 * Where the rule continues counting: from `local` where that is in one of its periods, else from the last start before it, and from its beginning if
 * that is later. `isInZone`: in another zone than the series', bookings stay where they are.
 */
function anchorOf(
  rule: CountedRule,
  local: Temporal.PlainDateTime,
  { isInZone, isFollowing }: { isInZone: boolean; isFollowing: boolean },
): Temporal.PlainDateTime {
  const { frequency, interval, localStart } = rule;
  const time = (isInZone ? localStart : local).toPlainTime();
  if (frequency === 'MONTHLY') {
    const periods = periodsUntil(localStart, interval, local.toPlainDate());
    return periodsAway(localStart.toPlainDate(), interval, periods).toPlainDateTime(time);
  }
  const days = daysUntil(localStart, local, isInZone);
  if (days < 0) return localStart;
  const step = frequency === 'WEEKLY' ? WEEK * interval : interval;
  // With days of the week, any day of a week stands for it, and the week of what follows the series is one of its weeks.
  const isOfWeek = frequency === 'WEEKLY' && rule.daysOfWeek !== null;
  const sinceWeekStart = isOfWeek ? dayOfWeekIn(rule, localStart) : 0;
  const isInPeriod = isOfWeek ? isFollowing || (days + sinceWeekStart) % step < WEEK : days % step === 0;
  if (isInPeriod) return local.toPlainDate().toPlainDateTime(time);
  return localStart.add({ days: Math.floor(days / step) * step });
}

/** In another zone, a start may fall on the other side of midnight by an hour or two. */
const daysUntil = (
  localStart: Temporal.PlainDateTime,
  local: Temporal.PlainDateTime,
  isInZone: boolean,
): number =>
  isInZone
    ? localStart.toPlainDate().until(local.toPlainDate(), { largestUnit: 'days' }).days
    : Math.round(localStart.until(local).total('days'));

/** Days since the rule's week began. */
const dayOfWeekIn = ({ weekStart }: RuleDays, { dayOfWeek }: Temporal.PlainDateTime): number =>
  (dayOfWeek - 1 - DAYS_OF_WEEK.indexOf(weekStart as DayOfWeek) + WEEK) % WEEK;
