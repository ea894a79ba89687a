/**
 * An oracle for special hours, seasons, overrides, closures and `overnight` that shares no code with the rules: it follows the wall
 * clock every five minutes. Ranges begin and end outside of gaps and overlaps, which hours.test.ts covers by examples.
 */
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { expect, it } from 'vitest';
import { DAYS_OF_WEEK, type DayOfWeek } from '@libs/time/days';
import { END_OF_DAY, START_OF_DAY, type LocalTime } from '@libs/time/localTimes';
import { exampleContext } from './scheduling.fixtures.ts';
import { brokenRules, type Occurrence, type SchedulingContext } from './rules.ts';

const TICK_MINUTES = 5;
const MINUTES_A_DAY = 1440;
/** For a busy machine. */
const TIMEOUT_MS = 240_000;

type Range = { start: LocalTime; end: LocalTime };
type Dated = { from: Temporal.PlainDate; to: Temporal.PlainDate };

const isOn = (date: Temporal.PlainDate, { from, to }: Dated) =>
  Temporal.PlainDate.compare(from, date) <= 0 && Temporal.PlainDate.compare(date, to) <= 0;
const nameOf = (date: Temporal.PlainDate): DayOfWeek => DAYS_OF_WEEK[date.dayOfWeek - 1]!;

function tenantRanges(date: Temporal.PlainDate, { rules }: SchedulingContext): readonly Range[] {
  const special = rules.specialHours.find((one) => isOn(date, one));
  if (special) return special.ranges;
  const hours = { start: rules.workingHoursStart, end: rules.workingHoursEnd };
  return rules.workingDays.includes(nameOf(date)) ? [hours] : [];
}

function resourceRanges(date: Temporal.PlainDate, context: SchedulingContext): readonly Range[] | null {
  const override = context.overrides.find((one) => isOn(date, one));
  if (override) return override.ranges;
  const weekly = context.seasons.find((one) => isOn(date, one))?.ranges ?? context.schedule;
  return weekly && weekly.filter(({ day }) => day === nameOf(date));
}

/** The date to which a range around the clock belongs: 0 for its own, 1 for the date before; undefined: none. */
const ageOf = (minute: number, { start, end }: Range, isOvernight: boolean): 0 | 1 | undefined => {
  const [from, to] = [start / 60, end / 60];
  if (from < to) return from <= minute && minute < to ? 0 : undefined;
  if (!isOvernight) return undefined;
  return minute >= from ? 0 : minute < to ? 1 : undefined;
};

type RangeOfDate = { date: Temporal.PlainDate; range: Range };

/** The ranges that include what the clock shows. */
function rangesAt(
  clock: Temporal.ZonedDateTime,
  context: SchedulingContext,
  rangesOn: typeof resourceRanges,
): RangeOfDate[] {
  const minute = clock.hour * 60 + clock.minute;
  return [0, 1].flatMap((age) => {
    const date = clock.toPlainDate().subtract({ days: age });
    return (rangesOn(date, context) ?? [])
      .filter((range) => ageOf(minute, range, context.rules.overnight) === age)
      .map((range) => ({ date, range }));
  });
}

/** In seconds by the clock: 24:00, or earlier if the clock skips to midnight. */
function endOfDate(date: Temporal.PlainDate, zone: string): number {
  const last = date.add({ days: 1 }).toZonedDateTime(zone).subtract({ minutes: 1 });
  return (last.hour * 60 + last.minute + 1) * 60;
}

/** Whether all ticks from `first` lie in its range, or in those in which it continues after midnight. */
function staysWithin(
  first: RangeOfDate,
  ticks: readonly Temporal.ZonedDateTime[],
  context: SchedulingContext,
): boolean {
  let current = first;
  return ticks.every((clock) => {
    const found = rangesAt(clock, context, tenantRanges);
    if (found.some((one) => one.date.equals(current.date) && one.range.start === current.range.start))
      return true;
    const continues = found.find(
      ({ date, range }) =>
        context.rules.overnight &&
        range.start === START_OF_DAY &&
        date.equals(current.date.add({ days: 1 })) &&
        (current.range.end === START_OF_DAY ||
          current.range.end >= endOfDate(current.date, clock.timeZoneId)),
    );
    if (continues) current = continues;
    return continues !== undefined;
  });
}

