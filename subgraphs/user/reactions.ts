/** What the facts of other subgraphs cause here. */
import type { Reactions } from '@libs/events/reactions';
import { deleteUsersOfTenant } from './users/deleteUsersOfTenant.ts';

export const reactions: Reactions = {
  'tenant.deleted': deleteUsersOfTenant,
};
