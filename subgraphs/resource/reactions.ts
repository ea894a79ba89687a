/** Reactions to other subgraphs' events. */
import type { Reactions } from '@libs/events/reactions';
import { purgeTenant } from './directory/purgeTenant.ts';
import { countBooking } from './resources/countBooking.ts';

export const reactions: Reactions = {
  'booking.created': countBooking,
  'booking.cancelled': countBooking,
  'tenant.deleted': purgeTenant,
};
