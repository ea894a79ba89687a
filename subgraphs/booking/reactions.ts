/** Reactions of bookings to deletions in other subgraphs. */
import type { Reactions } from '@libs/events/reactions';
import {
  cancelBookingsOfResource,
  cancelBookingsOfUser,
  deleteBookingsOfTenant,
} from './bookings/cascade/cascade.ts';

export const reactions: Reactions = {
  'resource.deleted': cancelBookingsOfResource,
  'user.deleted': cancelBookingsOfUser,
  'tenant.deleted': deleteBookingsOfTenant,
};
