/** Reactions to other subgraphs' events. */
import type { Reactions } from '@libs/events/reactions';
import { purgeTenant } from './directory/purgeTenant.ts';
import { recordBookingStats } from './resources/recordBookingStats.ts';

const stats = { applyAll: recordBookingStats };

export const reactions: Reactions = {
  'booking.created': stats,
  'booking.cancelled': stats,
  'tenant.deleted': purgeTenant,
};
