import { inTransaction } from '@libs/db/inTransaction';
import { done, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import { assertCanDeleteUser, assertCanDeleteUserRow } from './access.ts';
import { lockCaller } from './lockCaller.ts';
import { removeUser } from './removeUser.ts';
import { userNotFound } from './rules.ts';
import { tenantOfUser } from './tenantOfUser.ts';

/**
 * Erases personal data and notifications, ends the sessions, and announces it, so that bookings are cancelled. Requires
 * canManageUsers, for an ADMIN an administrator. Refuses NOT_FOUND.
 */
export async function deleteUser(ctx: Context, id: string): Promise<Outcome<string>> {
  assertCanDeleteUser(ctx.caller);
  const notFound = userNotFound(['id']);
  const tenantId = await tenantOfUser(ctx, id);
  if (!tenantId) return refused(notFound);

  return inTransaction(ctx.db, async (tx) => {
    const { caller, user: locked } = await lockCaller(ctx, tx, { tenantId, id });
    assertCanDeleteUser(caller);
    if (!locked) return refusedFor(tenantId, notFound);
    assertCanDeleteUserRow(caller, locked);

    await removeUser(ctx, tx, tenantId, id);
    tx.afterCommit(() => ctx.announceChange(id));
    return done(id);
  });
}
