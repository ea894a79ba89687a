/** Who may see and change which user. Pure; what a caller may not is thrown before anything is written. */
import type { UserRow } from '@drizzle/user/tables';
import {
  can,
  isAdministrator,
  requirePermission,
  requireSession,
  type Caller,
  type Permissions,
} from '@libs/auth/caller';
import { isOfCallersTenant } from '@libs/auth/tenantId';
import { forbidden } from '@libs/outcome/apiErrors';
import type { CreateUserInput, UpdateUserInput, UserPermissionsInput } from '../generated.ts';
import { DEFAULT_PERMISSIONS, PERMISSIONS } from './permissions.ts';

/** What everybody may change of their own user. */
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

/**
 * Whoever manages users without being an administrator makes nobody more than they are themselves: no ADMIN, and no permission
 * that they lack.
 */
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

/** Throws where the caller may not make such a user. What every user has by default is nobody's to grant. */
export function assertCanCreateUser(caller: Caller, input: CreateUserInput): void {
  requirePermission(caller, 'canManageUsers');
  assertCanGrant(caller, input, DEFAULT_PERMISSIONS);
}

/** Throws where the caller may change no user by this input, whoever it turns out to be. */
export function assertCanUpdateUser(caller: Caller, input: UpdateUserInput): void {
  requireSession(caller);
  if (can(caller, 'canManageUsers')) return;
  const named = (Object.keys(input) as (keyof UpdateUserInput)[]).filter(
    (field) => input[field] !== undefined,
  );
  if (!isSelf(caller, input.id) || named.some((field) => !OWN_FIELDS.has(field))) throw forbidden();
}

/** Throws where the caller may not change this very user so. An ADMIN is changed by administrators only. */
export function assertCanUpdateUserRow(caller: Caller, row: UserRow, input: UpdateUserInput): void {
  if (row.userType === 'ADMIN' && !isAdministrator(caller)) throw forbidden();
  assertCanGrant(caller, input, row);
}

/** Throws where the caller may delete nobody. */
export const assertCanDeleteUser = (caller: Caller): void => requirePermission(caller, 'canManageUsers');

/** Throws where the caller may not delete this very user. */
export function assertCanDeleteUserRow(caller: Caller, row: UserRow): void {
  if (row.userType === 'ADMIN' && !isAdministrator(caller)) throw forbidden();
}

/** Who manages users or bookings reads all users of the tenant. */
const readsUsers = (caller: Caller): boolean =>
  can(caller, 'canManageUsers') || can(caller, 'canManageBookings');

/** Throws where the caller may not list the tenant's users. */
export function assertCanListUsers(caller: Caller): void {
  requireSession(caller);
  if (!readsUsers(caller)) throw forbidden();
}

/** Whether the caller sees all of the user: their own, and those of the tenant that they manage. */
export function canSeeUser(caller: Caller, row: UserRow): boolean {
  if (!isOfCallersTenant(caller, row.tenantId)) return false;
  return caller.kind === 'service' || isSelf(caller, row.id) || readsUsers(caller);
}

/**
 * The user as a booking shows them to anybody of the tenant: who they are, but how to reach them and what the frontend keeps of
 * them only to who sees all of them. Undefined for another tenant's.
 */
export function seenBy(caller: Caller, row: UserRow): UserRow | undefined {
  if (canSeeUser(caller, row)) return row;
  if (!isOfCallersTenant(caller, row.tenantId)) return undefined;
  return { ...row, email: null, phone: null, metadata: {} };
}
