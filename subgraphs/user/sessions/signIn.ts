import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import { done, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import { checkPassword } from '../accounts/checkPassword.ts';
import { accountByEmail, lockAccount } from '../accounts/store.ts';
import type { Context } from '../context.ts';
import type { SignInInput } from '../generated.ts';
import { issueTokens, type IssuedSession } from './issueTokens.ts';
import { invalidCredentials, sessionExpiry, tenantInactive, userInactive } from './rules.ts';
import { insertSession } from './store.ts';

/**
 * Without a domain, for platform administrators. Refuses an unknown domain, an unknown e-mail address and a wrong password alike
 * (INVALID_CREDENTIALS) and at equal cost; INACTIVE for an inactive tenant or user, only after the right password. RATE_LIMITED
 * after too many wrong passwords.
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

    const id = newId();
    const expiresAt = sessionExpiry(ctx.now, ctx.now, ctx.sessionRules);
    await insertSession(tenantId, tx, { id, accountId: locked.id, createdAt: ctx.now, expiresAt });
    return done(await issueTokens(ctx, tx, { id, tenantId, account: locked, expiresAt }));
  });
}
