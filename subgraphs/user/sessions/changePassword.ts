import type { UserRow } from '@drizzle/user/tables';
import { requireSession } from '@libs/auth/caller';
import { unauthenticated } from '@libs/outcome/apiErrors';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refusal, refused, type Outcome } from '@libs/outcome/outcome';
import { checkPassword } from '../accounts/checkPassword.ts';
import { hashPassword } from '../accounts/passwords.ts';
import { newPasswordRefusals } from '../accounts/newPassword.ts';
import { findAccount, lockAccount, setPasswordHash } from '../accounts/store.ts';
import type { Context } from '../context.ts';
import type { ChangePasswordInput } from '../generated.ts';
import { accountEvents } from '../users/events.ts';
import { endLinks } from '../links/endLinks.ts';
import { endSessionsOfAccount, lockSessionForShare } from './store.ts';

/**
 * Requires a live session, and ends the caller's others. Returns the user; null for a platform administrator, whose password
 * stays until the environment names another. Refuses INVALID (new password) and INVALID_CREDENTIALS (wrong current one);
 * RATE_LIMITED after too many wrong ones.
 */
export async function changePassword(
  ctx: Context,
  input: ChangePasswordInput,
): Promise<Outcome<UserRow | null>> {
  const caller = requireSession(ctx.caller);
  const tenantId = caller.kind === 'user' ? caller.tenantId : null;
  const wrong = refused(refusal('INVALID_CREDENTIALS', 'user.wrongPassword', ['input', 'currentPassword']));
  const refusals = newPasswordRefusals(input.newPassword, ['input', 'newPassword']);
  if (refusals.length > 0) return refused(...refusals);

  const account = await findAccount(tenantId, ctx.db, caller.userId);
  if (!account) throw unauthenticated('api.sessionEnded');
  const { email, passwordHash } = account;
  const password = input.currentPassword;
  if (!(await checkPassword(ctx, { tenantId, email, password, passwordHash }))) return wrong;
  const newHash = await hashPassword(tenantId, input.newPassword);

  return inTransaction(ctx.db, async (tx) => {
    const locked = await lockAccount(tenantId, tx, account.id);
    const session = { id: caller.sessionId, accountId: account.id, now: ctx.now };
    if (!locked?.isActive || !(await lockSessionForShare(tenantId, tx, session))) {
      throw unauthenticated('api.sessionEnded');
    }
    // Changed since the password was checked.
    if (locked.passwordHash !== passwordHash) return wrong;

    await setPasswordHash(tenantId, tx, locked.id, { passwordHash: newHash, updatedAt: ctx.now });
    if (tenantId !== null) await endLinks(tenantId, tx, locked.id);
    await endSessionsOfAccount(tenantId, tx, locked.id, { now: ctx.now, exceptId: caller.sessionId });
    await announce(tx, accountEvents('user.password_changed', tenantId, locked.id), ctx);
    return done(locked.user && { ...locked.user, updatedAt: ctx.now });
  });
}
