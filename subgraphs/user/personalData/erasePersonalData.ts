import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import { removeUser } from '../users/removeUser.ts';
import { userErased } from '../users/events.ts';
import { lockCaller } from '../users/lockCaller.ts';
import { userNotFound } from '../users/rules.ts';
import { tenantOfUser } from '../users/tenantOfUser.ts';
import { assertOwnOrAdministrator } from './access.ts';
import { recordErasure } from './store.ts';

/**
 * Deletes the user, unless that was done before, and announces that what was written about them is to be erased. Requires an administrator
 * or the user themself. Refuses NOT_FOUND.
 */
export async function erasePersonalData(ctx: Context, id: string): Promise<Outcome<string>> {
  assertOwnOrAdministrator(ctx.caller, id);
  const notFound = userNotFound(['userId']);
  const tenantId = await tenantOfUser(ctx, id);
  if (!tenantId) return refused(notFound);

  return inTransaction(ctx.db, async (tx) => {
    const { caller, user: locked } = await lockCaller(ctx, tx, { tenantId, id });
    assertOwnOrAdministrator(caller, id);
    if (locked) await removeUser(ctx, tx, tenantId, id);
    if (!(await recordErasure(tenantId, tx, id, ctx.now))) return refusedFor(tenantId, notFound);
    await announce(tx, userErased(tenantId, id), ctx);
    tx.afterCommit(() => ctx.announceChange(id));
    return done(id);
  });
}
