import { inTransaction } from '@libs/db/inTransaction';
import { done, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import { newPasswordRefusals } from '../accounts/newPassword.ts';
import { hashPassword } from '../accounts/passwords.ts';
import type { Context } from '../context.ts';
import type { ResetPasswordInput } from '../generated.ts';
import { findLink } from './findLink.ts';
import { linkInvalid } from './rules.ts';
import { setPassword } from './setPassword.ts';
import { useLink } from './useLink.ts';

/** Starts no session. Refuses TOKEN_INVALID, INVALID (new password). Of concurrent calls with one token, one succeeds. */
export async function resetPassword(ctx: Context, input: ResetPasswordInput): Promise<Outcome<true>> {
  const invalid = linkInvalid(['input', 'token']);
  const link = await findLink(ctx, input.token, 'RESET_PASSWORD');
  const refusals = newPasswordRefusals(input.newPassword, ['input', 'newPassword']);
  if (!link) return refused(invalid, ...refusals);
  if (refusals.length > 0) return refusedFor(link.tenantId, ...refusals);
  const passwordHash = await hashPassword(link.tenantId, input.newPassword);

  return inTransaction(ctx.db, async (tx) => {
    if (!(await useLink(tx, link))) return refusedFor(link.tenantId, invalid);
    await setPassword(ctx, tx, link, { passwordHash });
    return done(true);
  });
}
