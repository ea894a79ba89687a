/** Reactions to other subgraphs' events. */
import type { Reactions } from '@libs/events/reactions';
import { eraseDeliveries } from './deliveries/eraseDeliveries.ts';
import { recordDeliveries } from './deliveries/recordDeliveries.ts';

const deliveries = { applyAll: recordDeliveries };

export const reactions: Reactions = {
  'booking.created': deliveries,
  'booking.updated': deliveries,
  'booking.cancelled': deliveries,
  'booking.status_changed': deliveries,
  'booking.reminder': deliveries,
  'booking.erased': { applyAll: eraseDeliveries },
};
