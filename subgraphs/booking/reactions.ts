/** What bookings do when something that they refer to is deleted elsewhere. */
import type { Reactions } from '@libs/events/reactions';
import {
  cancelBookingsOfResource,
  cancelBookingsOfUser,
  deleteBookingsOfTenant,
} from './bookings/cascade.ts';

export const reactions: Reactions = {
  'resource.deleted': cancelBookingsOfResource,
  'user.deleted': cancelBookingsOfUser,
  'tenant.deleted': deleteBookingsOfTenant,
};
