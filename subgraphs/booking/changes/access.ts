/** Which changes a subscriber is told. */
import type { Caller } from '@libs/auth/caller';
import { canRead, type BookingParties } from '../bookings/access.ts';
import type { BookingChangeFilter, BookingChangeType } from '../generated.ts';

/** What a change is judged by. */
export type ChangeSummary = {
  type: BookingChangeType;
  /** As it is now. */
  booking: BookingParties;
  /** The resource that it is on, and the one that this change moved it from. */
  resourceIds: readonly string[];
  /** Who made it, for whom it is, and for whom it was before this change. */
  userIds: readonly string[];
};

/** Whether the caller, who may read the booking as it is now, asked for the change. */
export function matchesSubscription(
  change: ChangeSummary,
  caller: Caller,
  { resourceId, userId, types }: BookingChangeFilter,
): boolean {
  return (
    canRead(change.booking, caller) &&
    (resourceId == null || change.resourceIds.includes(resourceId)) &&
    (userId == null || change.userIds.includes(userId)) &&
    (types == null || types.includes(change.type))
  );
}
