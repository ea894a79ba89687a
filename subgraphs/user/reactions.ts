/** Reactions to other subgraphs' events. */
import type { Reactions } from '@libs/events/reactions';
import { deleteApiKeysOfTenant } from './apiKeys/deleteApiKeysOfTenant.ts';
import { eraseNotifications } from './notifications/eraseNotifications.ts';
import { recordForAdministrators } from './notifications/recordForAdministrators.ts';
import { recordForBookersAndClients } from './notifications/recordForBookersAndClients.ts';
import { deleteUsersOfTenant } from './users/deleteUsersOfTenant.ts';

const notifications = { applyAll: recordForBookersAndClients };

export const reactions: Reactions = {
  'booking.created': notifications,
  'booking.updated': notifications,
  'booking.cancelled': notifications,
  'booking.status_changed': notifications,
  'booking.reminder': notifications,
  'booking.erased': { applyAll: eraseNotifications },
  'webhook.disabled': recordForAdministrators,
  'tenant.deleted': async (ctx) => {
    await deleteUsersOfTenant(ctx);
    await deleteApiKeysOfTenant(ctx);
  },
};
