/** Checks series in all kinds of zones against an oracle that counts days one by one. */
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { DAYS_OF_WEEK } from '@libs/time/days';
import { toInstant } from '@libs/time/instants';
import { exampleContext } from './scheduling.fixtures.ts';
import { seriesOf, type Recurrence } from './recurrence.ts';

const LENGTH_HOURS = 4;
const FORTY_ZONES = `
  Africa/Cairo Africa/Casablanca Africa/Johannesburg America/Anchorage America/Asuncion
  America/Bogota America/Chicago America/Havana America/Los_Angeles America/Mexico_City
  America/New_York America/Nuuk America/Phoenix America/Santiago America/Sao_Paulo
  America/St_Johns Antarctica/Troll Asia/Beirut Asia/Gaza Asia/Jerusalem
  Asia/Kathmandu Asia/Kolkata Asia/Tehran Asia/Tokyo Atlantic/Azores
  Australia/Adelaide Australia/Eucla Australia/Lord_Howe Australia/Sydney Europe/Berlin
  Europe/Chisinau Europe/Dublin Europe/Istanbul Europe/Lisbon Europe/London
  Pacific/Apia Pacific/Auckland Pacific/Chatham Pacific/Norfolk UTC
`
  .trim()
  .split(/\s+/);

/** Ends of months, and within every gap and overlap of the zone in 2027. */
function startsIn(zone: string): Temporal.PlainDateTime[] {
  const found = ['2027-01-29T09:00', '2027-01-30T23:30', '2027-01-31T00:00', '2028-01-31T02:15'].map((text) =>
    Temporal.PlainDateTime.from(text),
  );
  let change = Temporal.ZonedDateTime.from(`2027-01-01T00:00[${zone}]`).getTimeZoneTransition('next');
  for (; change && change.year === 2027; change = change.getTimeZoneTransition('next')) {
    const before = change.subtract({ nanoseconds: 1 });
    const jump = change.offsetNanoseconds - before.offsetNanoseconds;
    const from = jump > 0 ? before.toPlainDateTime().add({ nanoseconds: 1 }) : change.toPlainDateTime();
    const within = from.add({ minutes: 15 });
    // At the change, and before it so that daily, weekly and monthly series reach it.
    found.push(within, within.subtract({ days: 7 }), within.subtract({ months: 1 }));
  }
  return found;
}

/** Walks over every day. */
function walk(first: Temporal.PlainDate, last: Temporal.PlainDate, recurrence: Recurrence): string[] {
  const { frequency, daysOfWeek } = recurrence;
  const interval = recurrence.interval ?? 1;
  const monday = first.subtract({ days: first.dayOfWeek - 1 });
  const found: string[] = [];
  for (let date = first; Temporal.PlainDate.compare(date, last) <= 0; date = date.add({ days: 1 })) {
    const days = first.until(date).days;
    const weeks = Math.floor(monday.until(date).days / 7);
    const months = (date.year - first.year) * 12 + date.month - first.month;
    const isNamed = daysOfWeek ? daysOfWeek.includes(DAYS_OF_WEEK[date.dayOfWeek - 1]!) : days % 7 === 0;
    const isDue = {
      DAILY: days % interval === 0,
      WEEKLY: isNamed && weeks % interval === 0,
      MONTHLY: date.day === first.day && months % interval === 0,
    };
    if (isDue[frequency]) found.push(date.toString());
  }
  return found;
}

/** Long enough to reach the clock change. */
const RUNS_FOR_DAYS = { DAILY: 45, WEEKLY: 100, MONTHLY: 400 };

describe('a series keeps its wall-clock time outside gaps, and repeats or misses no occurrence,', () => {
  expect(new Set(FORTY_ZONES).size).toBe(40);
  const kinds: Recurrence[] = [
    { frequency: 'DAILY', interval: 1 },
    { frequency: 'DAILY', interval: 3 },
    { frequency: 'WEEKLY', interval: 1 },
    { frequency: 'WEEKLY', interval: 2, daysOfWeek: ['MONDAY', 'THURSDAY', 'SUNDAY'] },
    { frequency: 'MONTHLY', interval: 1 },
    { frequency: 'MONTHLY', interval: 5 },
  ];
  it.each(FORTY_ZONES)('in %s', (timezone) => {
    const context = exampleContext({ timezone });
    for (const startTime of startsIn(timezone)) {
      for (const kind of kinds) {
        const recurrence = {
          ...kind,
          endDate: startTime.add({ days: RUNS_FOR_DAYS[kind.frequency] }),
        };
        const outcome = seriesOf(
          { startTime, endTime: startTime.add({ hours: LENGTH_HOURS }) },
          recurrence,
          context,
        );
        if (!outcome.ok) throw new Error(`${timezone} ${startTime.toString()} refused`);
        const { localStart, occurrences } = outcome.value;
        expect(localStart.toPlainTime().equals(startTime.toPlainTime())).toBe(true);
        const clocks = occurrences.map((occurrence) => occurrence.startTime.toZonedDateTimeISO(timezone));

        // A gap may move a start past midnight, so compare intended dates.
        const meant = walk(localStart.toPlainDate(), recurrence.endDate.toPlainDate(), kind);
        expect(clocks).toHaveLength(meant.length);
        clocks.forEach((clock, index) => {
          const local = Temporal.PlainDate.from(meant[index]!).toPlainDateTime(startTime.toPlainTime());
          if (clock.toPlainDateTime().equals(local)) return;
          // Otherwise the time was in a gap, and moved by exactly the gap.
          const later = local.toZonedDateTime(timezone, { disambiguation: 'later' });
          const earlier = local.toZonedDateTime(timezone, { disambiguation: 'earlier' });
          expect(later.toPlainDateTime().equals(local) || earlier.toPlainDateTime().equals(local)).toBe(
            false,
          );
          expect(local.until(clock.toPlainDateTime()).total('minutes')).toBe(
            (later.offsetNanoseconds - earlier.offsetNanoseconds) / 60e9,
          );
        });

        const instants = occurrences.map((occurrence) => occurrence.startTime.epochMilliseconds);
        expect(instants.every((instant, index) => index === 0 || instant > instants[index - 1]!)).toBe(true);
        const lengths = occurrences.map(({ startTime: from, endTime }) =>
          from.until(endTime).total('minutes'),
        );
        // Where the first one is as long as its wall clock says, all have its length; else all keep both ends on the wall clock.
        if (lengths[0] === LENGTH_HOURS * 60) {
          expect(new Set(lengths).size).toBe(1);
          continue;
        }
        const ends = meant.map((date) =>
          toInstant(
            Temporal.PlainDate.from(date)
              .toPlainDateTime(startTime.toPlainTime())
              .add({ hours: LENGTH_HOURS }),
            timezone,
          ),
        );
        expect(occurrences.map(({ endTime }) => endTime.toString())).toEqual(ends.map(String));
      }
    }
  });
});
