/** Tenants with random rules and bookings, in zones and at dates where clocks change. */
import type { Db } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { DAYS_OF_WEEK } from '@libs/time/days';
import type { LocalTime } from '@libs/time/localTimes';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { exampleTenant, type ExampleDirectory, type ExampleTenant } from '../booking.fixtures.ts';
import { MAX_QUEUED_WRITERS } from '../bookings/bulkhead.ts';

const ZONES = [
  'America/Sao_Paulo',
  'America/New_York',
  'America/Santiago',
  'Africa/Cairo',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'UTC',
];
/** Clock changes in these zones, and days around the example's now. */
const DATES = [
  '2027-01-04',
  '2027-01-05',
  '2027-03-14',
  '2027-04-04',
  '2027-04-30',
  '2027-09-05',
  '2027-11-07',
];

const time = (from: number, to: number): fc.Arbitrary<LocalTime> =>
  fc.integer({ min: from * 4, max: to * 4 }).map((quarter) => (quarter * 900) as LocalTime);
const hours = fc
  .tuple(time(0, 12), time(8, 24))
  .filter(([start, end]) => start < end)
  .map(([start, end]) => ({ start, end }));
export const randomTenants = fc.record({
  zone: fc.constantFrom(...ZONES),
  working: hours,
  days: fc.subarray([...DAYS_OF_WEEK], { minLength: 4 }),
  interval: fc.constantFrom(15, 20, 30, 45, 60, 90, 240),
  advance: fc.constantFrom(1, 120, 730),
  schedule: fc.option(
    fc.array(fc.record({ day: fc.constantFrom(...DAYS_OF_WEEK), range: hours }), { maxLength: 9 }),
  ),
  date: fc.constantFrom(...DATES),
  steps: fc.integer({ min: 1, max: 3 }),
  busy: fc.array(fc.tuple(fc.integer({ min: 0, max: 95 }), fc.integer({ min: 1, max: 8 })), { maxLength: 6 }),
});
export type RandomTenant = typeof randomTenants extends fc.Arbitrary<infer T> ? T : never;

/** With bookings from earlier rules, off today's grid. */
export async function prepareTenant(
  db: Db,
  directory: ExampleDirectory,
  random: RandomTenant,
): Promise<{ tenant: ExampleTenant; room: string }> {
  const tenant = exampleTenant(db, directory, {
    timezone: random.zone,
    workingHoursStart: random.working.start,
    workingHoursEnd: random.working.end,
    workingDays: random.days,
    bookingInterval: random.interval,
    advanceBookingDays: random.advance,
  });
  const schedule = random.schedule?.map(({ day, range }) => ({ day, ...range })) ?? null;
  const room = tenant.resource({ availabilitySchedule: schedule });
  const midnight = Temporal.PlainDate.from(random.date).toZonedDateTime(random.zone).epochMilliseconds;
  for (const [quarter, length] of random.busy) {
    const at = (position: number) =>
      Temporal.Instant.fromEpochMilliseconds(midnight + position * 900_000).toString();
    await db.sql`
      insert into bookings (id, tenant_id, resource_id, user_id, client_id, start_time, end_time, status, created_at, updated_at)
      values (${newId()}, ${tenant.id}, ${room}, ${newId()}, ${newId()}, ${at(quarter)}, ${at(quarter + length)}, 'PENDING', now(), now())
      on conflict do nothing`;
  }
  return { tenant, room };
}

/** As many at once as may wait for one resource. */
export async function inBatches<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += MAX_QUEUED_WRITERS)
    results.push(...(await Promise.all(items.slice(start, start + MAX_QUEUED_WRITERS).map(work))));
  return results;
}
