/** Reactions to other subgraphs' events. */
import type { Reactions } from '@libs/events/reactions';
import { recordForAdministrators } from './notifications/recordForAdministrators.ts';
import { recordForParties } from './notifications/recordForParties.ts';
import { deleteUsersOfTenant } from './users/deleteUsersOfTenant.ts';

export const reactions: Reactions = {
  'booking.created': recordForParties,
  'booking.cancelled': recordForParties,
  'booking.status_changed': recordForParties,
  'webhook.disabled': recordForAdministrators,
  'tenant.deleted': deleteUsersOfTenant,
};
