/** slotCount, availableCount and freeRanges agree with `slots`, and `slots` with createBooking, as clients see them: over GraphQL. */
import type { Caller } from '@libs/auth/caller';
import { PASSPORT_HEADER, passports } from '@libs/auth/passport';
import { connect } from '@libs/db/connect';
import { startSubgraph } from '@libs/graphql/startSubgraph';
import { silentLog } from '@libs/telemetry/log';
import { testDatabase, testRedis } from '@libs/testing/testDatabases';
import { DAYS_OF_WEEK } from '@libs/time/days';
import type { LocalTime } from '@libs/time/localTimes';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { afterAll, expect, it } from 'vitest';
import { exampleDirectory } from '../booking.fixtures.ts';
import { instance, SECRET_KEY } from '../changes/changes.fixtures.ts';
import { contextOf } from '../context.ts';
import { exampleContext } from '../scheduling/scheduling.fixtures.ts';
import { MAX_BOOKING_MS, MINUTE_MS } from '../scheduling/rules.ts';
import { schema } from '../schema.ts';
import { inBatches, prepareTenant, randomTenants } from './randomTenants.fixtures.ts';

const RUNS = process.env['VAGA_SOAK'] ? 2_000 : 160;
const DAYS = 7;
const DAY_MS = 86_400_000;
const MIN_TENANT_DAYS = 200;
const MIN_SLOTS = 5_000;
/** Booked of each tenant's available slots, and of each tenant's unavailable ones. */
const MAX_SAMPLE = 8;

/** Clocks change while it is open, within a week from the date. */
const clockChanges = fc.constantFrom(
  { zone: 'America/New_York', date: '2027-03-14' },
  { zone: 'America/New_York', date: '2027-11-07' },
  { zone: 'Australia/Lord_Howe', date: '2027-04-04' },
  { zone: 'America/Santiago', date: '2027-04-02' },
);
const openAtClockChange = fc.tuple(randomTenants, clockChanges).map(([random, change]) => ({
  ...random,
  ...change,
  working: { start: 0 as LocalTime, end: (DAY_MS / 1_000) as LocalTime },
  days: [...DAYS_OF_WEEK],
  schedule: null,
  advance: 730 as const,
}));

const { url: databaseUrl } = await testDatabase('booking');
const { url: redisUrl } = await testRedis();
const db = connect(databaseUrl, { name: 'agreement' });
const directory = exampleDirectory();
const changes = instance({ databaseUrl, redisUrl });
const passport = passports(SECRET_KEY);
const { now } = exampleContext();
const subgraph = await startSubgraph({
  name: 'booking',
  host: '127.0.0.1',
  port: 0,
  isProduction: false,
  schema: schema(changes),
  passports: passport,
  callerOfToken: async () => ({ kind: 'anonymous' }),
  languageOfTenant: async () => 'pt-BR',
  context: (base) => contextOf({ ...base, now }, { ...directory, db, sources: directory }),
  checks: {},
  log: silentLog(),
});
afterAll(async () => {
  await subgraph.stop();
  await changes.stop();
  await db.close();
});

async function ask<T>(caller: Caller, query: string, variables: object): Promise<T> {
  const response = await fetch(subgraph.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [PASSPORT_HEADER]: await passport.mint(caller) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: T; errors?: object[] };
  expect(errors).toBeUndefined();
  return data;
}

type Times = { startTime: string; endTime: string; localStart: string; localEnd: string };
type Slot = Times & { available: boolean; unavailableReason: string | null };
type FreeRange = Times & { minutes: number; lastStart: string };
type Counts = { slotCount: number; availableCount: number };
type Day = Counts & { date: string; slots: Slot[]; freeRanges: FreeRange[] };
type Availability<T> = { _entities: [{ availability: T[] }] };

const availabilityOf = (
  selection: string,
) => `query ($resource: [_Any!]!, $from: LocalDate!, $to: LocalDate, $minutes: Int) {
  _entities(representations: $resource) { ... on Resource { availability(from: $from, to: $to, durationMinutes: $minutes) { ${selection} } } }
}`;
const TIMES = 'startTime endTime localStart localEnd';
const ALL = `date slotCount availableCount freeRanges { ${TIMES} minutes lastStart } slots { ${TIMES} available unavailableReason }`;
const WITHOUT_SLOTS = `date slotCount availableCount freeRanges { ${TIMES} minutes lastStart }`;
const BOOK =
  'mutation ($input: CreateBookingInput!) { createBooking(input: $input) { booking { id } userErrors { code } } }';

const offsetOf = (local: string): string => local.slice(-'+00:00'.length);

