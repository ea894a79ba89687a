import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import { accountEvents, asUser } from '../users/events.ts';
import { updateUserRow } from '../users/store.ts';
import { findLink } from './findLink.ts';
import { linkInvalid } from './rules.ts';
import { isSignUpWaiting } from './store.ts';
import { useLink } from './useLink.ts';

/**
 * From now on, a user who signed up can sign in. Refuses TOKEN_INVALID, also while a further sign-up with the address waits for its answer,
 * which ends the link.
 */
export async function verifyEmail(ctx: Context, token: string): Promise<Outcome<true>> {
  const invalid = linkInvalid(['token']);
  const link = await findLink(ctx, token, 'VERIFY_EMAIL');
  if (!link) return refused(invalid);
  const { tenantId, userId } = link;

  return inTransaction(ctx.db, async (tx) => {
    // Looked for before the link is used: if the sign-up is answered in between, the link has ended.
    if (await isSignUpWaiting(tenantId, tx, userId)) return refusedFor(tenantId, invalid);
    if (!(await useLink(tx, link))) return refusedFor(tenantId, invalid);
    await updateUserRow(tenantId, tx, userId, {
      emailVerifiedAt: ctx.now,
      awaitsVerification: false,
      updatedAt: ctx.now,
    });
    await announce(tx, accountEvents('user.email_verified', tenantId, userId), asUser(ctx, userId));
    return done(true);
  });
}