function isResourceOpen(clock: Temporal.ZonedDateTime, context: SchedulingContext): boolean {
  if (rangesAt(clock, context, resourceRanges).length > 0) return true;
  const date = clock.toPlainDate();
  // Only the tenant's hours bound it; a range of the date before is judged by that date.
  const isFree = (on: Temporal.PlainDate) => resourceRanges(on, context) === null;
  const tenant = rangesAt(clock, context, tenantRanges);
  if (tenant.length > 0) return tenant.some((current) => isFree(current.date));
  return isFree(date);
}

function expectedCodes(requested: Occurrence, context: SchedulingContext): string[] | undefined {
  const { rules, closures } = context;
  const start = requested.startTime.toZonedDateTimeISO(rules.timezone);
  const minutes = requested.startTime.until(requested.endTime).total('minutes');
  const ticks = Array.from({ length: minutes / TICK_MINUTES }, (_, tick) =>
    start.add({ minutes: tick * TICK_MINUTES }),
  );
  const found = rangesAt(start, context, tenantRanges);
  // Which range decides the grid is another question.
  if (found.length > 1) return undefined;
  const [current] = found;
  const from = current?.date ?? start.toPlainDate();
  const minuteOfRange = from.until(start.toPlainDate()).days * MINUTES_A_DAY + start.hour * 60 + start.minute;
  const isClosed = (clock: Temporal.ZonedDateTime) =>
    closures.some((closure) => {
      const minute = clock.hour * 60 + clock.minute;
      return (
        isOn(clock.toPlainDate(), closure) &&
        minute >= (closure.startTime ?? START_OF_DAY) / 60 &&
        minute < (closure.endTime ?? END_OF_DAY) / 60
      );
    });
  const verdicts: [string, boolean][] = [
    [
      'NOT_ON_INTERVAL',
      (minuteOfRange - rules.workingHoursStart / 60) % rules.bookingInterval !== 0 ||
        minutes % rules.bookingInterval !== 0,
    ],
    ['OUTSIDE_WORKING_HOURS', !current || !staysWithin(current, ticks, context)],
    ['RESOURCE_UNAVAILABLE', !ticks.every((clock) => isResourceOpen(clock, context))],
    ['CLOSED', ticks.some(isClosed)],
  ];
  return verdicts.filter(([, isBroken]) => isBroken).map(([code]) => code);
}

const DAYS_IN_ZONES = [
  ['America/New_York', '2027-03-14'],
  ['America/New_York', '2027-11-07'],
  ['Australia/Lord_Howe', '2027-04-04'],
  ['Africa/Cairo', '2027-04-30'],
  ['America/Nuuk', '2027-03-27'],
  ['Asia/Kathmandu', '2027-06-01'],
  ['UTC', '2027-02-28'],
] as const;

const quarter = fc.integer({ min: 4 * 4, max: 23 * 4 }).map((n) => (n * 900) as LocalTime);
const bound = (edge: LocalTime) => fc.oneof({ arbitrary: quarter, weight: 3 }, fc.constant(edge));
/** The range of a date or, with an end before its start, a night. */
const anyRange = fc.record({ start: bound(START_OF_DAY), end: bound(END_OF_DAY) });
/** Disjoint, and neither touches the other. */
const ranges = fc.oneof(
  fc.constant([]),
  anyRange.map((range) => [range]),
  fc.uniqueArray(quarter, { minLength: 4, maxLength: 4 }).map((times) => {
    const [a, b, c, d] = times.toSorted((one, other) => one - other);
    return [
      { start: a!, end: b! },
      { start: c!, end: d! },
    ];
  }),
);
const weekly = fc.array(
  fc
    .record({ day: fc.constantFrom(...DAYS_OF_WEEK), range: anyRange })
    .map(({ day, range }) => ({ day, ...range })),
  { minLength: 5, maxLength: 10 },
);
const onDate = <T>(of: fc.Arbitrary<T>) =>
  fc.record({ at: fc.integer({ min: -1, max: 1 }), days: fc.integer({ min: 0, max: 1 }), of });
