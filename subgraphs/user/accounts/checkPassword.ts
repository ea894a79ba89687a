import { createHash } from 'node:crypto';
import type { TenantId } from '@libs/auth/tenantId';
import { ApiError } from '@libs/outcome/apiErrors';
import type { Context } from '../context.ts';
import { hashOwner, withHashSlot } from './hashQueue.ts';
import { isPassword } from './passwords.ts';
import { countFailureOfAllTenants, failuresOfAllTenants, clearFailuresOfAllTenants } from './store.ts';

/** Wrong passwords for one account within the window; then no password is looked at, not even the right one. */
export const MAX_PASSWORD_FAILURES = 10;
/** How long failures count, from the first of them, in minutes. */
export const FAILURE_WINDOW_MINUTES = 15;

export type Attempt = {
  /** Where the e-mail address was looked up: a tenant, or the platform (null); undefined for a domain that is nobody's. */
  tenantId: TenantId | null | undefined;
  /** The domain that is nobody's, where it is. */
  unknownDomain?: string | null | undefined;
  email: string;
  password: string;
  /** null: nobody by that name, or nobody who can sign in. */
  passwordHash: string | null;
};

/** The key under which failures are counted: for an address that nobody has as for one that somebody has. */
const accountKey = (realm: string | null, email: string): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([realm, email.toLowerCase()]))
    .digest();

/**
 * Whether the password is right, at the same cost whatever the reason why not. RATE_LIMITED after MAX_PASSWORD_FAILURES wrong ones. The count
 * is read when the turn comes, so guesses sent all at once gain no more than those that have a slot (MAX_CONCURRENT_HASHES). Sign-ins by
 * domains that nobody has wait in one queue together: inventing domains wins no turns.
 */
export function checkPassword(ctx: Context, attempt: Attempt): Promise<boolean> {
  const { tenantId, email, password, passwordHash } = attempt;
  const realm = tenantId === undefined ? `unknown domain ${attempt.unknownDomain}` : tenantId;
  const account = accountKey(realm, email);
  const since = ctx.now.subtract({ minutes: FAILURE_WINDOW_MINUTES });

  return withHashSlot('check', hashOwner(tenantId), async () => {
    const failures = await failuresOfAllTenants(ctx.db, account, since);
    if (failures >= MAX_PASSWORD_FAILURES) {
      throw new ApiError('RATE_LIMITED', 'user.tooManyFailures', { minutes: FAILURE_WINDOW_MINUTES });
    }
    const isRight = await isPassword(password, passwordHash);
    if (!isRight) await countFailureOfAllTenants(ctx.db, account, { now: ctx.now, since });
    else if (failures > 0) await clearFailuresOfAllTenants(ctx.db, account);
    return isRight;
  });
}
