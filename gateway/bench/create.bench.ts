/** createBooking through the gateway beside the raw insert of a booking and its outbox row, and the CPU until everything is consumed. */
import { it } from 'vitest';
import { post, sideBySide } from './load.ts';
import { addPastBookings, rawBookings } from './rawBookings.ts';
import { reporter } from './report.ts';
import { benchSystem, CREATE_BOOKING, drained } from './system.ts';
import { slotsOf } from '../testing/freeSlots.ts';

const report = reporter(import.meta.filename);
const RESOURCES = 40;
/** Bookings in the table, one size after the other: for example BENCH_ROWS=1000,100000,1000000. */
const ROWS = (process.env['BENCH_ROWS'] ?? '1000').split(',').map(Number);

const { vaga, setup, token, target, raw, resourceIds } = await benchSystem({ resources: RESOURCES });
const nextSlot = slotsOf(resourceIds);
const { withEvent } = await rawBookings(raw, setup.bookingId);

let rows = 0;
it.each(ROWS)('create, with %i bookings', async (wanted) => {
  await addPastBookings(raw, setup.bookingId, resourceIds, rows, wanted - rows);
  rows = wanted;
  const create = () => {
    const body = JSON.stringify({ query: CREATE_BOOKING, variables: { input: nextSlot() } });
    return post(target, body, token, '"booking":{"id"');
  };
  const ours = { name: `createBooking among ${wanted} bookings`, work: create };
  const insert = { name: 'raw insert of booking and event', work: () => withEvent(nextSlot()) };
  report(await sideBySide(vaga, ours, [insert], { settle: () => drained(vaga) }));
});
