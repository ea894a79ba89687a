/** Tenants with random rules, hours, closures and bookings, in zones and at dates where clocks change. */
import { withAllocations } from '@drizzle/booking/allocations.fixtures';
import type { Db } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { NO_OWN_RULES } from '@libs/directory/bookingRules';
import { DAYS_OF_WEEK } from '@libs/time/days';
import type { LocalTime } from '@libs/time/localTimes';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { exampleTenant, valueOf, type ExampleDirectory, type ExampleTenant } from '../booking.fixtures.ts';
import { createBooking } from '../bookings/createBooking.ts';
import { createClosures } from '../closures/createClosures.ts';
import { createHold } from '../holds/createHold.ts';
import type { Occurrence } from '../scheduling/rules.ts';

/** Days in a request. */
export const DAYS = 7;
const DAY_SECONDS = 86_400;
const DAY_MINUTES = 1_440;

const ZONES = [
  'America/Sao_Paulo',
  'America/New_York',
  'America/Santiago',
  'Africa/Cairo',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'Antarctica/Troll',
  'UTC',
];
/** Clock changes in these zones, and days without. */
const DATES = [
  '2027-01-05',
  '2027-03-14',
  '2027-03-28',
  '2027-04-04',
  '2027-04-30',
  '2027-09-05',
  '2027-11-07',
];

const time = (from: number, to: number): fc.Arbitrary<LocalTime> =>
  fc.integer({ min: from * 4, max: to * 4 }).map((quarter) => (quarter * 900) as LocalTime);
const dayHours = fc
  .tuple(time(0, 12), time(8, 24))
  .filter(([start, end]) => start < end)
  .map(([start, end]) => ({ start, end }));
/** They end on the next date, for tenants that are open overnight. */
const nightHours = fc.tuple(time(16, 23), time(0, 7)).map(([start, end]) => ({ start, end }));
const wholeDay = fc.constant({ start: 0 as LocalTime, end: DAY_SECONDS as LocalTime });
const hours = fc.oneof(
  { arbitrary: dayHours, weight: 3 },
  { arbitrary: wholeDay, weight: 1 },
  { arbitrary: nightHours, weight: 2 },
);
type Hours = typeof hours extends fc.Arbitrary<infer T> ? T : never;
/** A morning and an afternoon. */
const twoRanges = fc.tuple(time(0, 5), time(6, 11), time(12, 17), time(18, 24)).map(([a, b, c, d]) => [
  { start: a, end: b },
  { start: c, end: d },
]);
const rangesOfDate: fc.Arbitrary<Hours[]> = fc.oneof(
  fc.constant<Hours[]>([]),
  twoRanges,
  hours.map((one) => [one]),
);
const weekly = fc.array(fc.record({ day: fc.constantFrom(...DAYS_OF_WEEK), range: hours }), { maxLength: 9 });
/** By days from the first date. */
const dated = <T>(of: fc.Arbitrary<T>, maxLength = 3) =>
  fc.uniqueArray(fc.record({ at: fc.integer({ min: -1, max: DAYS + 1 }), of }), {
    maxLength,
    selector: ({ at }) => at,
  });

