import type { Db } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import { EnvironmentError } from '@libs/runtime/env';
import type { Temporal } from 'temporal-polyfill';
import { endSessionsOfAccount } from '../sessions/store.ts';
import type { NamedAdministrator } from './environment.ts';
import { withHashSlot } from './hashQueue.ts';
import { hashPassword, isPassword } from './passwords.ts';
import {
  hasAdministratorOfAllTenants,
  lockAdministratorOfAllTenants,
  insertAdministratorOfAllTenants,
  updateAdministratorOfAllTenants,
} from './store.ts';

/**
 * Ensures at startup that the platform has an administrator: inserts the one that the environment names, or, if the environment's
 * password has changed since the last start, sets it and ends their sessions. A password they set themselves stays until then.
 * Other administrators are left alone. EnvironmentError if none is named or exists. Safe to run concurrently.
 */
export async function ensureAdministrator(
  ctx: { db: Db; now: Temporal.Instant },
  named: NamedAdministrator | undefined,
): Promise<void> {
  const { db, now } = ctx;
  if (!named) {
    if (await hasAdministratorOfAllTenants(db)) return;
    throw new EnvironmentError([
      'PLATFORM_ADMIN_EMAIL, PLATFORM_ADMIN_PASSWORD: needed until the platform has an administrator',
    ]);
  }

  const passwordHash = await hashPassword(null, named.password);
  const id = newId();
  await inTransaction(db, async (tx) => {
    await insertAdministratorOfAllTenants(tx, {
      id,
      email: named.email,
      passwordHash,
      environmentPasswordHash: passwordHash,
      createdAt: now,
      updatedAt: now,
    });
    const locked = await lockAdministratorOfAllTenants(tx, named.email);
    if (!locked || locked.id === id) return;
    const isApplied = () => isPassword(named.password, locked.environmentPasswordHash);
    if (await withHashSlot('check', 'platform', isApplied)) return;
    await updateAdministratorOfAllTenants(tx, locked.id, {
      passwordHash,
      environmentPasswordHash: passwordHash,
      updatedAt: now,
    });
    await endSessionsOfAccount(null, tx, locked.id, { now });
  });
}
