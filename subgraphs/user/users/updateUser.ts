import type { UserRow } from '@drizzle/user/tables';
import type { TenantId } from '@libs/auth/tenantId';
import { violatedConstraint } from '@libs/db/constraints';
import { inTransaction, type Tx } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refused, refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import { checkPassword } from '../accounts/checkPassword.ts';
import { findAccount } from '../accounts/store.ts';
import type { Context } from '../context.ts';
import type { UpdateUserInput } from '../generated.ts';
import { endLinks } from '../links/endLinks.ts';
import { recordEmailChange } from '../notifications/recordEmailChange.ts';
import { endSessionsOfAccount } from '../sessions/store.ts';
import { isSelf, assertCanUpdateUser, assertCanUpdateUserRow } from './access.ts';
import { userChanges } from './events.ts';
import { lockCaller } from './lockCaller.ts';
import { withPermissions } from './permissions.ts';
import { emailTaken, passwordNeeded, updateUserRefusals, userNotFound } from './rules.ts';
import { isEmailTaken, updateUserRow, type UserChanges } from './store.ts';
import { tenantOfUser } from './tenantOfUser.ts';

/** The hash that the current password matched, if given to change the caller's own e-mail address. */
async function confirmedHash(
  ctx: Context,
  tenantId: TenantId,
  { id, email, currentPassword }: UpdateUserInput,
): Promise<string | null> {
  if (!isSelf(ctx.caller, id) || email == null || currentPassword == null) return null;
  const account = await findAccount(tenantId, ctx.db, id);
  if (!account || account.email === email) return null;
  const { passwordHash } = account;
  const attempt = { tenantId, email: account.email, password: currentPassword, passwordHash };
  return (await checkPassword(ctx, attempt)) ? passwordHash : null;
}

/** Whether the locked user still has the hash. */
const isCurrent = async (tenantId: TenantId, tx: Tx, id: string, hash: string | null): Promise<boolean> =>
  hash !== null && (await findAccount(tenantId, tx, id))?.passwordHash === hash;

async function refusalsOf(tenantId: TenantId, tx: Tx, input: UpdateUserInput): Promise<Refusal[]> {
  const refusals = updateUserRefusals(input);
  if (input.email != null && (await isEmailTaken(tenantId, tx, input.email, input.id))) {
    refusals.push(emailTaken());
  }
  return refusals;
}

const changesOf = (locked: UserRow, input: UpdateUserInput, now: UserRow['updatedAt']): UserChanges => ({
  name: input.name ?? locked.name,
  email: input.email ?? locked.email,
  phone: input.phone === undefined ? locked.phone : input.phone,
  userType: input.userType ?? locked.userType,
  ...withPermissions(locked, input.permissions),
  metadata: input.metadata ?? locked.metadata,
  isActive: input.isActive ?? locked.isActive,
  emailVerifiedAt: input.email != null && input.email !== locked.email ? null : locked.emailVerifiedAt,
  updatedAt: now,
});

/**
 * Absent fields stay, null clears the phone. Users change their own name, e-mail address, phone and metadata; canManageUsers
 * changes everything of others, but only administrators change ADMINs, and nobody grants more than they have. Deactivation ends
 * the user's sessions. Changing one's own e-mail address requires the current password (only INVALID_CREDENTIALS if missing or wrong,
 * RATE_LIMITED after too many wrong ones); the old address is notified of every change. Refuses NOT_FOUND, INVALID (every reason
 * at once).
 */
export async function updateUser(ctx: Context, input: UpdateUserInput): Promise<Outcome<UserRow>> {
  assertCanUpdateUser(ctx.caller, input);
  const { id } = input;
  const notFound = userNotFound(['input', 'id']);
  const tenantId = await tenantOfUser(ctx, id);
  if (!tenantId) return refused(notFound);
  const confirmed = await confirmedHash(ctx, tenantId, input);

  try {
    return await inTransaction(ctx.db, async (tx) => {
      const { caller, user: locked } = await lockCaller(ctx, tx, { tenantId, id });
      assertCanUpdateUser(caller, input);
      if (!locked) return refusedFor(tenantId, notFound);
      assertCanUpdateUserRow(caller, locked, input);
      const oldEmail = input.email != null && input.email !== locked.email ? locked.email : null;
      // First: without the password nobody learns which addresses are taken.
      if (oldEmail !== null && isSelf(caller, id) && !(await isCurrent(tenantId, tx, id, confirmed)))
        return refusedFor(tenantId, passwordNeeded(input));
      const refusals = await refusalsOf(tenantId, tx, input);
      if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

      const row = await updateUserRow(tenantId, tx, id, changesOf(locked, input, ctx.now));
      const isDeactivated = locked.isActive && !row.isActive;
      if (isDeactivated) await endSessionsOfAccount(tenantId, tx, id, { now: ctx.now });
      if (isDeactivated || oldEmail !== null) await endLinks(tenantId, tx, id);
      if (oldEmail !== null) await recordEmailChange(ctx, tx, { tenantId, id, oldEmail });
      await announce(tx, userChanges(locked, row), ctx);
      tx.afterCommit(() => ctx.announceChange(row.id));
      return done(row);
    });
  } catch (error) {
    if (violatedConstraint(error) === 'users_email_unique') return refusedFor(tenantId, emailTaken());
    throw error;
  }
}
