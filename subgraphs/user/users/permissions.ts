import { ALL_PERMISSIONS, PERMISSIONS, permissionsSchema, type Permissions } from '@libs/auth/caller';
import type { UserPermissionsInput } from '../generated.ts';

export const DEFAULT_PERMISSIONS: Permissions = {
  canBook: true,
  canManageBookings: false,
  canManageResources: false,
  canManageUsers: false,
};

/** Effective only for a USER. */
const storedPermissions = (row: Permissions): Permissions => permissionsSchema.parse(row);

/** All for an ADMIN. */
export const permissionsOf = (row: Permissions & { userType: 'ADMIN' | 'USER' }): Permissions =>
  row.userType === 'ADMIN' ? ALL_PERMISSIONS : storedPermissions(row);

/** Nulls are refused elsewhere and ignored here. */
export function withPermissions(
  base: Permissions,
  input: UserPermissionsInput | null | undefined,
): Permissions {
  const changed = storedPermissions(base);
  for (const permission of PERMISSIONS) changed[permission] = input?.[permission] ?? changed[permission];
  return changed;
}
