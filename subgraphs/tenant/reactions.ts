/** Reactions to other subgraphs' events. */
import type { Reactions } from '@libs/events/reactions';
import { recordDeliveries } from './deliveries/recordDeliveries.ts';

export const reactions: Reactions = {
  'booking.created': recordDeliveries,
  'booking.updated': recordDeliveries,
  'booking.cancelled': recordDeliveries,
  'booking.status_changed': recordDeliveries,
};
