/** Who may see and change which user. Pure; assertions throw before anything is written. */
import type { UserRow } from '@drizzle/user/tables';
import {
  can,
  isAdministrator,
  PERMISSIONS,
  requirePermission,
  requireSession,
  type Caller,
  type Permissions,
} from '@libs/auth/caller';
import { isOfCallersTenant } from '@libs/auth/tenantId';
import { forbidden } from '@libs/outcome/apiErrors';
import type { CreateUserInput, UpdateUserInput, UserPermissionsInput } from '../generated.ts';
import { DEFAULT_PERMISSIONS } from './permissions.ts';

/** Fields of their own user that everyone may change. */
const OWN_FIELDS: ReadonlySet<string> = new Set<keyof UpdateUserInput>([
  'id',
  'name',
  'email',
  'phone',
  'metadata',
  'currentPassword',
]);

export const isSelf = (caller: Caller, userId: string): boolean =>
  caller.kind === 'user' && caller.userId === userId;

/** Managers who are not administrators grant no more than they have: neither ADMIN, nor a permission that they lack. */
function assertCanGrant(
  caller: Caller,
  input: { userType?: 'ADMIN' | 'USER' | null; permissions?: UserPermissionsInput | null },
  had: Permissions,
): void {
  if (isAdministrator(caller)) return;
  if (input.userType === 'ADMIN') throw forbidden();
  const granted = PERMISSIONS.filter((permission) => input.permissions?.[permission] && !had[permission]);
  if (granted.some((permission) => !can(caller, permission))) throw forbidden();
}

/** Default permissions need no grant. */
export function assertCanCreateUser(caller: Caller, input: CreateUserInput): void {
  requirePermission(caller, 'canManageUsers');
  assertCanGrant(caller, input, DEFAULT_PERMISSIONS);
}

/** Throws if the caller may not update any user with this input. */
export function assertCanUpdateUser(caller: Caller, input: UpdateUserInput): void {
  requireSession(caller);
  if (can(caller, 'canManageUsers')) return;
  const named = (Object.keys(input) as (keyof UpdateUserInput)[]).filter(
    (field) => input[field] !== undefined,
  );
  if (!isSelf(caller, input.id) || named.some((field) => !OWN_FIELDS.has(field))) throw forbidden();
}

/** Throws if the caller may not update this user. Only administrators change ADMINs. */
export function assertCanUpdateUserRow(caller: Caller, row: UserRow, input: UpdateUserInput): void {
  if (row.userType === 'ADMIN' && !isAdministrator(caller)) throw forbidden();
  assertCanGrant(caller, input, row);
}

export const assertCanDeleteUser = (caller: Caller): void => requirePermission(caller, 'canManageUsers');

/** Only administrators delete ADMINs. */
export function assertCanDeleteUserRow(caller: Caller, row: UserRow): void {
  if (row.userType === 'ADMIN' && !isAdministrator(caller)) throw forbidden();
}

/** Managers of users or bookings read all users of the tenant. */
const readsUsers = (caller: Caller): boolean =>
  can(caller, 'canManageUsers') || can(caller, 'canManageBookings');

export function assertCanListUsers(caller: Caller): void {
  requireSession(caller);
  if (!readsUsers(caller)) throw forbidden();
}

/** Whether the caller may see every field: of their own user, or of any in the tenant that they manage. */
export function canSeeUser(caller: Caller, row: UserRow): boolean {
  if (!isOfCallersTenant(caller, row.tenantId)) return false;
  return caller.kind === 'service' || isSelf(caller, row.id) || readsUsers(caller);
}

/**
 * The user as shown in bookings to everyone of the tenant: contact data and metadata only if the caller sees every field.
 * Undefined for another tenant's.
 */
export function seenBy(caller: Caller, row: UserRow): UserRow | undefined {
  if (canSeeUser(caller, row)) return row;
  if (!isOfCallersTenant(caller, row.tenantId)) return undefined;
  return { ...row, email: null, phone: null, metadata: {} };
}
