import { createHash } from 'node:crypto';
import type { TenantId } from '@libs/auth/tenantId';
import { ApiError } from '@libs/outcome/apiErrors';
import type { Queryable } from '@libs/db/inTransaction';
import type { Context } from '../context.ts';
import { hashOwner, withHashSlot } from './hashQueue.ts';
import { isPassword } from './passwords.ts';
import { countFailureOfAllTenants, failuresOfAllTenants, clearFailuresOfAllTenants } from './store.ts';

/** After so many failures within the window, not even the right password is accepted. */
export const MAX_PASSWORD_FAILURES = 10;
/** Begins with the first failure. */
export const FAILURE_WINDOW_MINUTES = 15;

export type Attempt = {
  /** Null for the platform, undefined for an unknown domain. */
  tenantId: TenantId | null | undefined;
  unknownDomain?: string | null | undefined;
  email: string;
  password: string;
  /** Null: no such account, or one that cannot sign in. */
  passwordHash: string | null;
};

/** Failures are counted for addresses without an account too. */
const accountKey = (realm: string | null, email: string): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([realm, email.toLowerCase()]))
    .digest();

/** So that the owner of the address can sign in at once. */
export const clearFailures = (db: Queryable, tenantId: TenantId, email: string): Promise<void> =>
  clearFailuresOfAllTenants(db, accountKey(tenantId, email));

/**
 * Costs the same for every reason of a no. RATE_LIMITED after MAX_PASSWORD_FAILURES wrong passwords. Failures are read and
 * counted within a hash slot, so parallel guesses gain at most MAX_CONCURRENT_HASHES attempts. Unknown domains share one queue:
 * inventing domains wins no slots.
 */
export function checkPassword(ctx: Context, attempt: Attempt): Promise<boolean> {
  const { tenantId, email, password, passwordHash } = attempt;
  const realm = tenantId === undefined ? `unknown domain ${attempt.unknownDomain}` : tenantId;
  const account = accountKey(realm, email);
  const since = ctx.now.subtract({ minutes: FAILURE_WINDOW_MINUTES });

  return withHashSlot('check', hashOwner(tenantId), async () => {
    const failures = await failuresOfAllTenants(ctx.db, account, since);
    if (failures >= MAX_PASSWORD_FAILURES) {
      const params = { minutes: FAILURE_WINDOW_MINUTES };
      const retryAfterSeconds = FAILURE_WINDOW_MINUTES * 60;
      throw new ApiError('RATE_LIMITED', 'user.tooManyFailures', params, { retryAfterSeconds });
    }
    const isRight = await isPassword(password, passwordHash);
    if (!isRight) await countFailureOfAllTenants(ctx.db, account, { now: ctx.now, since });
    else if (failures > 0) await clearFailuresOfAllTenants(ctx.db, account);
    return isRight;
  });
}
