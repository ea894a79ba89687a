import type { Tx } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import { onlyOccurrences } from './allocations/assign.ts';
import { prepareAllocations } from './allocations/prepareAllocations.ts';
import { lockBookingParties } from './cascade/tombstoneStore.ts';
import { bookingCreated } from './events.ts';
import {
  claimKey,
  earlierResult,
  keyMismatch,
  type CreatedBookings,
  type KeyedRequest,
} from './idempotency/idempotency.ts';
import { tombstoneRefusals } from './refusals.ts';
import { findObstacles, judgeTimes, type JudgedTimes, type RequestedTimes } from './requestedTimes.ts';
import {
  bumpResourceVersions,
  insertBookings,
  insertSeries,
  type NewBooking,
  type NewSeries,
} from './store.ts';
import type { PermittedRequest } from './permitRequest.ts';

export type BookingRequest = PermittedRequest & { key: KeyedRequest | null };

export type BookingPlan = {
  /** One for each occurrence that is kept, in their order. */
  bookings: NewBooking[];
  series: NewSeries | null;
};

/**
 * Books the requested times, as `planOf` says once nothing refuses them. Looks and judges under the locks, and writes only then, so a refusal
 * leaves nothing behind.
 */
export async function writeBookings(
  ctx: Context,
  tx: Tx,
  { tenantId, userId, clientId, key, wanted }: BookingRequest,
  requested: RequestedTimes,
  planOf: (judged: JudgedTimes) => BookingPlan,
): Promise<Outcome<CreatedBookings>> {
  const { demands } = requested;
  const resources = demands.map(({ resourceId }) => resourceId);
  // One round trip, to keep the lock short. The server takes the locks first, so the look-ups see what others have committed.
  const [tombstones, earlier, obstacles] = await Promise.all([
    lockBookingParties(tenantId, tx, { resources, users: [userId, clientId] }),
    earlierResult(tenantId, tx, key),
    findObstacles(tx, requested),
  ]);
  if (earlier) return earlier;
  const judged = judgeTimes(requested, obstacles, ctx.caller);
  const refusals = [...tombstoneRefusals(tombstones, { userId }, wanted), ...judged.refusals];
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

  const { kept, skipped } = judged;
  const plan = planOf(judged);
  const ids = plan.bookings.map(({ id }) => id);
  if (key && !(await claimKey(tenantId, tx, key, { resultIds: ids, skipped }))) {
    // A concurrent request with this key for another resource, which waits for another lock, has stored the key first.
    return (await earlierResult(tenantId, tx, key)) ?? refusedFor(tenantId, keyMismatch());
  }
  const free = onlyOccurrences(obstacles.assignment!, kept);
  const { allocations } = await prepareAllocations(ctx, tenantId, tx, demands, plan.bookings, free);
  // One round trip: the server runs these in this order.
  const [series, bookings] = await Promise.all([
    plan.series && insertSeries(tenantId, tx, plan.series),
    insertBookings(tenantId, tx, plan.bookings, allocations),
    announce(
      tx,
      plan.bookings.map((booking) => bookingCreated({ ...booking, tenantId })),
      ctx,
    ),
    bumpResourceVersions(tenantId, tx, resources),
  ]);
  return done({ bookings, series, skipped });
}
