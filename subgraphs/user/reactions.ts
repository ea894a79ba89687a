/** Reactions to other subgraphs' events. */
import type { Reactions } from '@libs/events/reactions';
import { recordForAdministrators } from './notifications/recordForAdministrators.ts';
import { recordForBookersAndClients } from './notifications/recordForBookersAndClients.ts';
import { deleteUsersOfTenant } from './users/deleteUsersOfTenant.ts';

const notifications = { applyAll: recordForBookersAndClients };

export const reactions: Reactions = {
  'booking.created': notifications,
  'booking.cancelled': notifications,
  'booking.status_changed': notifications,
  'webhook.disabled': recordForAdministrators,
  'tenant.deleted': deleteUsersOfTenant,
};
