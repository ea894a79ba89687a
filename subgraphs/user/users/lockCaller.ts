import type { UserRow } from '@drizzle/user/tables';
import { requireKnownCaller, type KnownCaller } from '@libs/auth/caller';
import type { TenantId } from '@libs/auth/tenantId';
import type { Tx } from '@libs/db/inTransaction';
import { unauthenticated } from '@libs/outcome/apiErrors';
import { lockAdministratorForShareOfAllTenants } from '../accounts/store.ts';
import { requireLiveKey } from '../apiKeys/requireLiveKey.ts';
import type { Context } from '../context.ts';
import { lockSessionForShare } from '../sessions/store.ts';
import { permissionsOf } from './permissions.ts';
import { lockUser, lockUserForShare } from './store.ts';

type LockedCaller = {
  /** With their current type and permissions. */
  caller: KnownCaller;
  /** Undefined if none was named or found. */
  user: UserRow | undefined;
};

/**
 * The caller with current rights, and the user to change, both locked until the transaction ends. `ctx.caller` may be seconds
 * old: fine for reads, but someone who just lost their rights could give them back to themself, or to an accomplice.
 * UNAUTHENTICATED if the session or API key has ended, or its owner is inactive or gone. The verb must check permissions again.
 * Lock order, so that users who change each other do not deadlock: platform administrator, users by id, session or API key.
 */
export async function lockCaller(
  ctx: Context,
  tx: Tx,
  changed?: { tenantId: TenantId; id: string },
): Promise<LockedCaller> {
  const signedIn = requireKnownCaller(ctx.caller);
  if (signedIn.kind === 'apiKey') {
    const user = changed && (await lockUser(changed.tenantId, tx, changed.id));
    await requireLiveKey(ctx, tx, signedIn);
    return { caller: signedIn, user };
  }
  const { userId, sessionId } = signedIn;
  const session = { id: sessionId, accountId: userId, now: ctx.now };

  if (signedIn.kind === 'platform') {
    const exists = await lockAdministratorForShareOfAllTenants(tx, userId);
    const user = changed && (await lockUser(changed.tenantId, tx, changed.id));
    if (!exists || !(await lockSessionForShare(null, tx, session))) throw unauthenticated('api.sessionEnded');
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
