import type { BookingRow } from '@drizzle/booking/tables';
import { requireSession } from '@libs/auth/caller';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { forbidden } from '@libs/outcome/apiErrors';
import { done, refused, refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import type { ChangeBookingStatusInput } from '../generated.ts';
import { managesBookings } from './access.ts';
import { cancelBooking } from './cancelBooking.ts';
import { bookingStatusChanged } from './events.ts';
import { findChangeable, lockChangeable } from './findChangeable.ts';
import { bookingNotFound } from './refusals.ts';
import { occupiesResource, transitionRefusal } from './status.ts';
import { bumpResourceVersions, changeBookings } from './store.ts';

/**
 * Requires canManageBookings (else FORBIDDEN); CANCELLED is `cancelBooking` without a reason, under its rules. Refuses NOT_FOUND
 * and INVALID_TRANSITION.
 */
export async function changeBookingStatus(
  ctx: Context,
  input: ChangeBookingStatusInput,
): Promise<Outcome<BookingRow>> {
  if (input.status === 'CANCELLED') {
    const outcome = await cancelBooking(ctx, { id: input.id });
    return outcome.ok ? outcome : { ...outcome, refusals: outcome.refusals.map(blamingStatus) };
  }
  if (!managesBookings(requireSession(ctx.caller))) throw forbidden();
  const found = await findChangeable(ctx, input.id);
  if (!found) return refused(bookingNotFound());
  const { tenantId } = found;

  return inTransaction(ctx.db, async (tx) => {
    const locked = await lockChangeable(ctx, tenantId, tx, input.id);
    if (!locked) return refusedFor(tenantId, bookingNotFound());
    const refusal = transitionRefusal(locked, input.status, ctx.now);
    if (refusal) return refusedFor(tenantId, refusal);

    const [row] = await changeBookings(tenantId, tx, [locked], { status: input.status }, ctx.now);
    await announce(tx, bookingStatusChanged(locked, row!), ctx);
    if (!occupiesResource(input.status)) await bumpResourceVersions(tenantId, tx, [locked.resourceId]);
    return done(row!);
  });
}

/** `cancelBooking` reports it on the id. */
const blamingStatus = (refusal: Refusal): Refusal =>
  refusal.code === 'INVALID_TRANSITION' ? { ...refusal, field: ['input', 'status'] } : refusal;
