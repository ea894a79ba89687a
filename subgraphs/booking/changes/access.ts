import type { Caller } from '@libs/auth/caller';
import { canRead, type BookingParties } from '../bookings/access.ts';
import type { BookingChangeFilter, BookingChangeType } from '../generated.ts';

export type ChangeSummary = {
  type: BookingChangeType;
  /** In its current state. */
  booking: BookingParties;
  /** The booking's resources, and those that this change moved it from. */
  resourceIds: readonly string[];
  /** The booking's creator, its client, and its client before this change. */
  userIds: readonly string[];
};

/** The caller must be able to read the booking in its current state. */
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
