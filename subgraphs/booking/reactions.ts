/** What bookings do when something that they refer to is deleted elsewhere. */
import type { Reactions } from '@libs/events/reactions';
import type { BusyCache } from './availability/busyTimes.ts';
import {
  cancelBookingsOfResource,
  cancelBookingsOfUser,
  deleteBookingsOfTenant,
} from './bookings/cascade/cascade.ts';

export const reactions = (busyCache: BusyCache): Reactions => ({
  'resource.deleted': cancelBookingsOfResource,
  'user.deleted': cancelBookingsOfUser,
  'tenant.deleted': (ctx) => deleteBookingsOfTenant(ctx, busyCache),
});
