import type { UserRow } from '@drizzle/user/tables';
import { signedIn, type SignedIn } from '@libs/auth/caller';
import type { TenantId } from '@libs/auth/tenantId';
import type { Tx } from '@libs/db/inTransaction';
import { unauthenticated } from '@libs/outcome/apiErrors';
import { keepAdministratorOfAllTenants } from '../accounts/store.ts';
import type { Context } from '../context.ts';
import { keepSession } from '../sessions/store.ts';
import { permissionsOf } from './permissions.ts';
import { holdUser, keepUser } from './store.ts';

type Held = {
  /** Who calls, with the type and the permissions that they have now. */
  caller: SignedIn;
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
export async function holdCaller(
  ctx: Context,
  tx: Tx,
  changed?: { tenantId: TenantId; id: string },
): Promise<Held> {
  const known = signedIn(ctx.caller);
  const { userId, sessionId } = known;
  const session = { id: sessionId, accountId: userId, now: ctx.now };

  if (known.kind === 'platform') {
    const isThere = await keepAdministratorOfAllTenants(tx, userId);
    const user = changed && (await holdUser(changed.tenantId, tx, changed.id));
    if (!isThere || !(await keepSession(null, tx, session))) throw unauthenticated('api.sessionEnded');
    return { caller: known, user };
  }

  const { tenantId } = known;
  const rows = new Map<string, UserRow | undefined>();
  for (const id of [...new Set([userId, changed?.id ?? userId])].sort()) {
    rows.set(id, await (id === changed?.id ? holdUser : keepUser)(tenantId, tx, id));
  }
  const own = rows.get(userId);
  if (!own?.isActive || !(await keepSession(tenantId, tx, session)))
    throw unauthenticated('api.sessionEnded');
  const caller = { ...known, userType: own.userType, permissions: permissionsOf(own) };
  return { caller, user: changed && rows.get(changed.id) };
}
