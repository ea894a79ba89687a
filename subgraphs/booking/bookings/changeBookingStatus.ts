import type { BookingRow } from '@drizzle/booking/tables';
import { requirePermission } from '@libs/auth/caller';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refused, refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import type { ChangeBookingStatusInput } from '../generated.ts';
import { resourceIdsOf } from './allocations/demands.ts';
import { cancelBooking } from './cancelBooking.ts';
import { bookingStatusChanged } from './events.ts';
import { findChangeable, lockChangeable } from './findChangeable.ts';
import { bookingNotFound, versionRefusals } from './refusals.ts';
import { occupiesResource, transitionRefusal } from './status.ts';
import { bumpResourceVersions, changeBookings } from './store.ts';

/**
 * Requires canManageBookings (else FORBIDDEN); CANCELLED is `cancelBooking`, under its rules. Refuses NOT_FOUND, VERSION_MISMATCH
 * and INVALID_TRANSITION.
 */
export async function changeBookingStatus(
  ctx: Context,
  input: ChangeBookingStatusInput,
): Promise<Outcome<BookingRow>> {
  if (input.status === 'CANCELLED') {
    const outcome = await cancelBooking(ctx, {
      id: input.id,
      reason: input.reason ?? null,
      expectedVersion: input.expectedVersion ?? null,
    });
    return outcome.ok ? outcome : { ...outcome, refusals: outcome.refusals.map(blamingStatus) };
  }
  requirePermission(ctx.caller, 'canManageBookings');
  const found = await findChangeable(ctx, input.id);
  if (!found) return refused(bookingNotFound());
  const { tenantId } = found;

  return inTransaction(ctx.db, async (tx) => {
    const locked = await lockChangeable(ctx, tenantId, tx, input.id);
    if (!locked) return refusedFor(tenantId, bookingNotFound());
    const mismatch = versionRefusals(locked, input.expectedVersion);
    if (mismatch.length > 0) return refusedFor(tenantId, ...mismatch);
    const refusal = transitionRefusal(locked, input.status, ctx.now);
    if (refusal) return refusedFor(tenantId, refusal);

    const decisionReason = input.status === 'REJECTED' ? (input.reason ?? null) : null;
    const changes = { status: input.status, decisionReason, decisionDeadline: null };
    const [row] = await changeBookings(tenantId, tx, [locked], changes, ctx.now);
    await announce(tx, bookingStatusChanged(locked, row!), ctx);
    if (!occupiesResource(input.status)) await bumpResourceVersions(tenantId, tx, resourceIdsOf(locked));
    return done(row!);
  });
}

/** `cancelBooking` reports it on the id. */
const blamingStatus = (refusal: Refusal): Refusal =>
  refusal.code === 'INVALID_TRANSITION' ? { ...refusal, field: ['input', 'status'] } : refusal;
