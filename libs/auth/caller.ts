/** Who calls, and what they may do. */
import { forbidden, unauthenticated } from '@libs/outcome/apiErrors';
import type { TenantId } from './tenantId.ts';

export type Permission = 'canBook' | 'canManageBookings' | 'canManageResources' | 'canManageUsers';
export type Permissions = Record<Permission, boolean>;

/** A user of type ADMIN may do all of it, and so may the platform administrator. */
export const ALL_PERMISSIONS: Permissions = {
  canBook: true,
  canManageBookings: true,
  canManageResources: true,
  canManageUsers: true,
};

export type Anonymous = { kind: 'anonymous' };
export type PlatformAdministrator = { kind: 'platform'; userId: string; sessionId: string };
export type TenantUser = {
  kind: 'user';
  userId: string;
  tenantId: TenantId;
  userType: 'ADMIN' | 'USER';
  permissions: Permissions;
  sessionId: string;
};
/** Another subgraph, or the gateway, asking for itself. */
export type ServiceCaller = { kind: 'service'; name: string };
export type Caller = Anonymous | PlatformAdministrator | TenantUser | ServiceCaller;
/** Somebody with a session. */
export type SignedInCaller = PlatformAdministrator | TenantUser;

export const ANONYMOUS: Anonymous = { kind: 'anonymous' };

/** An administrator of the tenant that the call is for: its ADMIN users, and the platform administrator. */
export function isAdministrator(caller: Caller): boolean {
  return caller.kind === 'platform' || (caller.kind === 'user' && caller.userType === 'ADMIN');
}

/** Whether the caller may, within the tenant that the call is for (`tenantFor` has settled which). */
export function can(caller: Caller, permission: Permission): boolean {
  if (isAdministrator(caller)) return true;
  return caller.kind === 'user' && caller.permissions[permission];
}

/** The caller where they have a session; else UNAUTHENTICATED (a service has none: FORBIDDEN). */
export function requireSession(caller: Caller): SignedInCaller {
  if (caller.kind === 'anonymous') throw unauthenticated();
  if (caller.kind === 'service') throw forbidden();
  return caller;
}

/** Lets only callers with the permission on: UNAUTHENTICATED without a session, FORBIDDEN without the permission. */
export function requirePermission(caller: Caller, permission: Permission): void {
  requireSession(caller);
  if (!can(caller, permission)) throw forbidden();
}

/** Lets only administrators of the tenant, and of the platform, on. */
export function requireAdministrator(caller: Caller): void {
  requireSession(caller);
  if (!isAdministrator(caller)) throw forbidden();
}

/** Lets only platform administrators on. */
export function requirePlatformAdministrator(caller: Caller): void {
  requireSession(caller);
  if (caller.kind !== 'platform') throw forbidden();
}

/** Lets only our own subgraphs and the gateway on: for fields that the API schema does not show. */
export function requireService(caller: Caller): void {
  if (caller.kind !== 'service') throw forbidden();
}
