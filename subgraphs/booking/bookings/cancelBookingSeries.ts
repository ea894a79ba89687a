import type { BookingRow } from '@drizzle/booking/tables';
import { tenantOfRow } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import type { TenantProfile } from '@libs/directory/tenants';
import { announce } from '@libs/events/outbox';
import { done, refusal, refused, refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import { dateAt } from '@libs/time/days';
import { toInstant } from '@libs/time/instants';
import type { Context } from '../context.ts';
import type { CancelBookingSeriesInput } from '../generated.ts';
import { MAX_LOCAL_DATES } from '../scheduling/recurrence.ts';
import { canChange, requireBooker } from './access.ts';
import { lockCancellableOfSeries } from './cascade/cascadeStore.ts';
import { resourceIdsOf } from './allocations/demands.ts';
import { cancellationContextOf } from './cancellationWindow.ts';
import { bookingsCancelled } from './events.ts';
import { cancellationBy, cancelRefusal } from './status.ts';
import { bumpResourceVersions, changeBookings, seriesByIdOfAllTenants } from './store.ts';

/**
 * Cancels, all or none, the bookings of a series that start at or after `from`, can still be cancelled and may be changed by the
 * caller, with `dates` only those on these local dates; returns them by start. Refuses NOT_FOUND, INVALID (too many dates), and CANCELLATION_WINDOW_CLOSED for each occurrence whose window has closed.
 */
export async function cancelBookingSeries(
  ctx: Context,
  input: CancelBookingSeriesInput,
): Promise<Outcome<BookingRow[]>> {
  requireBooker(ctx.caller);
  const [series] = await seriesByIdOfAllTenants(ctx.db, [input.seriesId]);
  const tenant = series && canChange(series, ctx.caller) && (await ctx.directory.tenant(tenantOfRow(series)));
  if (!tenant) return refused(refusal('NOT_FOUND', 'booking.seriesNotFound', ['input', 'seriesId']));
  const tenantId = tenant.id;
  const dates = input.dates && new Set(input.dates.map(String));
  if (input.dates && input.dates.length > MAX_LOCAL_DATES) {
    const params = { max: MAX_LOCAL_DATES };
    return refusedFor(tenantId, refusal('INVALID', 'booking.tooManyDates', ['input', 'dates'], params));
  }
  const { timezone } = tenant.settings;
  const isNamed = ({ startTime }: BookingRow) => !dates || dates.has(dateAt(startTime, timezone).toString());
  const from = input.from ? toInstant(input.from, timezone) : ctx.now;

  return inTransaction(ctx.db, async (tx) => {
    const all = await lockCancellableOfSeries(tenantId, tx, input.seriesId, from);
    const locked = all.filter((row) => isNamed(row) && canChange(row, ctx.caller));
    const refusals = (await Promise.all(locked.map((row) => refusalsOf(ctx, row, tenant)))).flat();
    if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

    const cancellation = cancellationBy(ctx.caller, input.reason);
    const rows = await changeBookings(tenantId, tx, locked, cancellation, ctx.now);
    await announce(tx, bookingsCancelled(locked, rows), ctx);
    await bumpResourceVersions(tenantId, tx, rows.flatMap(resourceIdsOf));
    return done(rows);
  });
}

async function refusalsOf(ctx: Context, row: BookingRow, tenant: TenantProfile): Promise<Refusal[]> {
  const refusal = cancelRefusal(row, await cancellationContextOf(ctx, row, tenant), ctx.caller);
  if (!refusal) return [];
  const { startTime, endTime } = row;
  return [{ ...refusal, field: ['input', 'from'], occurrence: { startTime, endTime } }];
}
