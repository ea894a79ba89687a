import { inTransaction } from '@libs/db/inTransaction';
import { done, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import { checkPassword } from '../accounts/checkPassword.ts';
import { accountByEmail, lockAccount } from '../accounts/store.ts';
import type { Context } from '../context.ts';
import type { SignInInput } from '../generated.ts';
import { recordSignIn } from '../notifications/recordSignIn.ts';
import type { IssuedSession } from './issueTokens.ts';
import { emailUnverified, invalidCredentials, tenantInactive, userInactive } from './rules.ts';
import { startSession } from './startSession.ts';
import { isDeviceKnown } from './store.ts';

/**
 * Without a domain, for platform administrators. Refuses an unknown domain, an unknown e-mail address and a wrong password alike
 * (INVALID_CREDENTIALS) and at equal cost; INACTIVE for an inactive tenant or user, and for one who has signed up and not verified
 * the address, only after the right password. RATE_LIMITED after too many wrong passwords. Where the tenant wants it, a sign-in from a
 * device without a session is announced by e-mail.
 */
export async function signIn(ctx: Context, input: SignInInput): Promise<Outcome<IssuedSession>> {
  const { domain, email, password } = input;
  const tenant = domain == null ? null : await ctx.tenants.byDomain(domain);
  const tenantId = tenant && tenant.id;
  const account = tenantId === undefined ? undefined : await accountByEmail(tenantId, ctx.db, email);
  const invalid = tenantId ? refusedFor(tenantId, invalidCredentials()) : refused(invalidCredentials());

  const isRight = await checkPassword(ctx, {
    tenantId,
    unknownDomain: domain,
    email,
    password,
    passwordHash: account?.passwordHash ?? null,
  });
  if (!isRight || !account || tenantId === undefined) return invalid;
  if (tenant && !tenant.isActive) return refusedFor(tenant.id, tenantInactive());

  return inTransaction(ctx.db, async (tx) => {
    const locked = await lockAccount(tenantId, tx, account.id);
    // Deleted or changed since the password was checked.
    if (!locked || locked.passwordHash !== account.passwordHash) return invalid;
    if (!locked.isActive) return { ...invalid, refusals: [userInactive()] };
    if (locked.user?.awaitsVerification) return { ...invalid, refusals: [emailUnverified()] };

    if (tenant?.settings.signInEmails) {
      const device = { accountId: locked.id, userAgent: ctx.userAgent ?? null, now: ctx.now };
      if (!(await isDeviceKnown(tenant.id, tx, device)))
        await recordSignIn(ctx, tx, { tenantId: tenant.id, id: locked.id });
    }
    return done(await startSession(ctx, tx, tenantId, locked));
  });
}
