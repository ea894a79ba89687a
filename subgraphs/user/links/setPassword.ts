import type { UserRow } from '@drizzle/user/tables';
import type { Tx } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { clearFailures } from '../accounts/checkPassword.ts';
import { setPasswordHash } from '../accounts/store.ts';
import type { Context } from '../context.ts';
import { endSessionsOfAccount } from '../sessions/store.ts';
import { accountEvents, asUser } from '../users/events.ts';
import { updateUserRow } from '../users/store.ts';
import { endLinks } from './endLinks.ts';
import type { Link } from './findLink.ts';

/**
 * Gives the user of a used link a new password: the link proves the address, all sessions and other links end, and earlier wrong
 * passwords no longer count.
 */
export async function setPassword(
  ctx: Context,
  tx: Tx,
  { tenantId, userId }: Link,
  { passwordHash, ...given }: { passwordHash: string; name?: string; phone?: string },
): Promise<UserRow> {
  await setPasswordHash(tenantId, tx, userId, { passwordHash, updatedAt: ctx.now });
  const user = await updateUserRow(tenantId, tx, userId, {
    ...given,
    emailVerifiedAt: ctx.now,
    invitedAt: null,
    awaitsVerification: false,
    updatedAt: ctx.now,
  });
  await announce(tx, accountEvents('user.password_changed', tenantId, userId), asUser(ctx, userId));
  await endLinks(tenantId, tx, userId);
  await endSessionsOfAccount(tenantId, tx, userId, { now: ctx.now });
  await clearFailures(tx, tenantId, user.email!);
  return user;
}
