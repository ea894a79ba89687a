import type { UserRow } from '@drizzle/user/tables';
import { requireSession, type SignedInCaller } from '@libs/auth/caller';
import type { TenantId } from '@libs/auth/tenantId';
import type { Tx } from '@libs/db/inTransaction';
import { unauthenticated } from '@libs/outcome/apiErrors';
import { lockAdministratorForShareOfAllTenants } from '../accounts/store.ts';
import type { Context } from '../context.ts';
import { lockSessionForShare } from '../sessions/store.ts';
import { permissionsOf } from './permissions.ts';
import { lockUser, lockUserForShare } from './store.ts';

type LockedCaller = {
  /** Who calls, with the type and the permissions that they have now. */
  caller: SignedInCaller;
  /** The user to change; undefined where there is none, or none was named. */
  user: UserRow | undefined;
};

/**
 * Who calls as they are now, and the user that they change, held until the transaction ends. `ctx.caller` is as the gateway knew them
 * up to some seconds ago: enough to read by, but whoever lost their rights in that time could give them back to themself, or to
 * somebody else for good. UNAUTHENTICATED where the session has ended, or its owner is inactive or gone. What they may is the verb's
 * to ask again.
 *
 * Rows are locked in one order, so that two who change each other do not wait for each other: the platform's administrator, users by
 * id, then the session.
 */
export async function lockCaller(
  ctx: Context,
  tx: Tx,
  changed?: { tenantId: TenantId; id: string },
): Promise<LockedCaller> {
  const signedIn = requireSession(ctx.caller);
  const { userId, sessionId } = signedIn;
  const session = { id: sessionId, accountId: userId, now: ctx.now };

  if (signedIn.kind === 'platform') {
    const isThere = await lockAdministratorForShareOfAllTenants(tx, userId);
    const user = changed && (await lockUser(changed.tenantId, tx, changed.id));
    if (!isThere || !(await lockSessionForShare(null, tx, session)))
      throw unauthenticated('api.sessionEnded');
    return { caller: signedIn, user };
  }

  const { tenantId } = signedIn;
  const rows = new Map<string, UserRow | undefined>();
  for (const id of [...new Set([userId, changed?.id ?? userId])].sort()) {
    rows.set(id, await (id === changed?.id ? lockUser : lockUserForShare)(tenantId, tx, id));
  }
  const own = rows.get(userId);
  if (!own?.isActive || !(await lockSessionForShare(tenantId, tx, session)))
    throw unauthenticated('api.sessionEnded');
  const caller = { ...signedIn, userType: own.userType, permissions: permissionsOf(own) };
  return { caller, user: changed && rows.get(changed.id) };
}
