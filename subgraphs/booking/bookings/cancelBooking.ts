import type { BookingRow } from '@drizzle/booking/tables';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import type { CancelBookingInput } from '../generated.ts';
import { resourceIdsOf } from './allocations/demands.ts';
import { cancellationContextOf } from './cancellationWindow.ts';
import { bookingsCancelled } from './events.ts';
import { findChangeable, lockChangeable } from './findChangeable.ts';
import { bookingNotFound, versionRefusals } from './refusals.ts';
import { cancellationBy, cancelRefusal } from './status.ts';
import { bumpResourceVersions, changeBookings } from './store.ts';

/**
 * Allowed to its user and client until the tenant's cancellation window closes, to callers with canManageBookings at any time.
 * Refuses NOT_FOUND, VERSION_MISMATCH, INVALID_TRANSITION and CANCELLATION_WINDOW_CLOSED.
 */
export async function cancelBooking(ctx: Context, input: CancelBookingInput): Promise<Outcome<BookingRow>> {
  const found = await findChangeable(ctx, input.id);
  const tenant = found && (await ctx.directory.tenant(found.tenantId));
  if (!found || !tenant) return refused(bookingNotFound());
  // Cached in the request's directory, so that nothing is waited for under the lock.
  await cancellationContextOf(ctx, found.booking, tenant);
  const { tenantId } = found;

  return inTransaction(ctx.db, async (tx) => {
    const locked = await lockChangeable(ctx, tenantId, tx, input.id);
    if (!locked) return refusedFor(tenantId, bookingNotFound());
    const mismatch = versionRefusals(locked, input.expectedVersion);
    if (mismatch.length > 0) return refusedFor(tenantId, ...mismatch);
    const window = await cancellationContextOf(ctx, locked, tenant);
    const refusal = cancelRefusal(locked, window, ctx.caller);
    if (refusal) return refusedFor(tenantId, refusal);

    const cancellation = cancellationBy(ctx.caller, input.reason);
    const [row] = await changeBookings(tenantId, tx, [locked], cancellation, ctx.now);
    await announce(tx, bookingsCancelled([locked], [row!]), ctx);
    await bumpResourceVersions(tenantId, tx, resourceIdsOf(locked));
    return done(row!);
  });
}
