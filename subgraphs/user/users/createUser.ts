import type { UserRow } from '@drizzle/user/tables';
import { tenantFor, type TenantId } from '@libs/auth/tenantId';
import { violatedConstraint } from '@libs/db/constraints';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import { done, refusal, refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import { hashPassword } from '../accounts/passwords.ts';
import { passwordRefusals } from '../accounts/rules.ts';
import type { Context } from '../context.ts';
import type { CreateUserInput } from '../generated.ts';
import { assertCanCreateUser } from './access.ts';
import { lockCaller } from './lockCaller.ts';
import { DEFAULT_PERMISSIONS, withPermissions } from './permissions.ts';
import { createUserRefusals, emailTaken } from './rules.ts';
import { insertUser, isEmailTaken, isTenantDeleted } from './store.ts';

const tenantNotFound = (): Refusal => refusal('NOT_FOUND', 'shared.tenantNotFound', ['input', 'tenantId']);

/** NOT_FOUND, or INACTIVE: only the platform prepares users in an inactive tenant. */
async function tenantUnavailableRefusals(ctx: Context, tenantId: TenantId): Promise<Refusal[]> {
  const tenant = await ctx.tenants.profile(tenantId);
  if (!tenant) return [tenantNotFound()];
  if (!tenant.isActive && ctx.caller.kind !== 'platform') {
    return [refusal('INACTIVE', 'shared.tenantInactive', ['input', 'tenantId'])];
  }
  return [];
}

/**
 * Requires canManageUsers; only administrators create ADMINs, and nobody grants more than they have. Refuses NOT_FOUND and
 * INACTIVE (tenant), INVALID for fields, the password and a taken e-mail address.
 */
export async function createUser(ctx: Context, input: CreateUserInput): Promise<Outcome<UserRow>> {
  assertCanCreateUser(ctx.caller, input);
  const tenantId = tenantFor(ctx.caller, input.tenantId);

  const ofTenant = await tenantUnavailableRefusals(ctx, tenantId);
  if (ofTenant.length > 0) return refusedFor(tenantId, ...ofTenant);
  const refusals = [...createUserRefusals(input), ...passwordRefusals(input.password, ['input', 'password'])];
  if (await isEmailTaken(tenantId, ctx.db, input.email)) refusals.push(emailTaken());
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

  const passwordHash = input.password == null ? null : await hashPassword(tenantId, input.password);
  try {
    return await inTransaction(ctx.db, async (tx) => {
      const isDeleted = await isTenantDeleted(tenantId, tx);
      const { caller } = await lockCaller(ctx, tx);
      assertCanCreateUser(caller, input);
      if (isDeleted) return refusedFor(tenantId, tenantNotFound());
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
        createdAt: ctx.now,
        updatedAt: ctx.now,
      });
      return done(row);
    });
  } catch (error) {
    if (violatedConstraint(error) === 'users_email_unique') return refusedFor(tenantId, emailTaken());
    throw error;
  }
}
