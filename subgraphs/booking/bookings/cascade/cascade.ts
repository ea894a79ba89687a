/** What the deletion of something elsewhere does to bookings; each in the transaction that consumes the event, so once. */
import { announce } from '@libs/events/outbox';
import type { ReactionContext } from '@libs/events/reactions';
import { dropBusyTimes, type BusyCache } from '../../availability/busyTimes.ts';
import { resourcesEverBooked, bumpResourceVersions } from '../../availability/store.ts';
import { bookingCancelled } from '../events.ts';
import { cancelBookings } from '../store.ts';
import { deleteSomeOfTenant, lockCancellableOf, type CascadeTarget } from './cascadeStore.ts';
import { insertTombstone } from './tombstoneStore.ts';

/** Cancels what holds the deleted resource from now on. */
export async function cancelBookingsOfResource(ctx: ReactionContext<'resource.deleted'>): Promise<void> {
  const { resource_id: resourceId } = ctx.event.payload;
  await insertTombstone(ctx.tx, { kind: 'RESOURCE', id: resourceId }, ctx.now);
  await cancelAll(ctx, { resourceId });
}

/** Cancels what the deleted user made, and what is for them, as far as it holds its resource from now on. */
export async function cancelBookingsOfUser(ctx: ReactionContext<'user.deleted'>): Promise<void> {
  const { user_id: userId } = ctx.event.payload;
  await insertTombstone(ctx.tx, { kind: 'USER', id: userId }, ctx.now);
  await cancelAll(ctx, { userId });
}

/** Deletes all that the deleted tenant has here, and after the commit what the cache keeps of its bookings. */
export async function deleteBookingsOfTenant(
  ctx: ReactionContext<'tenant.deleted'>,
  busyCache: BusyCache,
): Promise<void> {
  const { tenantId } = ctx.event;
  await insertTombstone(ctx.tx, { kind: 'TENANT', id: tenantId }, ctx.now);
  const resourceIds = await resourcesEverBooked(tenantId, ctx.tx);
  ctx.tx.afterCommit(() => dropBusyTimes(busyCache, resourceIds));
  while ((await deleteSomeOfTenant(tenantId, ctx.tx)) > 0);
}

/** Batch by batch, so that no statement grows with the number of bookings. Each has its own booking.cancelled. */
async function cancelAll(
  ctx: ReactionContext<'resource.deleted'> | ReactionContext<'user.deleted'>,
  target: CascadeTarget,
): Promise<void> {
  const { tx, now, event } = ctx;
  const resources = new Set<string>();
  for (;;) {
    const locked = await lockCancellableOf(event.tenantId, tx, target, now);
    if (locked.length === 0) break;
    const cancelled = await cancelBookings(event.tenantId, tx, locked, { by: null, reason: null, now });
    await announce(tx, cancelled.map(bookingCancelled), ctx);
    for (const { resourceId } of cancelled) resources.add(resourceId);
  }
  await bumpResourceVersions(event.tenantId, tx, [...resources]);
}
