/** Reactions of bookings to deletions in other subgraphs. */
import type { Reactions } from '@libs/events/reactions';
import {
  cancelBookingsOfResource,
  cancelBookingsOfUser,
  deleteBookingsOfTenant,
} from './bookings/cascade/cascade.ts';
import { eraseBookingsOfPerson } from './personalData/eraseBookings.ts';

export const reactions: Reactions = {
  'resource.deleted': cancelBookingsOfResource,
  'user.deleted': cancelBookingsOfUser,
  'user.erased': eraseBookingsOfPerson,
  'tenant.deleted': deleteBookingsOfTenant,
};
