import { isOfCallersTenant } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refused, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import { requireClosurePermission } from './access.ts';
import { closureDeleted } from './events.ts';
import { closureNotFound } from './rules.ts';
import { closureOfAllTenants, deleteClosureRow } from './store.ts';

/** Bookings that it cancelled stay cancelled. Requires canManageResources. Refuses NOT_FOUND. Returns the id. */
export async function deleteClosure(ctx: Context, id: string): Promise<Outcome<string>> {
  requireClosurePermission(ctx.caller, null);
  const notFound = refused(closureNotFound(['id']));
  const found = await closureOfAllTenants(ctx.db, id);
  if (!found || !isOfCallersTenant(ctx.caller, found.tenantId)) return notFound;
  const { tenantId } = found;
  return inTransaction(ctx.db, async (tx) => {
    const row = await deleteClosureRow(tenantId, tx, id);
    if (!row) return notFound;
    await announce(tx, closureDeleted(row), ctx);
    return done(id);
  });
}
