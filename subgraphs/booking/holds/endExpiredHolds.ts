import type { HoldRow } from '@drizzle/booking/tables';
import { tenantOfRow, type TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import { inTransaction, type Tx } from '@libs/db/inTransaction';
import { SYSTEM } from '@libs/events/actor';
import type { EventContext } from '@libs/events/catalogue';
import { announce } from '@libs/events/outbox';
import { startLoop, type BackgroundLoop } from '@libs/runtime/backgroundLoop';
import type { Log } from '@libs/telemetry/log';
import { newTraceId } from '@libs/telemetry/trace';
import { systemClock, type Clock } from '@libs/time/clock';
import type { Temporal } from 'temporal-polyfill';
import { bumpResourceVersions } from '../bookings/store.ts';
import { holdEnded } from './holdEvents.ts';
import { endHolds, findExpiredOfAllTenants, findHoldsOf, purgeHoldsOfAllTenants } from './holdStore.ts';

/**
 * Ends holds in the transaction of whoever wants their time, of all resources or of some (`endHolds`), and announces each once. Returns
 * those that had not ended. `closed`: a closure covers them, or a resource, user or client of theirs was deleted.
 */
export async function endHoldsBecause(
  reason: 'expired' | 'closed',
  ctx: EventContext,
  tenantId: TenantId,
  tx: Tx,
  holdIds: readonly string[],
  resourceIds?: readonly string[],
): Promise<HoldRow[]> {
  const ended = await endHolds(tenantId, tx, holdIds, { now: ctx.now, resourceIds });
  await announce(
    tx,
    ended.map((hold) => holdEnded(hold, reason)),
    // Whoever finds an expired hold did not end it.
    reason === 'expired' ? { ...ctx, actor: SYSTEM } : ctx,
  );
  return ended;
}

/** Ends the holds of a resource, or by or for a user, that was deleted. Returns them. */
export async function endHoldsOf(
  target: { resourceId: string } | { userId: string },
  ctx: EventContext,
  tenantId: TenantId,
  tx: Tx,
): Promise<HoldRow[]> {
  const holdIds = await findHoldsOf(tenantId, tx, target, ctx.now);
  return endHoldsBecause('closed', ctx, tenantId, tx, holdIds);
}

/** An ended hold is kept so long that a late confirmation learns why it is refused. */
const HOLD_RETENTION_HOURS = 24;

export const purgeEndedHolds = (db: Db, now: Temporal.Instant): Promise<boolean> =>
  purgeHoldsOfAllTenants(db, now.subtract({ hours: HOLD_RETENTION_HOURS }));

const SWEEP_BATCH = 100;
const SWEEP_EVERY_MS = 1_000;

/**
 * Ends the expired holds whose time nobody wanted, and frees what else was held by those that others have ended (`endHolds`). Returns whether
 * there may be more. Nothing depends on it.
 */
export async function sweepExpiredHolds(db: Db, now: Temporal.Instant): Promise<boolean> {
  const expired = await findExpiredOfAllTenants(db, now, SWEEP_BATCH);
  for (const hold of expired) {
    const tenantId = tenantOfRow(hold);
    await inTransaction(db, async (tx) => {
      const ctx = { now, traceId: newTraceId() };
      await endHoldsBecause('expired', ctx, tenantId, tx, [hold.id]);
      // Nothing that is cached is wrong, but subscribers to availability go by the version.
      await bumpResourceVersions(
        tenantId,
        tx,
        hold.resources.map(({ resourceId }) => resourceId),
      );
    });
  }
  // Several allocations may be one hold's, so that fewer holds are no sign of the end.
  return expired.length > 0;
}

/** So that subscribers to availability hear of it soon. */
export const startHoldSweep = ({
  db,
  log,
  clock = systemClock,
}: {
  db: Db;
  log: Log;
  clock?: Clock;
}): BackgroundLoop =>
  startLoop({
    name: 'sweep of expired holds',
    log,
    runPass: async () => ((await sweepExpiredHolds(db, clock.now())) ? 0 : SWEEP_EVERY_MS),
  });
