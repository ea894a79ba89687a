import { setTimeout as sleep } from 'node:timers/promises';
import { federation } from '@libs/testing/federation';
import { Temporal } from 'temporal-polyfill';
import { expect, test } from 'vitest';
import { daysAhead, mutate, setUpTenant } from '../testing/tenantSetup.ts';

const vaga = await federation();
const platform = await vaga.signIn();

const CLIENTS = 64;
const RESOURCES = 10;
const DAYS = 2;
const HOURS = 15;
/** A third of them are shifted by half an hour. */
const REQUESTS_PER_SLOT = 6;
const RETRY_PAUSE_MS = 100;

type BookingRequest = { resourceId: string; start: number; end: number };
type BookingResult = BookingRequest & {
  id: string | null;
  codes: string[];
  conflicts: { start: number; end: number }[];
  tookMs: number;
};

const overlaps = (a: BookingRequest, b: { start: number; end: number }) => a.start < b.end && b.start < a.end;
const iso = (epochMs: number) =>
  Temporal.Instant.fromEpochMilliseconds(epochMs).toString({ smallestUnit: 'millisecond' });
const ms = (text: string) => Temporal.Instant.from(text).epochMilliseconds;

/** Tries again, as it is asked to, while too many want the same resource. */
async function book(token: string, requested: BookingRequest): Promise<BookingResult> {
  const began = performance.now();
  const { data, errors } = await vaga.ask(
    `mutation ($input: CreateBookingInput!) { createBooking(input: $input) {
      booking { id resource { name } user { name } }
      userErrors { code ... on BookingConflictError { conflicts { startTime endTime } } }
    } }`,
    {
      input: {
        resourceId: requested.resourceId,
        startTime: iso(requested.start),
        endTime: iso(requested.end),
      },
    },
    { token },
  );
  if (errors) {
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['SERVICE_UNAVAILABLE']);
    await sleep(RETRY_PAUSE_MS);
    return book(token, requested);
  }
  const { createBooking } = data;
  return {
    ...requested,
    id: createBooking.booking?.id ?? null,
    codes: createBooking.userErrors.map((error: { code: string }) => error.code),
    conflicts: createBooking.userErrors.flatMap(
      (error: { conflicts?: { startTime: string; endTime: string }[] }) =>
        (error.conflicts ?? []).map((one) => ({ start: ms(one.startTime), end: ms(one.endTime) })),
    ),
    tookMs: performance.now() - began,
  };
}

test(`of ${CLIENTS} clients on ${RESOURCES * DAYS * HOURS} slots, one books each slot and every other gets CONFLICT with the conflicting bookings`, async () => {
  const setup = await setUpTenant(vaga, platform);
  const { token } = setup.admin;
  await vaga.data(
    'mutation ($input: OrganizationSettingsInput!) { updateOrganizationSettings(input: $input) { userErrors { code } } }',
    { input: { bookingInterval: 30 } },
    { token },
  );
  const resourceIds: string[] = [];
  for (let n = 0; n < RESOURCES; n += 1) {
    const { resource } = await mutate(
      vaga,
      token,
      'createResource',
      { categoryId: setup.categoryId, name: `Sala ${n}` },
      'resource { id }',
    );
    resourceIds.push(resource.id);
  }

  const HALF_HOUR_MS = 1_800_000;
  const queue: BookingRequest[] = [];
  for (const resourceId of resourceIds) {
    for (let day = 0; day < DAYS; day += 1) {
      for (let hour = 0; hour < HOURS; hour += 1) {
        for (let n = 0; n < REQUESTS_PER_SLOT; n += 1) {
          // Every third request overlaps only partly.
          const shift = n % 3 === 2 && hour < HOURS - 1 ? HALF_HOUR_MS : 0;
          const start = ms(daysAhead(10 + day, 6)) + hour * 2 * HALF_HOUR_MS + shift;
          queue.push({ resourceId, start, end: start + 2 * HALF_HOUR_MS });
        }
      }
    }
  }
  const results: BookingResult[] = [];
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      for (let requested = queue.shift(); requested; requested = queue.shift())
        results.push(await book(setup.manager.token, requested));
    }),
  );

  const winners = results.filter(({ id }) => id !== null);
  const losers = results.filter(({ id }) => id === null);
  expect(new Set(losers.flatMap(({ codes }) => codes))).toEqual(new Set(['CONFLICT']));
  const ofResource = (resourceId: string) => winners.filter((one) => one.resourceId === resourceId);
  for (const winner of winners) {
    expect(
      ofResource(winner.resourceId).filter((other) => other !== winner && overlaps(winner, other)),
    ).toEqual([]);
  }
  for (const loser of losers) {
    expect(loser.conflicts.length).toBeGreaterThan(0);
    expect(loser.conflicts.every((one) => overlaps(loser, one))).toBe(true);
    expect(ofResource(loser.resourceId).some((winner) => overlaps(loser, winner))).toBe(true);
  }
  const { sql } = vaga.databases.booking;
  const stored = await sql`select 1 from bookings where resource_id = any(${resourceIds}::uuid[])`;
  expect(stored).toHaveLength(winners.length);
  const [{ deadlocks }] =
    (await sql`select deadlocks::int from pg_stat_database where datname = current_database()`) as never as [
      { deadlocks: number },
    ];
  expect(deadlocks).toBe(0);
  const longest = Math.max(...results.map(({ tookMs }) => tookMs));
  process.stdout.write(
    `contention: ${results.length} requests, ${winners.length} winners, longest answer ${Math.round(longest)} ms\n`,
  );
});