/** The ranges as the contract describes them, made of the slots. */
function expectedRanges(slots: readonly Slot[], intervalMs: number): FreeRange[] {
  const runs: Slot[][] = [];
  for (const [index, slot] of slots.entries()) {
    if (!slot.available) continue;
    const before = slots[index - 1];
    const isJoined =
      before?.available === true &&
      Date.parse(slot.startTime) - Date.parse(before.startTime) === intervalMs &&
      offsetOf(slot.localStart) === offsetOf(before.localStart);
    if (isJoined) runs.at(-1)!.push(slot);
    else runs.push([slot]);
  }
  return runs.map((run) => {
    const [first, last] = [run[0]!, run.at(-1)!];
    return {
      startTime: first.startTime,
      endTime: last.endTime,
      localStart: first.localStart,
      localEnd: last.localEnd,
      minutes: (Date.parse(last.endTime) - Date.parse(first.startTime)) / MINUTE_MS,
      lastStart: last.startTime,
    };
  });
}

function expectAgreement({ slots, freeRanges, slotCount, availableCount }: Day, intervalMs: number): void {
  expect(slotCount).toBe(slots.length);
  expect(availableCount).toBe(slots.filter(({ available }) => available).length);
  expect(freeRanges).toEqual(expectedRanges(slots, intervalMs));
  const starts = freeRanges.map(
    ({ startTime, lastStart }) => (Date.parse(lastStart) - Date.parse(startTime)) / intervalMs + 1,
  );
  expect(starts.reduce((sum, count) => sum + count, 0)).toBe(availableCount);
}

/** Whether nothing but a change of offset separates two ranges. */
const isSplitByClock = ({ freeRanges }: Day, intervalMs: number): boolean =>
  freeRanges.some(({ startTime }, index) => {
    const before = freeRanges[index - 1];
    return before !== undefined && Date.parse(startTime) - Date.parse(before.lastStart) === intervalMs;
  });

/** Evenly spread. */
function sampleOf<T>(items: readonly T[]): T[] {
  const step = Math.max(1, Math.ceil(items.length / MAX_SAMPLE));
  return items.filter((_, index) => index % step === 0);
}

it('agree on random tenants in random zones', { timeout: 300_000 }, async () => {
  const checked = { tenantDays: 0, slots: 0, ranges: 0, clockChanges: 0, booked: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(fc.oneof(randomTenants, openAtClockChange), async (random) => {
      const minutes = random.steps * random.interval;
      if (minutes * MINUTE_MS > MAX_BOOKING_MS) return;
      const { tenant, room } = await prepareTenant(db, directory, random);
      const caller = tenant.user();
      const variables = {
        resource: [{ __typename: 'Resource', id: room }],
        from: random.date,
        to: Temporal.PlainDate.from(random.date)
          .add({ days: DAYS - 1 })
          .toString(),
        minutes,
      };
      const [full, compact] = await Promise.all(
        [ALL, WITHOUT_SLOTS].map((selection) =>
          ask<Availability<Day>>(caller, availabilityOf(selection), variables),
        ),
      );
      const days = full!._entities[0].availability;
      expect(days).toHaveLength(DAYS);
      const intervalMs = random.interval * MINUTE_MS;
      for (const day of days) expectAgreement(day, intervalMs);
      for (const [index, day] of compact!._entities[0].availability.entries())
        expect(days[index]).toMatchObject(day);

      const slots = days.flatMap((day) => day.slots);
      const book = async ({ startTime, endTime }: Slot) => {
        const input = { resourceId: room, startTime, endTime };
        const { createBooking } = await ask<{
          createBooking: { booking: { id: string } | null; userErrors: { code: string }[] };
        }>(caller, BOOK, { input });
        return createBooking;
      };
      const closed = sampleOf(slots.filter(({ available }) => !available));
      const refusals = await inBatches(closed, book);
      for (const [index, { booking, userErrors }] of refusals.entries()) {
        expect(booking).toBeNull();
        expect(userErrors.map(({ code }) => code)).toContain(closed[index]!.unavailableReason);
      }
      // One after the other, because they may overlap.
      const free = sampleOf(slots.filter(({ available }) => available));
      for (const slot of free) {
        const { booking, userErrors } = await book(slot);
        expect(userErrors).toEqual([]);
        await db.sql`delete from bookings where id = ${booking!.id}`;
      }
      checked.tenantDays += DAYS;
      checked.slots += slots.length;
      checked.ranges += days.flatMap(({ freeRanges }) => freeRanges).length;
      checked.clockChanges += days.filter((day) => isSplitByClock(day, intervalMs)).length;
      checked.booked += free.length;
      checked.refused += closed.length;
    }),
    { numRuns: RUNS, seed: 20270105 },
  );
  expect(checked.tenantDays).toBeGreaterThanOrEqual(MIN_TENANT_DAYS);
  expect(checked.slots).toBeGreaterThanOrEqual(MIN_SLOTS);
  expect(checked.clockChanges).toBeGreaterThan(10);
  for (const kind of ['ranges', 'booked', 'refused'] as const)
    expect(checked[kind], kind).toBeGreaterThan(100);
});
