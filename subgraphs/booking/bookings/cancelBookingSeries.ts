import type { BookingRow } from '@drizzle/booking/tables';
import { requireSession } from '@libs/auth/caller';
import { tenantOfRow } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refusal, refused, refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import { toInstant } from '@libs/time/instants';
import type { Context } from '../context.ts';
import type { CancelBookingSeriesInput } from '../generated.ts';
import type { SchedulingRules } from '../scheduling/rules.ts';
import { canChange } from './access.ts';
import { lockCancellableOfSeries } from './cascade/cascadeStore.ts';
import { bookingCancelled } from './events.ts';
import { cancellationBy, cancelRefusal } from './status.ts';
import { bumpResourceVersions, changeBookings, seriesByIdOfAllTenants } from './store.ts';

/**
 * Cancels, all or none, the bookings of a series that start at or after `from`, can still be cancelled and may be changed by the
 * caller; returns them by start. Refuses NOT_FOUND, and CANCELLATION_WINDOW_CLOSED for each occurrence whose window has closed.
 */
export async function cancelBookingSeries(
  ctx: Context,
  input: CancelBookingSeriesInput,
): Promise<Outcome<BookingRow[]>> {
  requireSession(ctx.caller);
  const [series] = await seriesByIdOfAllTenants(ctx.db, [input.seriesId]);
  const tenant = series && canChange(series, ctx.caller) && (await ctx.directory.tenant(tenantOfRow(series)));
  if (!tenant) return refused(refusal('NOT_FOUND', 'booking.seriesNotFound', ['input', 'seriesId']));
  const tenantId = tenant.id;
  const from = input.from ? toInstant(input.from, tenant.settings.timezone) : ctx.now;

  return inTransaction(ctx.db, async (tx) => {
    const all = await lockCancellableOfSeries(tenantId, tx, input.seriesId, from);
    const locked = all.filter((row) => canChange(row, ctx.caller));
    const refusals = locked.flatMap((row) => refusalOf(ctx, row, tenant.settings));
    if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

    const cancellation = cancellationBy(ctx.caller, input.reason);
    const rows = await changeBookings(tenantId, tx, locked, cancellation, ctx.now);
    await announce(tx, rows.map(bookingCancelled), ctx);
    const resourceIds = rows.map(({ resourceId }) => resourceId);
    await bumpResourceVersions(tenantId, tx, resourceIds);
    return done(rows);
  });
}

function refusalOf(ctx: Context, row: BookingRow, rules: SchedulingRules): Refusal[] {
  const refusal = cancelRefusal(row, { now: ctx.now, rules }, ctx.caller);
  if (!refusal) return [];
  const { startTime, endTime } = row;
  return [{ ...refusal, field: ['input', 'from'], occurrence: { startTime, endTime } }];
}
