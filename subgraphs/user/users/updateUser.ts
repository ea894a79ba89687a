import type { UserRow } from '@drizzle/user/tables';
import type { TenantId } from '@libs/auth/tenantId';
import { violatedConstraint } from '@libs/db/constraints';
import { inTransaction, type Tx } from '@libs/db/inTransaction';
import { done, refused, refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import type { UpdateUserInput } from '../generated.ts';
import { endSessionsOfAccount } from '../sessions/store.ts';
import { needUpdate, needUpdateOf } from './access.ts';
import { holdCaller } from './holdCaller.ts';
import { withPermissions } from './permissions.ts';
import { emailTaken, updateRefusals, userNotFound } from './rules.ts';
import { isEmailTaken, updateUserRow, type UserChanges } from './store.ts';
import { tenantOfUser } from './tenantOfUser.ts';

async function refusalsOf(tenantId: TenantId, tx: Tx, input: UpdateUserInput): Promise<Refusal[]> {
  const refusals = updateRefusals(input);
  if (input.email != null && (await isEmailTaken(tenantId, tx, input.email, input.id))) {
    refusals.push(emailTaken());
  }
  return refusals;
}

/** The row's fields as they will be; what cannot be null was refused. */
const changesOf = (held: UserRow, input: UpdateUserInput, now: UserRow['updatedAt']): UserChanges => ({
  name: input.name ?? held.name,
  email: input.email ?? held.email,
  phone: input.phone === undefined ? held.phone : input.phone,
  userType: input.userType ?? held.userType,
  ...withPermissions(held, input.permissions),
  metadata: input.metadata ?? held.metadata,
  isActive: input.isActive ?? held.isActive,
  updatedAt: now,
});

/**
 * Changes a user; absent fields stay, null clears the phone. Users change their own name, e-mail address, phone and metadata; who has
 * canManageUsers changes all of others, but only administrators change ADMINs, and nobody grants more than they have. Whoever becomes
 * inactive is signed out everywhere. Refuses NOT_FOUND and, with every reason at once, INVALID.
 */
export async function updateUser(ctx: Context, input: UpdateUserInput): Promise<Outcome<UserRow>> {
  needUpdate(ctx.caller, input);
  const { id } = input;
  const notFound = userNotFound(['input', 'id']);
  const tenantId = await tenantOfUser(ctx, id);
  if (!tenantId) return refused(notFound);

  try {
    return await inTransaction(ctx.db, async (tx) => {
      const { caller, user: held } = await holdCaller(ctx, tx, { tenantId, id });
      needUpdate(caller, input);
      if (!held) return refusedFor(tenantId, notFound);
      needUpdateOf(caller, held, input);
      const refusals = await refusalsOf(tenantId, tx, input);
      if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

      const row = await updateUserRow(tenantId, tx, id, changesOf(held, input, ctx.now));
      if (held.isActive && !row.isActive) await endSessionsOfAccount(tenantId, tx, id, { now: ctx.now });
      return done(row);
    });
  } catch (error) {
    if (violatedConstraint(error) === 'users_email_unique') return refusedFor(tenantId, emailTaken());
    throw error;
  }
}
