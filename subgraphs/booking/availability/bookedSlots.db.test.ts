/** Every slot that is offered can be booked at once, and every other one is refused for the reason that it names. */
import { connect, type Db } from '@libs/db/connect';
import { testDatabase } from '@libs/testing/testDatabases';
import fc from 'fast-check';
import type postgres from 'postgres';
import { afterAll, expect, it } from 'vitest';
import { bulkhead } from '../bookings/bulkhead.ts';
import { createBooking } from '../bookings/createBooking.ts';
import { codesOf, exampleDirectory } from '../booking.fixtures.ts';
import type { Context } from '../context.ts';
import { shownSlot } from '../scheduling/scheduling.fixtures.ts';
import type { SlotTime } from '../scheduling/slots.ts';
import {
  prepareTenant,
  randomTenants,
  requestOf,
  takeSome,
  type PreparedTenant,
} from './randomTenants.fixtures.ts';
import { availability } from './reads.ts';

const RUNS = process.env['VAGA_SOAK'] ? 4_000 : 240;
const MIN_SLOTS = 10_000;
/** Slots that are tried of each tenant, evenly spread. */
const MAX_SLOTS_OF_TENANT = 100;
const AT_ONCE = 8;
/** The contract's order: a slot names the first that applies. */
const REASONS = [
  'INACTIVE',
  'IN_THE_PAST',
  'TOO_SHORT_NOTICE',
  'TOO_FAR_IN_ADVANCE',
  'CLOSED',
  'CAPACITY_EXCEEDED',
  'CONFLICT',
] as const;

const { url } = await testDatabase('booking');
const db = connect(url, { name: 'bookedSlots' });
afterAll(() => db.close());
const directory = exampleDirectory();
// A busy machine may make many wait for one resource.
directory.bulkhead = bulkhead({ maxWriters: 2, maxWaiting: AT_ONCE, maxWaitMs: 60_000 });

class Undone extends Error {
  constructor(readonly result: unknown) {
    super('undone');
  }
}

/** Each transaction is checked as a commit checks it, and then undone: so every slot can be booked as if it were the first. */
function undoing({ sql, ...rest }: Db): Db {
  const begin = async (work: (tx: postgres.TransactionSql) => Promise<unknown>) => {
    try {
      return await sql.begin(async (tx) => {
        const result = await work(tx);
        await tx`set constraints all immediate`;
        throw new Undone(result);
      });
    } catch (error) {
      if (error instanceof Undone) return error.result;
      throw error;
    }
  };
  const proxy = new Proxy(sql, {
    get: (target, name) => (name === 'begin' ? begin : Reflect.get(target, name)),
  });
  return { ...rest, sql: proxy };
}

const slotsOf = async (ctx: Context, room: string, request: ReturnType<typeof requestOf>) =>
  (await availability(ctx, room, request)).flatMap(({ slots }) => slots);

/** Why createBooking refuses the slot; undefined if it books it. */
async function refusalOf(
  { tenant, room, now }: PreparedTenant,
  slot: SlotTime,
  seats: number,
): Promise<string | undefined> {
  const { startTime, endTime } = shownSlot(slot);
  const ctx = { ...tenant.as(tenant.user(), { now }), db: undoing(db) };
  const codes = codesOf(await createBooking(ctx, { resourceId: room, startTime, endTime, seats }));
  const other = codes.find((code) => !(REASONS as readonly string[]).includes(code));
  return other ?? REASONS.find((reason) => codes.includes(reason));
}

it('of random tenants in random zones', { timeout: 600_000 }, async () => {
  const counts = new Map<string, number>();
  const count = (what: string, by = 1) => counts.set(what, (counts.get(what) ?? 0) + by);
  await fc.assert(
    fc.asyncProperty(randomTenants, async (random) => {
      const prepared = await prepareTenant(db, directory, random);
      const { tenant, room, now } = prepared;
      const ctx = () => tenant.as(tenant.user(), { now });
      const request = requestOf(random);
      const before = await slotsOf(ctx(), room, { ...request, seats: 1 });
      const free = before.map(shownSlot).filter(({ available }) => available);
      await takeSome(prepared, random, free);

      const all = await slotsOf(ctx(), room, request);
      const step = Math.max(1, Math.ceil(all.length / MAX_SLOTS_OF_TENANT));
      const slots = all.filter((_, index) => index % step === 0);
      for (let from = 0; from < slots.length; from += AT_ONCE) {
        await Promise.all(
          slots.slice(from, from + AT_ONCE).map(async (slot, index) => {
            const { unavailableReason, remainingSeats } = slot;
            // All that are left can be had at once, too.
            const isForAll = random.mode !== 'EXCLUSIVE' && unavailableReason === null && index % 2 === 0;
            const refused = await refusalOf(prepared, slot, isForAll ? remainingSeats : random.seats);
            expect({ slot, refused }).toEqual({ slot, refused: unavailableReason ?? undefined });
            count(unavailableReason ?? `offered ${random.mode}`);
          }),
        );
      }
      count('slots', slots.length);
      if (random.overnight) count('overnight', slots.length);
    }),
    { numRuns: RUNS, seed: 20270104 },
  );
  expect(counts.get('slots')).toBeGreaterThanOrEqual(MIN_SLOTS);
  const wanted = ['EXCLUSIVE', 'SHARED', 'SESSION'].map((mode) => `offered ${mode}`);
  for (const what of [...wanted, ...REASONS.slice(1), 'overnight'])
    expect(counts.get(what) ?? 0, what).toBeGreaterThan(100);
});
