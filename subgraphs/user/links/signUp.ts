import { newId } from '@libs/db/ids';
import { forbidden } from '@libs/outcome/apiErrors';
import { nameRefusals } from '@libs/outcome/checks';
import { done, refusal, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import { atLimitRefusals } from '@libs/outcome/tenantLimits';
import { newPasswordRefusals } from '../accounts/newPassword.ts';
import { hashPassword } from '../accounts/passwords.ts';
import type { Context } from '../context.ts';
import type { SignUpInput } from '../generated.ts';
import { countUsers } from '../users/store.ts';
import { insertLinkRequest } from './store.ts';

/**
 * Answers alike, and at equal cost, whether or not the address is taken: a worker inserts the user and sends the e-mail
 * (`answerRequest.ts`). FORBIDDEN without selfSignUp. Refuses NOT_FOUND (no active tenant has the domain), INVALID for fields, TOO_MANY (the
 * tenant's limit).
 */
export async function signUp(ctx: Context, input: SignUpInput): Promise<Outcome<true>> {
  const tenant = await ctx.tenants.byDomain(input.domain);
  if (!tenant?.isActive) {
    return refused(refusal('NOT_FOUND', 'shared.tenantNotFound', ['input', 'domain']));
  }
  if (!tenant.settings.selfSignUp) throw forbidden();
  const refusals = [
    ...nameRefusals(input.name, ['input', 'name']),
    ...newPasswordRefusals(input.password, ['input', 'password']),
  ];
  // Of many sign-ups at once, some may go beyond the limit: nothing here may depend on whether the address is known.
  refusals.push(...atLimitRefusals('users', await countUsers(tenant.id, ctx.db), tenant.limits));
  if (refusals.length > 0) return refusedFor(tenant.id, ...refusals);

  const passwordHash = await hashPassword(tenant.id, input.password);
  await insertLinkRequest(tenant.id, ctx.db, {
    id: newId(),
    kind: 'SIGN_UP',
    email: input.email,
    name: input.name,
    phone: input.phone ?? null,
    passwordHash,
    traceId: ctx.traceId,
    createdAt: ctx.now,
  });
  return done(true);
}
