/** Reactions to deletions, each in the transaction that consumes the event, so once. */
import { announce } from '@libs/events/outbox';
import type { ReactionContext } from '@libs/events/reactions';
import { endHoldsOf } from '../../holds/endExpiredHolds.ts';
import { resourceIdsOf } from '../allocations/demands.ts';
import { bookingsCancelled } from '../events.ts';
import { bumpResourceVersions, changeBookings } from '../store.ts';
import { deleteRowsOfTenant, lockCancellableOf, type CascadeTarget } from './cascadeStore.ts';
import { insertTombstone } from './tombstoneStore.ts';

/** Cancels the resource's bookings that end after now, and ends its holds. */
export async function cancelBookingsOfResource(ctx: ReactionContext<'resource.deleted'>): Promise<void> {
  const { resource_id: resourceId } = ctx.event.payload;
  await insertTombstone(ctx.event.tenantId, ctx.tx, { kind: 'RESOURCE', id: resourceId }, ctx.now);
  await endAll(ctx, { resourceId });
}

/** Cancels the bookings for the user that end after now, and ends the holds by or for the user. What the user made for others stays. */
export async function cancelBookingsOfUser(ctx: ReactionContext<'user.deleted'>): Promise<void> {
  const { user_id: userId } = ctx.event.payload;
  await insertTombstone(ctx.event.tenantId, ctx.tx, { kind: 'USER', id: userId }, ctx.now);
  await endAll(ctx, { userId });
}

/** Cached busy times of the tenant expire: no query reaches them any more. */
export async function deleteBookingsOfTenant(ctx: ReactionContext<'tenant.deleted'>): Promise<void> {
  const { tenantId } = ctx.event;
  await insertTombstone(tenantId, ctx.tx, { kind: 'TENANT', id: tenantId }, ctx.now);
  await deleteRowsOfTenant(tenantId, ctx.tx);
}

/** Bookings in batches, so that no statement grows with their number. */
async function endAll(
  ctx: ReactionContext<'resource.deleted'> | ReactionContext<'user.deleted'>,
  target: CascadeTarget,
): Promise<void> {
  const { tx, now, event } = ctx;
  const cancellation = {
    status: 'CANCELLED',
    cancelledBy: null,
    cancellationReason: null,
    decisionDeadline: null,
  } as const;
  const resources = new Set<string>();
  for (;;) {
    const locked = await lockCancellableOf(event.tenantId, tx, target, now);
    if (locked.length === 0) break;
    const cancelled = await changeBookings(event.tenantId, tx, locked, cancellation, now);
    await announce(tx, bookingsCancelled(locked, cancelled), ctx);
    for (const row of cancelled) for (const id of resourceIdsOf(row)) resources.add(id);
  }
  const ended = await endHoldsOf(target, ctx, event.tenantId, tx);
  for (const hold of ended) for (const { resourceId } of hold.resources) resources.add(resourceId);
  await bumpResourceVersions(event.tenantId, tx, [...resources]);
}
