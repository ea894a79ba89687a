import type { BookingRow, HoldRow } from '@drizzle/booking/tables';
import { tenantOfRow } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import { done, refusal, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import type { ConfirmHoldInput } from '../generated.ts';
import type { OverridableRule } from '../scheduling/rules.ts';
import { assignAll } from '../bookings/allocations/assign.ts';
import { lockBookingMove } from '../bookings/cascade/tombstoneStore.ts';
import {
  candidatesOf,
  closuresOfCandidates,
  demandsOf,
  gatherFor,
  judgeOccurrences,
  peopleRefusals,
  wantedResourceRefusals,
  withClosures,
} from '../bookings/judgeRequest.ts';
import {
  clientInSession,
  conflictRefusals,
  isOverlapViolation,
  isSessionViolation,
  refusalsAfterViolation,
} from '../bookings/refusals.ts';
import { findBooking } from '../bookings/store.ts';
import { writeBookings, type BookingPlan } from '../bookings/writeBookings.ts';
import { bookingOfHold, wantedOf } from './bookingOfHold.ts';
import { holdById } from './holdAccess.ts';
import { setBookingOfHold } from './holdStore.ts';

/** Books the time of a hold that has expired, if it is free and every rule allows it now. Refuses what createBooking refuses. */
export async function bookExpiredHold(
  ctx: Context,
  hold: HoldRow,
  input: ConfirmHoldInput,
): Promise<Outcome<BookingRow>> {
  const tenantId = tenantOfRow(hold);
  const wanted = wantedOf(hold);
  const plan = await decide(ctx, hold, input);
  if (!plan.ok) return plan;
  const resourceIds = wanted.map(({ resourceId }) => resourceId);
  try {
    return await ctx.bulkhead.run(resourceIds, () =>
      inTransaction(ctx.db, async (tx): Promise<Outcome<BookingRow>> => {
        await lockBookingMove(tx, hold.id);
        const current = await holdById(tx, hold.id);
        if (current?.bookingId) return done((await findBooking(tenantId, tx, current.bookingId))!);
        const { userId, clientId } = hold;
        const made = await writeBookings(
          ctx,
          tx,
          { tenantId, userId, clientId, wanted, key: null },
          plan.value,
        );
        if (!made.ok) return made;
        const [row] = made.value.bookings;
        await setBookingOfHold(tenantId, tx, { holdId: hold.id, bookingId: row!.id });
        return done(row!);
      }),
    );
  } catch (error) {
    if (isSessionViolation(error)) return refusedFor(tenantId, clientInSession());
    if (!isOverlapViolation(error)) throw error;
    const { demands, bookings } = plan.value;
    const requested = { demands, wanted, occurrences: bookings };
    return refusedFor(tenantId, ...(await refusalsAfterViolation(ctx, tenantId, requested)));
  }
}

/** What staff overrode for the hold stays overridden. */
async function decide(ctx: Context, hold: HoldRow, input: ConfirmHoldInput): Promise<Outcome<BookingPlan>> {
  const tenantId = tenantOfRow(hold);
  const wanted = wantedOf(hold);
  const gathered = await gatherFor(ctx, tenantId, hold, wanted);
  const { tenant, resources } = gathered;
  if (!tenant) return refusedFor(tenantId, refusal('NOT_FOUND', 'shared.tenantNotFound', ['input', 'id']));
  const open = candidatesOf(tenant, resources, wanted, ctx.now);
  const candidates = withClosures(open, await closuresOfCandidates(tenantId, ctx.db, open, [hold]));
  const overridden = new Set(hold.override?.rules as OverridableRule[] | undefined);
  const [verdict] = judgeOccurrences(candidates, [hold], overridden);
  const refusals = [
    ...wantedResourceRefusals(candidates),
    ...peopleRefusals(gathered, hold),
    ...verdict!.refusals,
  ];
  const demands = demandsOf(candidates, overridden);
  if (demands.length === wanted.length) {
    const { now } = ctx;
    const assignment = await assignAll(tenantId, ctx.db, demands, [hold], { now, clientId: hold.clientId });
    const requested = { demands, wanted, occurrences: [hold] };
    refusals.push(...conflictRefusals(assignment, requested, ctx.caller).map((one) => one.refusal));
  }
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);
  const booking = bookingOfHold(ctx, hold, candidates, demands, input);
  return done({
    candidates,
    overridden,
    demands,
    bookings: [booking],
    series: null,
    skipped: [],
    isSkipping: false,
  });
}
