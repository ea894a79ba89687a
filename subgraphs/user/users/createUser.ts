import type { UserRow } from '@drizzle/user/tables';
import { tenantFor } from '@libs/auth/tenantId';
import { acquireLocks, LOCK_KEYS } from '@libs/db/advisoryLocks';
import { violatedConstraint } from '@libs/db/constraints';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import type { TenantProfile } from '@libs/directory/tenants';
import { announce } from '@libs/events/outbox';
import { done, refusal, refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import { atLimitRefusals } from '@libs/outcome/tenantLimits';
import { hashPassword } from '../accounts/passwords.ts';
import { newPasswordRefusals } from '../accounts/newPassword.ts';
import type { Context } from '../context.ts';
import type { CreateUserInput } from '../generated.ts';
import { recordLink } from '../links/recordLink.ts';
import { tooManyLinkEmails } from '../links/rules.ts';
import { allowStaffEmail, reachesAddress } from '../links/staffEmails.ts';
import { assertCanCreateUser } from './access.ts';
import { userCreated } from './events.ts';
import { lockCaller } from './lockCaller.ts';
import { DEFAULT_PERMISSIONS, withPermissions } from './permissions.ts';
import { createUserRefusals, emailTaken } from './rules.ts';
import { countUsers, insertUser, isEmailTaken, isTenantDeleted } from './store.ts';

const tenantNotFound = (): Refusal => refusal('NOT_FOUND', 'shared.tenantNotFound', ['input', 'tenantId']);

/** NOT_FOUND, or INACTIVE: only the platform prepares users in an inactive tenant, and nobody invites them. */
function tenantUnavailableRefusals(
  ctx: Context,
  tenant: TenantProfile | undefined,
  { invite }: CreateUserInput,
): Refusal[] {
  if (!tenant) return [tenantNotFound()];
  if (!tenant.isActive && (invite || ctx.caller.kind !== 'platform')) {
    return [refusal('INACTIVE', 'shared.tenantInactive', ['input', 'tenantId'])];
  }
  return [];
}

/**
 * Requires canManageUsers; only administrators create ADMINs, and nobody grants more than they have. Refuses NOT_FOUND and
 * INACTIVE (tenant), INVALID for fields, the password and a taken e-mail address, TOO_MANY beyond the tenant's limit, or for an address to which
 * the tenant has just sent too many e-mails.
 */
export async function createUser(ctx: Context, input: CreateUserInput): Promise<Outcome<UserRow>> {
  assertCanCreateUser(ctx.caller, input);
  const tenantId = tenantFor(ctx.caller, input.tenantId);

  const tenant = await ctx.tenants.profile(tenantId);
  const ofTenant = tenantUnavailableRefusals(ctx, tenant, input);
  if (ofTenant.length > 0 || !tenant) return refusedFor(tenantId, ...ofTenant);
  const refusals = [
    ...createUserRefusals(input),
    ...newPasswordRefusals(input.password, ['input', 'password']),
  ];
  if (await isEmailTaken(tenantId, ctx.db, input.email)) refusals.push(emailTaken());
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

  const passwordHash = input.password == null ? null : await hashPassword(tenantId, input.password);
  try {
    return await inTransaction(ctx.db, async (tx) => {
      await acquireLocks(tx, LOCK_KEYS.limit('users', tenantId));
      const isDeleted = await isTenantDeleted(tenantId, tx);
      const { caller } = await lockCaller(ctx, tx);
      assertCanCreateUser(caller, input);
      if (isDeleted) return refusedFor(tenantId, tenantNotFound());
      const tooMany = atLimitRefusals('users', await countUsers(tenantId, tx), tenant.limits);
      if (tooMany.length > 0) return refusedFor(tenantId, ...tooMany);
      const invite = input.invite ?? false;
      if (invite && !(await allowStaffEmail(tx, tenantId, input.email, ctx.now)))
        return refusedFor(tenantId, tooManyLinkEmails(['input', 'invite']));
      const row = await insertUser(tenantId, tx, {
        id: newId(),
        name: input.name,
        email: input.email,
        phone: input.phone ?? null,
        passwordHash,
        userType: input.userType ?? 'USER',
        ...withPermissions(DEFAULT_PERMISSIONS, input.permissions),
        metadata: input.metadata ?? {},
        isActive: true,
        invitedAt: invite ? ctx.now : null,
        createdAt: ctx.now,
        updatedAt: ctx.now,
      });
      await announce(tx, userCreated(row), ctx);
      if (invite && (await reachesAddress(tx, input.email, ctx.now)))
        await recordLink(ctx, tx, { tenantId, id: row.id }, 'user.invitation');
      return done(row);
    });
  } catch (error) {
    if (violatedConstraint(error) === 'users_email_unique') return refusedFor(tenantId, emailTaken());
    throw error;
  }
}
