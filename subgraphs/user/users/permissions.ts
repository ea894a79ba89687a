/** What users may do: the defaults, what an input makes of them, and what they come to. Pure. */
import { ALL_PERMISSIONS, type Permission, type Permissions } from '@libs/auth/caller';
import type { UserPermissionsInput } from '../generated.ts';

export const PERMISSIONS = Object.keys(ALL_PERMISSIONS) as Permission[];

/** The contract's defaults. */
export const DEFAULT_PERMISSIONS: Permissions = {
  canBook: true,
  canManageBookings: false,
  canManageResources: false,
  canManageUsers: false,
};

/** The permissions of a row, by themselves; whether they count depends on the user's type. */
export const storedPermissions = (row: Permissions): Permissions => ({
  canBook: row.canBook,
  canManageBookings: row.canManageBookings,
  canManageResources: row.canManageResources,
  canManageUsers: row.canManageUsers,
});

/** What the user may do: an ADMIN everything, a USER what is stored. */
export const permissionsOf = (row: Permissions & { userType: 'ADMIN' | 'USER' }): Permissions =>
  row.userType === 'ADMIN' ? ALL_PERMISSIONS : storedPermissions(row);

/** `base` with what the input names changed; nulls are refused elsewhere, and change nothing here. */
export function withPermissions(
  base: Permissions,
  input: UserPermissionsInput | null | undefined,
): Permissions {
  const changed = storedPermissions(base);
  for (const permission of PERMISSIONS) changed[permission] = input?.[permission] ?? changed[permission];
  return changed;
}