const scene = fc.record({
  dayInZone: fc.constantFrom(...DAYS_IN_ZONES),
  hours: fc.oneof({ arbitrary: fc.constant({ start: START_OF_DAY, end: END_OF_DAY }), weight: 2 }, anyRange),
  overnight: fc.constantFrom(true, true, true, false),
  workingDays: fc.uniqueArray(fc.constantFrom(...DAYS_OF_WEEK), { minLength: 5 }),
  bookingInterval: fc.constantFrom(5, 5, 5, 15, 45),
  special: fc.option(onDate(ranges), { freq: 2 }),
  override: fc.option(onDate(ranges), { freq: 2 }),
  season: fc.option(onDate(weekly), { freq: 2 }),
  schedule: fc.option(weekly, { freq: 2 }),
  closure: fc.option(onDate(fc.option(fc.tuple(quarter, quarter).filter(([a, b]) => a < b))), { freq: 2 }),
  startsAfter: fc.integer({ min: -144, max: 432 }),
  lasts: fc.oneof(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 24, max: 300 })),
});

it(
  'the hours agree with an oracle that follows the wall clock every five minutes',
  () => {
    const seen: Record<string, number> = {};
    fc.assert(
      fc.property(scene, (random) => {
        const [timezone, text] = random.dayInZone;
        const date = Temporal.PlainDate.from(text);
        const { overnight, workingDays, bookingInterval, startsAfter, lasts } = random;
        const dated = <T>(one: { at: number; days: number; of: T } | null) =>
          one === null
            ? []
            : [
                {
                  from: date.add({ days: one.at }),
                  to: date.add({ days: one.at + one.days }),
                  ranges: one.of,
                },
              ];
        const context = exampleContext(
          {
            ...{ timezone, overnight, workingDays, bookingInterval },
            workingHoursStart: random.hours.start,
            workingHoursEnd: random.hours.end,
            specialHours: dated(random.special).map((one) => ({ ...one, name: null })),
          },
          {
            now: date.subtract({ days: 9 }).toZonedDateTime(timezone).toInstant(),
            schedule: random.schedule,
            seasons: dated(random.season),
            overrides: dated(random.override),
            closures: dated(random.closure).map(({ from, to, ranges: times }) => ({
              from,
              to,
              startTime: times?.[0] ?? null,
              endTime: times?.[1] ?? null,
            })),
          },
        );
        const midnight = date.toZonedDateTime(timezone);
        const startTime = midnight.add({ minutes: startsAfter * TICK_MINUTES }).toInstant();
        const requested = { startTime, endTime: startTime.add({ minutes: lasts * TICK_MINUTES }) };
        const expected = expectedCodes(requested, context);
        fc.pre(expected !== undefined);
        const codes = brokenRules(requested, context).map(({ code }) => code);
        expect([...new Set(codes)]).toEqual(expected);
        const crosses = requested.endTime.epochMilliseconds > localMidnightAfter(startTime, timezone);
        const kinds = expected!.length === 0 ? [crosses ? 'none overnight' : 'none'] : expected!;
        for (const kind of kinds) seen[kind] = (seen[kind] ?? 0) + 1;
      }),
      { numRuns: 4000 },
    );
    for (const kind of [
      'none',
      'none overnight',
      'NOT_ON_INTERVAL',
      'OUTSIDE_WORKING_HOURS',
      'RESOURCE_UNAVAILABLE',
      'CLOSED',
    ])
      expect(seen[kind] ?? 0, `${kind} of ${JSON.stringify(seen)}`).toBeGreaterThan(20);
  },
  TIMEOUT_MS,
);

const localMidnightAfter = (instant: Temporal.Instant, zone: string): number =>
  instant.toZonedDateTimeISO(zone).toPlainDate().add({ days: 1 }).toZonedDateTime(zone).epochMilliseconds;
