/** Many clients on few slots beside the same by SQL alone. Each slot must have exactly one winner. */
import { Pool } from 'undici';
import { afterAll, expect, it } from 'vitest';
import { post, ROUNDS } from './load.ts';
import { rawBookings } from './rawBookings.ts';
import { percentile, reporter } from './report.ts';
import { benchSystem, CREATE_BOOKING, drained } from './system.ts';
import { slotsOf, type Slot } from '../testing/freeSlots.ts';

const report = reporter(import.meta.filename);
const CLIENTS = 64;
const SLOTS = 300;
/** Sent one after the other, so that a slot's requests are under way together. */
const REQUESTS_PER_SLOT = 8;
const RESOURCES = 40;

const { vaga, setup, token, raw, resourceIds } = await benchSystem({ resources: RESOURCES });
const nextSlot = slotsOf(resourceIds);
const { ifFree } = await rawBookings(raw, setup.bookingId);
const target = new Pool(vaga.url, { connections: CLIENTS });
afterAll(() => target.close());

async function create(slot: Slot): Promise<boolean> {
  const body = JSON.stringify({ query: CREATE_BOOKING, variables: { input: slot } });
  const text = await post(target, body, token);
  const isBooked = text.includes('"booking":{"id"');
  if (!isBooked && !text.includes('"CONFLICT"')) throw new Error(text);
  return isBooked;
}

/** Returns how long each request took, after checking that each slot was booked once. */
async function contend(book: (slot: Slot) => Promise<boolean>): Promise<number[]> {
  const slots = Array.from({ length: SLOTS }, nextSlot);
  const winners = slots.map(() => 0);
  const timesMs: number[] = [];
  let sent = 0;
  const client = async () => {
    while (sent < SLOTS * REQUESTS_PER_SLOT) {
      const slot = Math.floor(sent / REQUESTS_PER_SLOT);
      sent += 1;
      const began = performance.now();
      if (await book(slots[slot]!)) winners[slot]! += 1;
      timesMs.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  expect(winners).toEqual(slots.map(() => 1));
  return timesMs;
}

it('contend', async () => {
  const ours: number[][] = [];
  const inserts: number[][] = [];
  await contend(create);
  await contend(ifFree);
  for (let round = 0; round < ROUNDS; round += 1) {
    await drained(vaga);
    ours.push(await contend(create));
    await drained(vaga);
    inserts.push(await contend(ifFree));
  }
  for (const percent of [50, 99]) {
    const of = (rounds: number[][]) => rounds.map((timesMs) => percentile(timesMs, percent / 100));
    report({
      name: `createBooking, ${CLIENTS} clients on ${SLOTS} slots, p${percent}`,
      unit: 'ms',
      rounds: of(ours),
      beside: [{ name: 'insert … on conflict do nothing', rounds: of(inserts) }],
    });
  }
});
