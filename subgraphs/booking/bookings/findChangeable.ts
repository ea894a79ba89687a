import type { BookingRow } from '@drizzle/booking/tables';
import { tenantOfRow, type TenantId } from '@libs/auth/tenantId';
import type { Tx } from '@libs/db/inTransaction';
import type { Context } from '../context.ts';
import { canChange, requireBooker } from './access.ts';
import { bookingsByIdOfAllTenants, lockBooking } from './store.ts';

/** undefined if there is none that the caller may change. */
export async function findChangeable(
  ctx: Context,
  id: string,
): Promise<{ tenantId: TenantId; booking: BookingRow } | undefined> {
  requireBooker(ctx.caller);
  const [booking] = await bookingsByIdOfAllTenants(ctx.db, [id]);
  return booking && canChange(booking, ctx.caller) ? { tenantId: tenantOfRow(booking), booking } : undefined;
}

/** The current row, locked. */
export async function lockChangeable(
  ctx: Context,
  tenantId: TenantId,
  tx: Tx,
  id: string,
): Promise<BookingRow | undefined> {
  const locked = await lockBooking(tenantId, tx, id);
  return locked && canChange(locked, ctx.caller) ? locked : undefined;
}
