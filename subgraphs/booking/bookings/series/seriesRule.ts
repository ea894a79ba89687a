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
    localStart: series.frequency === 'MONTHLY' ? onDay(localStart, named.day) : localStart,
    endDate: endDate && Temporal.Instant.compare(endDate, last) < 0 ? last : endDate,
    count: series.count,
    ...movedDays(rule, days),
  };
}

const WEEK = DAYS_OF_WEEK.length;
const movedDay = (day: DayOfWeek, days: number): DayOfWeek =>
  DAYS_OF_WEEK[(((DAYS_OF_WEEK.indexOf(day) + days) % WEEK) + WEEK) % WEEK]!;

/** The nearest date on this day of a month: days that move into another month land on different ones. */
function onDay(local: Temporal.PlainDateTime, day: number): Temporal.PlainDateTime {
  const distance = (one: Temporal.PlainDateTime) => Math.abs(local.until(one).total('hours'));
  const [nearest] = [-1, 0, 1]
    .map((months) => local.with({ day: 1 }).add({ months }))
    .filter((month) => day <= month.daysInMonth)
    .map((month) => month.with({ day }))
    .toSorted((a, b) => distance(a) - distance(b));
  return nearest!;
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

/** Where the rule continues after `last`, without `taken`; one more than MAX_OCCURRENCES at most. */
export function ruleStartsAfter(
  series: SeriesRow,
  last: Temporal.Instant,
  {
    zone,
    endDate,
    count,
    taken,
  }: {
    zone: string;
    endDate: Temporal.Instant | null;
    count: number | null;
    taken: readonly Temporal.Instant[];
  },
): RuleStart[] {
  const rule = { ...series, ...ruleIn(series, zone) };
  const left = new Set(rule.exceptDates);
  const used = new Set(taken.map(({ epochMilliseconds }) => epochMilliseconds));
  const until = endDate ? localOf(endDate, zone) : LAST_LOCAL;
  const lastDate = localOf(last, zone).toPlainDate();
  const max = MAX_OCCURRENCES + 2 + left.size + used.size;
  return localStartsOf(anchorOf(series, last, zone), rule, until, max)
    .map((local): RuleStart => ({ local, startTime: toInstant(local, zone) }))
    .filter(({ local, startTime }) => {
      const { epochMilliseconds: at } = startTime;
      const isLate = endDate !== null && at > endDate.epochMilliseconds;
      const isLeftOut = left.has(local.toPlainDate().toString()) || used.has(at);
      // A date has one occurrence at most, also where `last` stands at the time of before.
      const isAfter = Temporal.PlainDate.compare(local.toPlainDate(), lastDate) > 0;
      return isAfter && !isLate && !isLeftOut;
    })
    .slice(0, count ?? MAX_OCCURRENCES + 1);
}

/** A start by the rule at or shortly before `last`, from which it counts on; its beginning, if that is later. */
function anchorOf(series: SeriesRow, last: Temporal.Instant, zone: string): Temporal.PlainDateTime {
  const local = localOf(last, zone);
  const { localStart, frequency, interval, daysOfWeek } = series;
  const isInZone = series.timezone === zone;
  const byRule = local.toPlainDate().toPlainDateTime(localStart.toPlainTime());
  // In another zone, bookings stay where they are.
  const at = isInZone ? byRule : local;
  if (frequency === 'MONTHLY') {
    const { day } = ruleIn(series, zone).localStart;
    let month = at.with({ day: 1 });
    while (day > month.daysInMonth) month = month.add({ months: interval });
    return month.with({ day });
  }
  const isOnDay = frequency !== 'WEEKLY' || daysOfWeek !== null || localStart.dayOfWeek === local.dayOfWeek;
  if (!isInZone || (isOnDay && toInstant(byRule, zone).equals(last))) return at;
  // `last` was cancelled before the series was moved.
  const step = frequency === 'WEEKLY' ? WEEK * interval : interval;
  const { days } = localStart.toPlainDate().until(local.toPlainDate(), { largestUnit: 'days' });
  return localStart.add({ days: Math.max(0, Math.floor(days / step)) * step });
}
