import type { UserRow } from '@drizzle/user/tables';
import { UNKNOWN_TIME, type Missing } from '@libs/graphql/missingReferences';

/** Stands for a missing user; may do nothing. */
export const unknownUser = (missing: Missing): UserRow => ({
  ...missing,
  email: null,
  phone: null,
  userType: 'USER',
  canBook: false,
  canManageBookings: false,
  canManageResources: false,
  canManageUsers: false,
  metadata: {},
  isActive: false,
  emailVerifiedAt: null,
  invitedAt: null,
  awaitsVerification: false,
  createdAt: UNKNOWN_TIME,
  updatedAt: UNKNOWN_TIME,
  deletedAt: null,
  erasedAt: null,
});