const parts = {
  zone: fc.constantFrom(...ZONES),
  date: fc.constantFrom(...DATES),
  /** What the clock shows, in minutes from the first date's midnight. */
  nowAfter: fc.oneof(
    fc.integer({ min: -2 * DAY_MINUTES, max: 0 }),
    fc.integer({ min: 0, max: 2 * DAY_MINUTES }),
  ),
  working: hours,
  days: fc.subarray([...DAYS_OF_WEEK], { minLength: 4 }),
  overnight: fc.boolean(),
  interval: fc.constantFrom<number[]>(15, 20, 30, 45, 60, 90, 240),
  minIntervals: fc.constantFrom<number[]>(1, 1, 1, 2),
  maxIntervals: fc.constantFrom<(number | null)[]>(null, null, null, 3),
  /** Null: the default. */
  intervals: fc.option(fc.integer({ min: 1, max: 3 })),
  advance: fc.constantFrom<number[]>(1, 4, 730, 730),
  notice: fc.constantFrom<number[]>(0, 0, 90, 2 * DAY_MINUTES),
  bufferBefore: fc.constantFrom(0, 0, 10, 45),
  bufferAfter: fc.constantFrom(0, 0, 5, 120),
  ownRules: fc.boolean(),
  special: dated(rangesOfDate),
  overrides: dated(rangesOfDate),
  season: fc.option(weekly, { freq: 2 }),
  schedule: fc.option(weekly, { freq: 2 }),
  closures: dated(
    fc.record({ hours: fc.option(dayHours), of: fc.constantFrom('all', 'resource', 'category') }),
  ),
  mode: fc.constantFrom('EXCLUSIVE' as const, 'SHARED' as const, 'SESSION' as const),
  capacity: fc.integer({ min: 1, max: 5 }),
  seats: fc.constantFrom(1, 1, 2, 3, 6),
  /** Off today's grid, from earlier rules: quarters of an hour from midnight. */
  busy: fc.array(fc.tuple(fc.integer({ min: 0, max: 95 }), fc.integer({ min: 1, max: 8 })), { maxLength: 4 }),
  /** Positions among the available slots, with seats; booked, or held. */
  taken: fc.array(
    fc.record({ position: fc.nat(), seats: fc.integer({ min: 1, max: 3 }), isHold: fc.boolean() }),
    { maxLength: 8 },
  ),
};
const anyTenant = fc.record(parts);
export type RandomTenant = typeof anyTenant extends fc.Arbitrary<infer T> ? T : never;

/** Open day and night where clocks change within a week from the date. */
const openAtClockChange = fc
  .tuple(
    anyTenant,
    fc.constantFrom(
      { zone: 'America/New_York', date: '2027-03-14' },
      { zone: 'America/New_York', date: '2027-11-07' },
      { zone: 'Australia/Lord_Howe', date: '2027-04-04' },
      { zone: 'America/Santiago', date: '2027-04-02' },
    ),
    wholeDay,
  )
  .map(([random, change, working]) => ({
    ...random,
    ...change,
    working,
    days: [...DAYS_OF_WEEK],
    ...{ schedule: null, season: null, advance: 730, notice: 0, nowAfter: -DAY_MINUTES },
  }));
/** Rented for days. */
const byDays = fc
  .tuple(anyTenant, fc.integer({ min: 1, max: 4 }), wholeDay)
  .map(([random, min, working]) => ({
    ...random,
    working,
    days: [...DAYS_OF_WEEK],
    ...{ overnight: true, interval: DAY_MINUTES, minIntervals: min, maxIntervals: null, intervals: null },
    ...{ schedule: null, season: null, advance: 730 },
  }));
export const randomTenants = fc
  .oneof(
    { arbitrary: anyTenant, weight: 3 },
    { arbitrary: openAtClockChange, weight: 2 },
    { arbitrary: byDays, weight: 1 },
  )
  // Without `overnight`, tenants and resources refuse hours that end on the next date.
  .map((random) => (random.overnight ? random : withinDays(random)));

function withinDays(random: RandomTenant): RandomTenant {
  const fits = ({ start, end }: Hours) => start < end;
  const fitting = (entries: RandomTenant['special']) =>
    entries.map(({ at, of }) => ({ at, of: of.filter(fits) }));
  const { working } = random;
  return {
    ...random,
    working: fits(working) ? working : { start: working.end, end: working.start },
    special: fitting(random.special),
    overrides: fitting(random.overrides),
    season: random.season?.filter(({ range }) => fits(range)) ?? null,
    schedule: random.schedule?.filter(({ range }) => fits(range)) ?? null,
  };
}

const flat = (ranges: NonNullable<RandomTenant['schedule']>) =>
  ranges.map(({ day, range }) => ({ day, ...range }));

export type PreparedTenant = { tenant: ExampleTenant; room: string; now: Temporal.Instant };

