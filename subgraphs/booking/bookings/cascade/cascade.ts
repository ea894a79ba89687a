/** What the deletion of something elsewhere does to bookings; each in the transaction that consumes the event, so once. */
import { announce } from '@libs/events/outbox';
import type { ReactionContext } from '@libs/events/reactions';
import { dropBusyTimes, type BusyCache } from '../../availability/busyTimes.ts';
import { resourcesEverHeld, touchResources } from '../../availability/store.ts';
import { bookingCancelled } from '../events.ts';
import { cancelBookings } from '../store.ts';
import { deleteSomeOfTenant, holdCancellableOf, type Whose } from './cascadeStore.ts';
import { markGone } from './goneStore.ts';

/** Cancels what holds the deleted resource from now on. */
export async function cancelBookingsOfResource(ctx: ReactionContext<'resource.deleted'>): Promise<void> {
  const { resource_id: resourceId } = ctx.fact.payload;
  await markGone(ctx.tx, { kind: 'RESOURCE', id: resourceId }, ctx.now);
  await cancelAll(ctx, { resourceId });
}

/** Cancels what the deleted user made, and what is for them, as far as it holds its resource from now on. */
export async function cancelBookingsOfUser(ctx: ReactionContext<'user.deleted'>): Promise<void> {
  const { user_id: userId } = ctx.fact.payload;
  await markGone(ctx.tx, { kind: 'USER', id: userId }, ctx.now);
  await cancelAll(ctx, { userId });
}

/** Deletes all that the deleted tenant has here, and after the commit what the cache keeps of its bookings. */
export async function deleteBookingsOfTenant(
  ctx: ReactionContext<'tenant.deleted'>,
  busyCache: BusyCache,
): Promise<void> {
  const { tenantId } = ctx.fact;
  await markGone(ctx.tx, { kind: 'TENANT', id: tenantId }, ctx.now);
  const resourceIds = await resourcesEverHeld(tenantId, ctx.tx);
  ctx.tx.afterCommit(() => dropBusyTimes(busyCache, resourceIds));
  while ((await deleteSomeOfTenant(tenantId, ctx.tx)) > 0);
}

/** Batch by batch, so that no statement grows with the number of bookings. Each has its own booking.cancelled. */
async function cancelAll(
  ctx: ReactionContext<'resource.deleted'> | ReactionContext<'user.deleted'>,
  whose: Whose,
): Promise<void> {
  const { tx, now, fact } = ctx;
  const resources = new Set<string>();
  for (;;) {
    const held = await holdCancellableOf(fact.tenantId, tx, whose, now);
    if (held.length === 0) break;
    const cancelled = await cancelBookings(fact.tenantId, tx, held, { by: null, reason: null, now });
    await announce(tx, cancelled.map(bookingCancelled), ctx);
    for (const { resourceId } of cancelled) resources.add(resourceId);
  }
  await touchResources(fact.tenantId, tx, [...resources]);
}
