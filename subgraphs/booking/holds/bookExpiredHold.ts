import type { BookingRow, HoldRow } from '@drizzle/booking/tables';
import { tenantOfRow } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import { done, refusal, refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import type { ConfirmHoldInput } from '../generated.ts';
import type { OverridableRule } from '../scheduling/rules.ts';
import { lockBookingMove } from '../bookings/cascade/tombstoneStore.ts';
import {
  candidatesOf,
  demandsOf,
  gatherFor,
  peopleRefusals,
  wantedResourceRefusals,
} from '../bookings/judgeRequest.ts';
import {
  clientInSession,
  isOverlapViolation,
  isSessionViolation,
  refusalsAfterViolation,
} from '../bookings/refusals.ts';
import { refusalsBeforeLocking, type RequestedTimes } from '../bookings/requestedTimes.ts';
import { findBooking } from '../bookings/store.ts';
import { writeBookings, type BookingRequest } from '../bookings/writeBookings.ts';
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
  const { userId, clientId } = hold;
  const request = { tenantId, userId, clientId, wanted: wantedOf(hold), key: null };
  const draft = await draftOf(ctx, hold, request);
  if (!draft.ok) return draft;
  const { requested, refusals } = draft.value;
  const early = await refusalsBeforeLocking(ctx, requested, refusals);
  if (early.length > 0) return refusedFor(tenantId, ...early);
  const resourceIds = request.wanted.map(({ resourceId }) => resourceId);
  try {
    return await ctx.bulkhead.run(resourceIds, () =>
      inTransaction(ctx.db, async (tx): Promise<Outcome<BookingRow>> => {
        await lockBookingMove(tx, hold.id);
        const current = await holdById(tx, hold.id);
        if (current?.bookingId) return done((await findBooking(tenantId, tx, current.bookingId))!);
        const { candidates, demands } = requested;
        const made = await writeBookings(ctx, tx, request, requested, () => ({
          bookings: [bookingOfHold(ctx, hold, candidates, demands, input)],
          series: null,
        }));
        if (!made.ok) return made;
        const [row] = made.value.bookings;
        await setBookingOfHold(tenantId, tx, { holdId: hold.id, bookingId: row!.id });
        return done(row!);
      }),
    );
  } catch (error) {
    if (isSessionViolation(error)) return refusedFor(tenantId, clientInSession());
    if (!isOverlapViolation(error)) throw error;
    return refusedFor(tenantId, ...(await refusalsAfterViolation(ctx, tenantId, requested)));
  }
}

/** What staff overrode for the hold stays overridden. `refusals`: about people and resources. */
async function draftOf(
  ctx: Context,
  hold: HoldRow,
  { tenantId, wanted }: BookingRequest,
): Promise<Outcome<{ requested: RequestedTimes; refusals: Refusal[] }>> {
  const gathered = await gatherFor(ctx, tenantId, hold, wanted);
  const { tenant, resources } = gathered;
  if (!tenant) return refusedFor(tenantId, refusal('NOT_FOUND', 'shared.tenantNotFound', ['input', 'id']));
  const candidates = candidatesOf(tenant, resources, wanted, ctx.now);
  const overridden = new Set(hold.override?.rules as OverridableRule[] | undefined);
  const requested = {
    tenantId,
    clientId: hold.clientId,
    wanted,
    candidates,
    demands: demandsOf(candidates, overridden),
    occurrences: [hold],
    overridden,
    isSkipping: false,
    now: ctx.now,
  };
  const refusals = [...wantedResourceRefusals(candidates), ...peopleRefusals(gathered, hold)];
  return done({ requested, refusals });
}
