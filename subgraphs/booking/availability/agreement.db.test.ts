/** slotCount, availableCount and freeRanges agree with `slots`, and some of `slots` with createBooking, as clients see them: over GraphQL. */
import { gatewayPassports } from '@libs/testing/passports';
import type { Caller } from '@libs/auth/caller';
import { PASSPORT_HEADER } from '@libs/auth/passport';
import { connect } from '@libs/db/connect';
import { startSubgraph } from '@libs/graphql/startSubgraph';
import { silentLog } from '@libs/telemetry/log';
import { testDatabase, testRedis } from '@libs/testing/testDatabases';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { afterAll, expect, it } from 'vitest';
import { exampleDirectory, nothingLive } from '../booking.fixtures.ts';
import { instance, SECRET_KEY } from '../changes/changes.fixtures.ts';
import { contextOf } from '../context.ts';
import { MINUTE_MS } from '../scheduling/rules.ts';
import { shownSlot } from '../scheduling/scheduling.fixtures.ts';
import { schema } from '../schema.ts';
import { availability } from './reads.ts';
import {
  DAYS,
  prepareTenant,
  randomTenants,
  requestOf,
  takeSome,
  type RandomTenant,
} from './randomTenants.fixtures.ts';

const RUNS = process.env['VAGA_SOAK'] ? 2_000 : 160;
const MIN_TENANT_DAYS = 200;
const MIN_SLOTS = 5_000;
/** Booked of each tenant's available slots, and of each tenant's unavailable ones. */
const MAX_SAMPLE = 3;

const { url: databaseUrl } = await testDatabase('booking');
const { url: redisUrl } = await testRedis();
const db = connect(databaseUrl, { name: 'agreement' });
const directory = exampleDirectory();
const changes = instance({ databaseUrl, redisUrl });
const passport = gatewayPassports(SECRET_KEY, 'booking');
/** The time for the tenant that is looked at. */
let now = Temporal.Instant.fromEpochMilliseconds(0);
const subgraph = await startSubgraph({
  name: 'booking',
  host: '127.0.0.1',
  port: 0,
  isProduction: false,
  schema: schema(changes, nothingLive),
  passports: passport.accepted,
  callerOfClient: async () => ({ kind: 'anonymous' }),
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
type Slot = Times & {
  available: boolean;
  unavailableReason: string | null;
  totalSeats: number;
  remainingSeats: number;
  bookableUntil: string;
  heldUntil: string | null;
};
type FreeRange = Times & { minutes: number; lastStart: string; remainingSeats: number };
type Counts = { slotCount: number; availableCount: number };
type Day = Counts & { date: string; slots: Slot[]; freeRanges: FreeRange[] };
type Availability<T> = { _entities: [{ availability: T[] }] };

const availabilityOf = (
  selection: string,
) => `query ($resource: [_Any!]!, $from: LocalDate!, $to: LocalDate, $durationMinutes: Int, $seats: Int) {
  _entities(representations: $resource) { ... on Resource { availability(from: $from, to: $to, durationMinutes: $durationMinutes, seats: $seats) { ${selection} } } }
}`;
const TIMES = 'startTime endTime localStart localEnd';
const WITHOUT_SLOTS = `date slotCount availableCount freeRanges { ${TIMES} minutes lastStart remainingSeats }`;
const ALL = `${WITHOUT_SLOTS} slots {
  ${TIMES} available unavailableReason totalSeats remainingSeats bookableUntil heldUntil
}`;
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
      remainingSeats: Math.min(...run.map(({ remainingSeats }) => remainingSeats)),
    };
  });
}

function expectAgreement(
  { slots, freeRanges, slotCount, availableCount }: Day,
  { interval, notice, mode, capacity, seats }: RandomTenant,
): void {
  const intervalMs = interval * MINUTE_MS;
  expect(slotCount).toBe(slots.length);
  expect(availableCount).toBe(slots.filter(({ available }) => available).length);
  expect(freeRanges).toEqual(expectedRanges(slots, intervalMs));
  const total = mode === 'EXCLUSIVE' ? 1 : capacity;
  for (const slot of slots) {
    const { startTime, available, unavailableReason, totalSeats, remainingSeats } = slot;
    expect(totalSeats).toBe(total);
    expect(available).toBe(unavailableReason === null);
    expect(Date.parse(slot.bookableUntil)).toBe(Date.parse(startTime) - notice * MINUTE_MS);
    expect(remainingSeats).toBeLessThanOrEqual(total);
    if (available) expect(remainingSeats).toBeGreaterThanOrEqual(mode === 'EXCLUSIVE' ? 1 : seats);
    if (unavailableReason === 'CONFLICT') expect(remainingSeats).toBeLessThan(seats);
    else expect(slot.heldUntil).toBeNull();
    if (slot.heldUntil !== null) expect(Date.parse(slot.heldUntil)).toBeGreaterThan(now.epochMilliseconds);
  }
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
    fc.asyncProperty(randomTenants, async (random) => {
      const prepared = await prepareTenant(db, directory, random);
      const { tenant, room } = prepared;
      now = prepared.now;
      const request = requestOf(random);
      const free = (
        await availability(tenant.as(tenant.user(), { now }), room, { ...request, seats: 1 })
      ).flatMap((day) => day.slots.map(shownSlot).filter(({ available }) => available));
      await takeSome(prepared, random, free);
      const { from, to, durationMinutes, seats } = request;
      const variables = {
        resource: [{ __typename: 'Resource', id: room }],
        ...{ from: from.toString(), to: to.toString(), durationMinutes, seats },
      };
      const caller = tenant.user();
      const [full, compact] = await Promise.all(
        [ALL, WITHOUT_SLOTS].map((selection) =>
          ask<Availability<Day>>(caller, availabilityOf(selection), variables),
        ),
      );
      const days = full!._entities[0].availability;
      expect(days).toHaveLength(DAYS);
      const intervalMs = random.interval * MINUTE_MS;
      for (const day of days) expectAgreement(day, random);
      for (const [index, day] of compact!._entities[0].availability.entries())
        expect(days[index]).toMatchObject(day);

      const slots = days.flatMap((day) => day.slots);
      const book = async ({ startTime, endTime }: Slot) => {
        const input = { resourceId: room, startTime, endTime, seats };
        const { createBooking } = await ask<{
          createBooking: { booking: { id: string } | null; userErrors: { code: string }[] };
        }>(caller, BOOK, { input });
        return createBooking;
      };
      const closed = sampleOf(slots.filter(({ available }) => !available));
      for (const slot of closed) {
        const { booking, userErrors } = await book(slot);
        expect(booking).toBeNull();
        expect(userErrors.map(({ code }) => code)).toContain(slot.unavailableReason);
      }
      // One after the other, because they may overlap.
      const offered = sampleOf(slots.filter(({ available }) => available));
      for (const slot of offered) {
        const { booking, userErrors } = await book(slot);
        expect(userErrors).toEqual([]);
        await db.sql`delete from bookings where id = ${booking!.id}`;
      }
      checked.tenantDays += DAYS;
      checked.slots += slots.length;
      checked.ranges += days.flatMap(({ freeRanges }) => freeRanges).length;
      checked.clockChanges += days.filter((day) => isSplitByClock(day, intervalMs)).length;
      checked.booked += offered.length;
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
