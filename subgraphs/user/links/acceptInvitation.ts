import { inTransaction } from '@libs/db/inTransaction';
import { nameRefusals } from '@libs/outcome/checks';
import { done, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import { newPasswordRefusals } from '../accounts/newPassword.ts';
import { hashPassword } from '../accounts/passwords.ts';
import type { Context } from '../context.ts';
import type { AcceptInvitationInput } from '../generated.ts';
import type { IssuedSession } from '../sessions/issueTokens.ts';
import { startSession } from '../sessions/startSession.ts';
import { findLink } from './findLink.ts';
import { linkInvalid } from './rules.ts';
import { setPassword } from './setPassword.ts';
import { useLink } from './useLink.ts';

/** Sets the password and starts a session. Refuses TOKEN_INVALID, INVALID (password, name). */
export async function acceptInvitation(
  ctx: Context,
  input: AcceptInvitationInput,
): Promise<Outcome<IssuedSession>> {
  const { token, password, name, phone } = input;
  const invalid = linkInvalid(['input', 'token']);
  const link = await findLink(ctx, token, 'ACCEPT_INVITATION');
  const refusals = [
    ...newPasswordRefusals(password, ['input', 'password']),
    ...nameRefusals(name, ['input', 'name']),
  ];
  if (!link) return refused(invalid, ...refusals);
  const { tenantId } = link;
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);
  const passwordHash = await hashPassword(tenantId, password);

  return inTransaction(ctx.db, async (tx) => {
    const account = await useLink(tx, link);
    if (!account) return refusedFor(tenantId, invalid);
    const user = await setPassword(ctx, tx, link, {
      passwordHash,
      ...(name != null && { name }),
      ...(phone != null && { phone }),
    });
    const session = await startSession(ctx, tx, tenantId, { ...account, passwordHash, user });
    tx.afterCommit(() => ctx.announceChange(user.id));
    return done(session);
  });
}
