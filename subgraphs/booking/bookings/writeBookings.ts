import type { Tx } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import { assignAll } from './allocations/assign.ts';
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
import type { OverridableRule } from '../scheduling/rules.ts';
import { closuresOfCandidates, newlyClosed, type Candidate } from './judgeRequest.ts';
import { conflictRefusals, tombstoneRefusals } from './refusals.ts';
import { withoutRefused, type Verdicts } from './skipConflicts.ts';
import {
  bumpResourceVersions,
  insertBookings,
  insertSeries,
  type NewBooking,
  type NewSeries,
} from './store.ts';
import type { PermittedRequest } from './permitRequest.ts';

/** By start; at least one. */
export type BookingPlan = Pick<Verdicts, 'demands' | 'skipped' | 'isSkipping'> & {
  candidates: readonly Candidate[];
  overridden: ReadonlySet<OverridableRule>;
  bookings: NewBooking[];
  series: NewSeries | null;
};

export type BookingRequest = PermittedRequest & { key: KeyedRequest | null };

/** Writes only once nothing is left to refuse, so a refusal leaves nothing behind. */
export async function writeBookings(
  ctx: Context,
  tx: Tx,
  { tenantId, userId, clientId, key, wanted }: BookingRequest,
  plan: BookingPlan,
): Promise<Outcome<CreatedBookings>> {
  const { demands, isSkipping } = plan;
  const resources = demands.map(({ resourceId }) => resourceId);
  const options = { now: ctx.now, clientId, isComplete: isSkipping };
  // One round trip, to keep the lock short. The server takes the locks first, so the look-ups see what others have committed.
  const [tombstones, earlier, closures, first] = await Promise.all([
    lockBookingParties(tenantId, tx, { resources, users: [userId, clientId] }),
    earlierResult(tenantId, tx, key),
    closuresOfCandidates(tenantId, tx, plan.candidates, plan.bookings),
    assignAll(tenantId, tx, demands, plan.bookings, options),
  ]);
  if (earlier) return earlier;
  const assignment = await prepareAllocations(ctx, tenantId, tx, demands, plan.bookings, first, options);
  const judged = withoutRefused({
    ...plan,
    occurrences: plan.bookings,
    byOccurrence: newlyClosed(plan.candidates, closures, plan.bookings, plan.overridden),
    conflicts: conflictRefusals(assignment, { demands, wanted, occurrences: plan.bookings }, ctx.caller),
  });
  const refusals = [...tombstoneRefusals(tombstones, { userId }, wanted), ...judged.refusals];
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

  const made = judged.kept.map((position) => plan.bookings[position]!);
  const skipped = judged.skipped;
  const ids = made.map(({ id }) => id);
  if (key && !(await claimKey(tenantId, tx, key, { resultIds: ids, skipped }))) {
    // A concurrent request with this key for another resource, which waits for another lock, has stored the key first.
    return (await earlierResult(tenantId, tx, key)) ?? refusedFor(tenantId, keyMismatch());
  }
  // One round trip: the server runs these in this order.
  const [series, bookings] = await Promise.all([
    plan.series && insertSeries(tenantId, tx, plan.series),
    insertBookings(
      tenantId,
      tx,
      made,
      judged.kept.map((position) => assignment.allocations[position]!),
    ),
    announce(
      tx,
      made.map((booking) => bookingCreated({ ...booking, tenantId })),
      ctx,
    ),
    bumpResourceVersions(tenantId, tx, resources),
  ]);
  return done({ bookings, series, skipped });
}
