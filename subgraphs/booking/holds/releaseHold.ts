import type { HoldRow } from '@drizzle/booking/tables';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import { bumpResourceVersions } from '../bookings/store.ts';
import { findHold, holdNotFound, isHoldOver } from './holdAccess.ts';
import { holdEnded } from './holdEvents.ts';
import { endHolds, lockHold } from './holdStore.ts';

/** Frees the time at once. A hold that has ended is returned as it is. Refuses NOT_FOUND. */
export async function releaseHold(ctx: Context, id: string): Promise<Outcome<HoldRow>> {
  const found = await findHold(ctx, id);
  if (!found) return refused(holdNotFound(['id']));
  const { tenantId } = found;
  return inTransaction(ctx.db, async (tx) => {
    const hold = await lockHold(tenantId, tx, id);
    if (!hold) return refusedFor(tenantId, holdNotFound(['id']));
    if (isHoldOver(hold, ctx)) return done(hold);
    const [released] = await endHolds(tenantId, tx, [id], { now: ctx.now });
    await announce(tx, holdEnded(released!, 'released'), ctx);
    await bumpResourceVersions(
      tenantId,
      tx,
      hold.resources.map(({ resourceId }) => resourceId),
    );
    return done(released!);
  });
}
