import { forbidden, unauthenticated } from '@libs/outcome/apiErrors';
import { z } from 'zod';
import type { TenantId } from './tenantId.ts';

export const permissionsSchema = z.object({
  canBook: z.boolean(),
  canManageBookings: z.boolean(),
  canManageResources: z.boolean(),
  canManageUsers: z.boolean(),
});
export type Permissions = z.output<typeof permissionsSchema>;
export type Permission = keyof Permissions;
export const PERMISSIONS = Object.keys(permissionsSchema.shape) as Permission[];

/** The permissions of ADMIN users and platform administrators. */
export const ALL_PERMISSIONS: Permissions = {
  canBook: true,
  canManageBookings: true,
  canManageResources: true,
  canManageUsers: true,
};

export type Anonymous = {
  kind: 'anonymous';
  /** The request bears a token, which is not valid: what needs a session is refused as UNAUTHENTICATED. */
  hasDeniedSession?: true | undefined;
};
export type PlatformAdministrator = { kind: 'platform'; userId: string; sessionId: string };
export type TenantUser = {
  kind: 'user';
  userId: string;
  tenantId: TenantId;
  userType: 'ADMIN' | 'USER';
  permissions: Permissions;
  sessionId: string;
};
/** A subgraph or the gateway acting on its own behalf. */
export type ServiceCaller = { kind: 'service'; name: string };
export type Caller = Anonymous | PlatformAdministrator | TenantUser | ServiceCaller;
export type SignedInCaller = PlatformAdministrator | TenantUser;

export const ANONYMOUS: Anonymous = { kind: 'anonymous' };

/** ADMIN users and platform administrators administer the tenant of the call. */
export function isAdministrator(caller: Caller): boolean {
  return caller.kind === 'platform' || (caller.kind === 'user' && caller.userType === 'ADMIN');
}

/** Whether the caller has the permission in the tenant that `tenantFor` has determined. */
export function can(caller: Caller, permission: Permission): boolean {
  if (isAdministrator(caller)) return true;
  return caller.kind === 'user' && caller.permissions[permission];
}

/** The caller's session; UNAUTHENTICATED for anonymous callers, FORBIDDEN for services. */
export function requireSession(caller: Caller): SignedInCaller {
  if (caller.kind === 'anonymous') throw unauthenticated();
  if (caller.kind === 'service') throw forbidden();
  return caller;
}

/** UNAUTHENTICATED without a session, FORBIDDEN without the permission. */
export function requirePermission(caller: Caller, permission: Permission): void {
  requireSession(caller);
  if (!can(caller, permission)) throw forbidden();
}

/** UNAUTHENTICATED without a session, else FORBIDDEN. */
export function requireAdministrator(caller: Caller): void {
  requireSession(caller);
  if (!isAdministrator(caller)) throw forbidden();
}

/** UNAUTHENTICATED without a session, else FORBIDDEN. */
export function requirePlatformAdministrator(caller: Caller): void {
  requireSession(caller);
  if (caller.kind !== 'platform') throw forbidden();
}

/** FORBIDDEN for clients: protects fields outside the API schema. */
export function requireService(caller: Caller): void {
  if (caller.kind !== 'service') throw forbidden();
}
