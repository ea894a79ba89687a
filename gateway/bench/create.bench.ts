/** createBooking through the gateway beside the raw insert of a booking and its outbox row, and the CPU until everything is consumed. */
import { it } from 'vitest';
import { post, sideBySide } from './load.ts';
import { rawBookings } from './rawBookings.ts';
import { reporter } from './report.ts';
import { benchSystem, CREATE_BOOKING, drained, slotsOf } from './system.ts';

const report = reporter(import.meta.filename);
const RESOURCES = 40;

const { vaga, setup, token, target, raw, resourceIds } = await benchSystem({ resources: RESOURCES });
const nextSlot = slotsOf(resourceIds);
const { withEvent } = await rawBookings(raw, setup.bookingId);

it('create', async () => {
  const create = () => {
    const body = JSON.stringify({ query: CREATE_BOOKING, variables: { input: nextSlot() } });
    return post(target, body, token, '"booking":{"id"');
  };
  const ours = { name: 'createBooking', work: create };
  const insert = { name: 'raw insert of booking and event', work: () => withEvent(nextSlot()) };
  report(await sideBySide(vaga, ours, [insert], { settle: () => drained(vaga) }));
});
