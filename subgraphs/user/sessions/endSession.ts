import { requireSession } from '@libs/auth/caller';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refusal, refused, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import { accountEvents } from '../users/events.ts';
import { endSessionOfAccount } from './store.ts';

/** Ends a session of the caller, even the current one. Refuses NOT_FOUND for another's, or one that has ended. */
export async function endSession(ctx: Context, id: string): Promise<Outcome<string>> {
  const caller = requireSession(ctx.caller);
  const tenantId = caller.kind === 'user' ? caller.tenantId : null;
  return inTransaction(ctx.db, async (tx) => {
    const isEnded = await endSessionOfAccount(tenantId, tx, { id, accountId: caller.userId, now: ctx.now });
    if (!isEnded) return refused(refusal('NOT_FOUND', 'user.sessionNotFound', ['id']));
    await announce(tx, accountEvents('user.signed_out', tenantId, caller.userId), ctx);
    return done(id);
  });
}
