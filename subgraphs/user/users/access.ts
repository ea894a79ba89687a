/** Assertions throw before anything is written. */
import type { UserRow } from '@drizzle/user/tables';
import {
  can,
  isAdministrator,
  PERMISSIONS,
  requirePermission,
  requireUserOr,
  type Caller,
  type KnownCaller,
  type Permissions,
} from '@libs/auth/caller';
import { isOfCallersTenant } from '@libs/auth/tenantId';
import { forbidden } from '@libs/outcome/apiErrors';
import type { CreateUserInput, UpdateUserInput, UserPermissionsInput } from '../generated.ts';
import { DEFAULT_PERMISSIONS } from './permissions.ts';

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

/** Only administrators grant more than they have themselves. */
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

/** API keys set no types, permissions or passwords, not even the default ones. */
function assertSetByPeople(caller: Caller, ...values: unknown[]): void {
  if (caller.kind === 'apiKey' && values.some((value) => value != null)) throw forbidden();
}

/**
 * Whoever receives a user's e-mails can set a new password for them. So only administrators change the address of another user who has a permission
 * that they lack, and API keys change that of no user with more than the default permissions.
 */
function assertCanReaddress(caller: Caller, row: UserRow, email: string | null | undefined): void {
  if (email == null || email === row.email || isAdministrator(caller) || isSelf(caller, row.id)) return;
  const isBeyond = (permission: keyof Permissions): boolean =>
    caller.kind === 'apiKey' ? !DEFAULT_PERMISSIONS[permission] : !can(caller, permission);
  if (PERMISSIONS.some((permission) => row[permission] && isBeyond(permission))) throw forbidden();
}

/** Default permissions need no grant. */
export function assertCanCreateUser(caller: Caller, input: CreateUserInput): void {
  requirePermission(caller, 'canManageUsers');
  assertSetByPeople(caller, input.permissions, input.password);
  assertCanGrant(caller, input, DEFAULT_PERMISSIONS);
}

/** Throws if the input is forbidden for any user. */
export function assertCanUpdateUser(caller: Caller, input: UpdateUserInput): void {
  requireUserOr(caller, 'canManageUsers');
  assertSetByPeople(caller, input.permissions, input.userType);
  if (can(caller, 'canManageUsers')) return;
  const named = (Object.keys(input) as (keyof UpdateUserInput)[]).filter(
    (field) => input[field] !== undefined,
  );
  if (!isSelf(caller, input.id) || named.some((field) => !OWN_FIELDS.has(field))) throw forbidden();
}

/** Throws if the input is forbidden for this user. Only administrators change ADMINs. */
export function assertCanUpdateUserRow(caller: Caller, row: UserRow, input: UpdateUserInput): void {
  if (row.userType === 'ADMIN' && !isAdministrator(caller)) throw forbidden();
  assertCanReaddress(caller, row, input.email);
  assertCanGrant(caller, input, row);
}

export const assertCanDeleteUser = (caller: Caller): KnownCaller =>
  requirePermission(caller, 'canManageUsers');

/** Only administrators invite ADMINs. */
export function assertCanInviteUser(caller: Caller, row?: UserRow): void {
  requirePermission(caller, 'canManageUsers');
  if (row?.userType === 'ADMIN' && !isAdministrator(caller)) throw forbidden();
}

/** Only administrators delete ADMINs. */
export function assertCanDeleteUserRow(caller: Caller, row: UserRow): void {
  if (row.userType === 'ADMIN' && !isAdministrator(caller)) throw forbidden();
}

export const assertCanListUsers = (caller: Caller): KnownCaller => requirePermission(caller, 'canReadUsers');

/** Every field, not just what bookings show. */
export function canSeeUser(caller: Caller, row: UserRow): boolean {
  if (!isOfCallersTenant(caller, row.tenantId)) return false;
  return caller.kind === 'service' || isSelf(caller, row.id) || can(caller, 'canReadUsers');
}

/**
 * As bookings show the user to everyone of the tenant: contact data and metadata only if the caller sees every field. Undefined
 * for another tenant's.
 */
export function seenBy(caller: Caller, row: UserRow): UserRow | undefined {
  if (canSeeUser(caller, row)) return row;
  if (!isOfCallersTenant(caller, row.tenantId)) return undefined;
  return { ...row, email: null, phone: null, metadata: {}, emailVerifiedAt: null, invitedAt: null };
}