/** With closures, and with bookings from earlier rules. */
export async function prepareTenant(
  db: Db,
  directory: ExampleDirectory,
  random: RandomTenant,
): Promise<PreparedTenant> {
  const { interval } = random;
  const first = Temporal.PlainDate.from(random.date);
  const midnight = first.toZonedDateTime(random.zone).toInstant();
  const entries = (of: RandomTenant['special']) =>
    of.map(({ at, of: ranges }) => ({
      from: first.add({ days: at }),
      to: first.add({ days: at }),
      ranges,
      name: null,
    }));
  const rules = {
    bookingInterval: interval,
    advanceBookingDays: random.advance,
    minimumNoticeMinutes: random.notice,
    minDurationMinutes: random.minIntervals * interval,
    maxDurationMinutes: random.maxIntervals && random.maxIntervals * interval,
    bufferBeforeMinutes: random.bufferBefore,
    bufferAfterMinutes: random.bufferAfter,
  };
  const tenant = exampleTenant(db, directory, {
    timezone: random.zone,
    workingHoursStart: random.working.start,
    workingHoursEnd: random.working.end,
    workingDays: random.days,
    overnight: random.overnight,
    specialHours: entries(random.special),
    ...(random.ownRules ? {} : rules),
  });
  const category = newId();
  const room = tenant.resource({
    bookingMode: random.mode,
    capacity: random.capacity,
    category: { id: category, isActive: true },
    rules: { ...NO_OWN_RULES, ...(random.ownRules ? rules : {}) },
    availabilitySchedule: random.schedule && flat(random.schedule),
    seasons: random.season
      ? [
          {
            from: first.add({ days: 1 }),
            to: first.add({ days: 4 }),
            ranges: flat(random.season),
            name: null,
          },
        ]
      : [],
    scheduleOverrides: entries(random.overrides),
  });
  const now = midnight.add({ minutes: random.nowAfter });
  await close(tenant, random, { first, room, category });
  if (random.mode === 'EXCLUSIVE') await occupy(db, tenant, random, { midnight, room });
  return { tenant, room, now };
}

async function close(
  tenant: ExampleTenant,
  random: RandomTenant,
  { first, room, category }: { first: Temporal.PlainDate; room: string; category: string },
): Promise<void> {
  const closures = random.closures.map(({ at, of }) => ({
    name: 'Feriado',
    from: first.add({ days: at }),
    to: first.add({ days: at }),
    ...(of.hours ? { startTime: of.hours.start, endTime: of.hours.end } : {}),
    ...(of.of === 'resource' ? { resourceIds: [room] } : {}),
    ...(of.of === 'category' ? { categoryIds: [category] } : {}),
  }));
  if (closures.length > 0) valueOf(await createClosures(tenant.as(tenant.administrator()), { closures }));
}

async function occupy(
  db: Db,
  tenant: ExampleTenant,
  random: RandomTenant,
  { midnight, room }: { midnight: Temporal.Instant; room: string },
): Promise<void> {
  for (const [quarter, length] of random.busy) {
    const at = (position: number) => midnight.add({ minutes: 15 * position }).toString();
    await withAllocations(
      db.sql,
      db.sql`
        insert into bookings (id, tenant_id, resource_id, user_id, client_id, start_time, end_time, status, created_at, updated_at)
        select ${newId()}, ${tenant.id}, ${room}, ${newId()}, ${newId()}, ${at(quarter)}::timestamptz, ${at(quarter + length)}::timestamptz,
               'PENDING', now(), now()
        where not exists (
          select 1 from allocations
          where resource_id = ${room} and occupied && tstzrange(${at(quarter)}::timestamptz, ${at(quarter + length)}::timestamptz)
        )`,
    );
  }
}

/** Books and holds some of the available slots, as clients do; refusals of those that overlap are no matter. */
export async function takeSome(
  { tenant, room, now }: PreparedTenant,
  { taken }: RandomTenant,
  available: readonly Occurrence[],
): Promise<void> {
  if (available.length === 0) return;
  for (const { position, seats, isHold } of taken) {
    const { startTime, endTime } = available[position % available.length]!;
    const input = { resourceId: room, startTime, endTime, seats };
    const ctx = tenant.as(tenant.user(), { now });
    await (isHold ? createHold(ctx, input) : createBooking(ctx, input));
  }
}

/** For `availability`: as a client asks for slots. */
export const requestOf = ({ date, interval, intervals, seats }: RandomTenant) => ({
  from: Temporal.PlainDate.from(date),
  to: Temporal.PlainDate.from(date).add({ days: DAYS - 1 }),
  durationMinutes: intervals && intervals * interval,
  seats,
});
