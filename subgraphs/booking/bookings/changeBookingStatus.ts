import type { BookingRow } from '@drizzle/booking/tables';
import { signedIn } from '@libs/auth/caller';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { forbidden } from '@libs/outcome/apiErrors';
import { done, refused, refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import { touchResources } from '../availability/store.ts';
import type { Context } from '../context.ts';
import type { ChangeBookingStatusInput } from '../generated.ts';
import { managesBookings } from './access.ts';
import { cancelBooking } from './cancelBooking.ts';
import { bookingStatusChanged } from './events.ts';
import { findChangeable, holdChangeable } from './findChangeable.ts';
import { bookingNotFound } from './refusals.ts';
import { holdsResource, transitionRefusal } from './status.ts';
import { changeBooking } from './store.ts';

/**
 * Decides on a booking: confirms, rejects or completes it, or notes that nobody came. Administrators and who has canManageBookings
 * (FORBIDDEN else); CANCELLED is `cancelBooking` without a reason, with its rules. Refuses NOT_FOUND and INVALID_TRANSITION.
 */
export async function changeBookingStatus(
  ctx: Context,
  input: ChangeBookingStatusInput,
): Promise<Outcome<BookingRow>> {
  if (input.status === 'CANCELLED') {
    const outcome = await cancelBooking(ctx, { id: input.id });
    return outcome.ok ? outcome : { ...outcome, refusals: outcome.refusals.map(blamingStatus) };
  }
  if (!managesBookings(signedIn(ctx.caller))) throw forbidden();
  const found = await findChangeable(ctx, input.id);
  if (!found) return refused(bookingNotFound());
  const { tenantId } = found;

  return inTransaction(ctx.db, async (tx) => {
    const held = await holdChangeable(ctx, tenantId, tx, input.id);
    if (!held) return refusedFor(tenantId, bookingNotFound());
    const refusal = transitionRefusal(held.status, input.status);
    if (refusal) return refusedFor(tenantId, refusal);

    const row = await changeBooking(tenantId, tx, held, { status: input.status }, ctx.now);
    await announce(tx, bookingStatusChanged(held, row), ctx);
    if (!holdsResource(row.status)) await touchResources(tenantId, tx, [row.resourceId]);
    return done(row);
  });
}

/** Here the status was asked for, and is to blame where it cannot follow. */
const blamingStatus = (refusal: Refusal): Refusal =>
  refusal.code === 'INVALID_TRANSITION' ? { ...refusal, field: ['input', 'status'] } : refusal;
