/** Reactions to other subgraphs' events. */
import type { Reactions } from '@libs/events/reactions';
import { recordForAdministrators } from './notifications/recordForAdministrators.ts';
import { recordForBookerAndClient } from './notifications/recordForBookerAndClient.ts';
import { deleteUsersOfTenant } from './users/deleteUsersOfTenant.ts';

export const reactions: Reactions = {
  'booking.created': recordForBookerAndClient,
  'booking.cancelled': recordForBookerAndClient,
  'booking.status_changed': recordForBookerAndClient,
  'webhook.disabled': recordForAdministrators,
  'tenant.deleted': deleteUsersOfTenant,
};
