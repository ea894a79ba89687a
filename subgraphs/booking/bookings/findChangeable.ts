import type { BookingRow } from '@drizzle/booking/tables';
import { signedIn } from '@libs/auth/caller';
import { tenantOfRow, type TenantId } from '@libs/auth/tenantId';
import type { Tx } from '@libs/db/inTransaction';
import type { Context } from '../context.ts';
import { canChange } from './access.ts';
import { bookingsByIdOfAllTenants, holdBooking } from './store.ts';

/** The booking that a change is about, and its tenant; undefined where there is none that the caller may change. */
export async function findChangeable(
  ctx: Context,
  id: string,
): Promise<{ tenantId: TenantId; seen: BookingRow } | undefined> {
  signedIn(ctx.caller);
  const [seen] = await bookingsByIdOfAllTenants(ctx.db, [id]);
  return seen && canChange(seen, ctx.caller) ? { tenantId: tenantOfRow(seen), seen } : undefined;
}

/** The same row held until the transaction ends, as it is by then. */
export async function holdChangeable(
  ctx: Context,
  tenantId: TenantId,
  tx: Tx,
  id: string,
): Promise<BookingRow | undefined> {
  const held = await holdBooking(tenantId, tx, id);
  return held && canChange(held, ctx.caller) ? held : undefined;
}
