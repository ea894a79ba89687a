import { newId } from '@libs/db/ids';
import { pushQueue } from '@libs/graphql/subscriptions/pushQueue';
import { ApiError, badUserInput } from '@libs/outcome/apiErrors';
import type { Context } from '../../context.ts';
import type { AvailabilityChangedInput } from '../../generated.ts';
import { isOfCallersTenant } from '@libs/auth/tenantId';
import type { AvailabilityEvent } from './availabilityFeed.ts';
import type { LiveAvailability } from './liveAvailability.ts';
import type { WatchedResource } from './signatures.ts';

const MAX_WATCHED_RESOURCES = 50;
const MAX_WATCHED_DAYS = 14;
/** For one subscriber. Beyond it the subscription ends with RATE_LIMITED; a new one begins with the whole state. */
const MAX_UNREAD_EVENTS = 500;

/**
 * Availability as it changes: first the whole state, then the days that changed. Public for active tenants. BAD_USER_INPUT for too many
 * resources or days, unknown or deleted resources and those of several tenants; QUERY_TOO_COMPLEX for too many slots.
 */
export async function availabilityChanged(
  ctx: Context,
  live: LiveAvailability,
  input: AvailabilityChangedInput,
): Promise<AsyncIterableIterator<AvailabilityEvent>> {
  const watched = await watchedResources(ctx, input);
  const { from, to, durationMinutes, seats } = input;
  const days = from.until(to).days + 1;
  if (days < 1) throw badUserInput('shared.datesReversed');
  if (days > MAX_WATCHED_DAYS) throw badUserInput('shared.tooManyDays', { max: MAX_WATCHED_DAYS });

  const queue = pushQueue<AvailabilityEvent>({
    limit: MAX_UNREAD_EVENTS,
    onOverflow: () => queue.fail(new ApiError('RATE_LIMITED', 'booking.changesNotRead')),
  });
  const args = { from, to, durationMinutes, seats };
  const key = JSON.stringify([
    ctx.caller.kind === 'anonymous',
    watched.map(({ resourceId }) => resourceId).toSorted(),
    from.toString(),
    to.toString(),
    durationMinutes ?? null,
    seats ?? 1,
  ]);
  // The start has a position of its own: nobody else has sent the same.
  queue.push({ cursor: newId() });
  const { leave } = await live.follow(ctx, { key, watched, args }, queue);
  const events: AsyncIterableIterator<AvailabilityEvent> = {
    async next() {
      const taken = await queue.take(1);
      return taken ? { done: false, value: taken[0]! } : { done: true, value: undefined };
    },
    async return() {
      leave();
      queue.close();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
  return events;
}

async function watchedResources(
  ctx: Context,
  { resourceIds, tenantId: requestedId }: AvailabilityChangedInput,
): Promise<WatchedResource[]> {
  const ids = [...new Set(resourceIds)];
  if (ids.length === 0 || ids.length > MAX_WATCHED_RESOURCES) {
    throw badUserInput('booking.tooManyWatched', { max: MAX_WATCHED_RESOURCES });
  }
  const resources = await Promise.all(ids.map((id) => ctx.directory.resourceOfAllTenants(id)));
  const tenantId = requestedId ?? resources[0]?.tenant.id;
  const watched = resources.flatMap((resource) => {
    if (!resource || resource.isDeleted || resource.tenant.id !== tenantId) return [];
    const isTheirs = isOfCallersTenant(ctx.caller, resource.tenant.id);
    return isTheirs ? [{ resourceId: resource.id, tenantId: resource.tenant.id }] : [];
  });
  if (watched.length < ids.length) throw badUserInput('booking.watchedUnknown');
  const tenant = await ctx.directory.tenant(watched[0]!.tenantId);
  if (!tenant || (ctx.caller.kind === 'anonymous' && !tenant.isActive)) {
    throw badUserInput('booking.watchedUnknown');
  }
  return watched;
}
