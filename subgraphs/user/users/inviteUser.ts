import type { UserRow } from '@drizzle/user/tables';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refusal, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import { findAccount } from '../accounts/store.ts';
import type { Context } from '../context.ts';
import { endLinks } from '../links/endLinks.ts';
import { recordLink } from '../links/recordLink.ts';
import { tooManyLinkEmails } from '../links/rules.ts';
import { allowStaffEmail, reachesAddress } from '../links/staffEmails.ts';
import { assertCanInviteUser } from './access.ts';
import { accountEvents } from './events.ts';
import { lockCaller } from './lockCaller.ts';
import { hasPasswordAlready, userNotFound } from './rules.ts';
import { updateUserRow } from './store.ts';
import { tenantOfUser } from './tenantOfUser.ts';

/**
 * Sends an invitation, which ends the one before. Requires canManageUsers, for an ADMIN an administrator. Refuses NOT_FOUND, INACTIVE
 * (tenant, user), INVALID for a user with a password, TOO_MANY for an address to which the tenant has just
 * sent too many e-mails.
 */
export async function inviteUser(ctx: Context, id: string): Promise<Outcome<UserRow>> {
  assertCanInviteUser(ctx.caller);
  const notFound = userNotFound(['id']);
  const tenantId = await tenantOfUser(ctx, id);
  const tenant = tenantId && (await ctx.tenants.profile(tenantId));
  if (!tenantId || !tenant) return refused(notFound);
  if (!tenant.isActive) return refusedFor(tenantId, refusal('INACTIVE', 'shared.tenantInactive', ['id']));

  return inTransaction(ctx.db, async (tx) => {
    const { caller, user: locked } = await lockCaller(ctx, tx, { tenantId, id });
    assertCanInviteUser(caller, locked);
    if (!locked) return refusedFor(tenantId, notFound);
    if (!locked.isActive) return refusedFor(tenantId, refusal('INACTIVE', 'user.inactive', ['id']));
    const account = await findAccount(tenantId, tx, id);
    if (account?.passwordHash != null) return refusedFor(tenantId, hasPasswordAlready());
    if (!(await allowStaffEmail(tx, tenantId, locked.email!, ctx.now)))
      return refusedFor(tenantId, tooManyLinkEmails(['id']));

    const row = await updateUserRow(tenantId, tx, id, { invitedAt: ctx.now, updatedAt: ctx.now });
    await announce(tx, accountEvents('user.invited', tenantId, id), ctx);
    // Otherwise the invitation before stays, silently.
    if (await reachesAddress(tx, locked.email!, ctx.now)) {
      await endLinks(tenantId, tx, id);
      await recordLink(ctx, tx, { tenantId, id }, 'user.invitation');
    }
    return done(row);
  });
}
