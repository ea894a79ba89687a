/** A year of weekly bookings in one call beside one call for each week. */
import { expect, it } from 'vitest';
import { post, sideBySide } from './load.ts';
import { reporter } from './report.ts';
import { benchSystem, CREATE_BOOKING, drained } from './system.ts';
import { slotsOf, type Slot } from '../testing/freeSlots.ts';

const report = reporter(import.meta.filename);
const WEEKS = 52;
const WEEK_MS = 7 * 24 * 60 * 60_000;
const CLIENTS = 4;
/** So many that the first slots of the series, which have to be in one week, do not run out. */
const RESOURCES = 20;

const { vaga, token, target, resourceIds } = await benchSystem({ resources: RESOURCES });
const nextSlot = slotsOf(resourceIds);
const later = (time: string, weeks: number) => new Date(Date.parse(time) + weeks * WEEK_MS).toISOString();

const create = (input: object): Promise<string> =>
  post(target, JSON.stringify({ query: CREATE_BOOKING, variables: { input } }), token, '"booking":{"id"');

async function inOneCall(slot: Slot): Promise<void> {
  const recurrence = { frequency: 'WEEKLY', endDate: later(slot.startTime, WEEKS - 1) };
  await create({ ...slot, recurrence });
}

async function inSingleCalls({ resourceId, startTime, endTime }: Slot): Promise<void> {
  for (let week = 0; week < WEEKS; week += 1) {
    await create({ resourceId, startTime: later(startTime, week), endTime: later(endTime, week) });
  }
}

it('series', async () => {
  const { databases } = vaga;
  const count = async () => (await databases.booking.sql`select id from bookings`).length;
  for (const book of [inOneCall, inSingleCalls]) {
    const before = await count();
    await book(nextSlot());
    expect((await count()) - before).toBe(WEEKS);
  }
  const ours = { name: `${WEEKS} weeks in one call`, work: () => inOneCall(nextSlot()) };
  const single = { name: `${WEEKS} single calls`, work: () => inSingleCalls(nextSlot()) };
  report(await sideBySide(vaga, ours, [single], { clients: CLIENTS, settle: () => drained(vaga) }));
});
