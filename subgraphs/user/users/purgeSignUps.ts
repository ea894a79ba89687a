import { tenantOfRow } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import { inTransaction } from '@libs/db/inTransaction';
import { newTraceId } from '@libs/telemetry/trace';
import type { Temporal } from 'temporal-polyfill';
import { removeUser } from './removeUser.ts';
import { UNVERIFIED_SIGN_UP_DAYS } from './rules.ts';
import { lockUser, unverifiedSignUpsOfAllTenants } from './store.ts';

const PURGE_BATCH = 100;

/**
 * Deletes users who signed up UNVERIFIED_SIGN_UP_DAYS ago and have not verified their address since, as `deleteUser` does: whoever wrote
 * the address need not be its owner. Purges one batch; returns whether there may be more.
 */
export async function purgeSignUps({ db, now }: { db: Db; now: Temporal.Instant }): Promise<boolean> {
  const until = now.subtract({ hours: UNVERIFIED_SIGN_UP_DAYS * 24 });
  const signUps = await unverifiedSignUpsOfAllTenants(db, until, PURGE_BATCH);
  for (const { id, ...row } of signUps) {
    const tenantId = tenantOfRow(row);
    await inTransaction(db, async (tx) => {
      const user = await lockUser(tenantId, tx, id);
      // Verified, or deleted, since it was read.
      if (user?.awaitsVerification) await removeUser({ now, traceId: newTraceId() }, tx, tenantId, id);
    });
  }
  return signUps.length === PURGE_BATCH;
}
