import { forbidden, unauthenticated } from '@libs/outcome/apiErrors';
import { z } from 'zod';
import { keyHasRight, RIGHTS, type ApiScope, type Right } from './rights.ts';
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
/** A tenant's server. It is no user: it books in the name of one, and is never an administrator. */
export type ApiKeyCaller = {
  kind: 'apiKey';
  apiKeyId: string;
  tenantId: TenantId;
  scopes: readonly ApiScope[];
};
/** A subgraph or the gateway acting on its own behalf. */
export type ServiceCaller = { kind: 'service'; name: string };
export type Caller = Anonymous | PlatformAdministrator | TenantUser | ApiKeyCaller | ServiceCaller;
export type SignedInCaller = PlatformAdministrator | TenantUser;
/** A caller with a session or an API key. */
export type KnownCaller = SignedInCaller | ApiKeyCaller;

export const ANONYMOUS: Anonymous = { kind: 'anonymous' };
/** Stands for a caller whose token is not valid. */
export const DENIED_SESSION: Anonymous = { kind: 'anonymous', hasDeniedSession: true };

/** ADMIN users and platform administrators administer the tenant of the call. */
export function isAdministrator(caller: Caller): boolean {
  return caller.kind === 'platform' || (caller.kind === 'user' && caller.userType === 'ADMIN');
}

/** Whether the caller has the right (`rights.ts`) in the tenant that `tenantFor` has determined. */
export function can(caller: Caller, right: Right): boolean {
  if (isAdministrator(caller)) return true;
  if (caller.kind === 'apiKey') return keyHasRight(caller.scopes, right);
  const sufficient: readonly Permission[] = RIGHTS[right].permissions;
  return caller.kind === 'user' && sufficient.some((permission) => caller.permissions[permission]);
}

/** The tenant that the caller belongs to, and beyond which they see nothing; undefined for the platform and services. */
export const tenantIdOf = (caller: Caller): TenantId | undefined =>
  caller.kind === 'user' || caller.kind === 'apiKey' ? caller.tenantId : undefined;

/** Whether the caller has a session or an API key. */
export const isKnown = (caller: Caller): caller is KnownCaller =>
  caller.kind !== 'anonymous' && caller.kind !== 'service';

/** The id under which a caller's repeated requests are recognized. */
export const idOfCaller = (caller: KnownCaller): string =>
  caller.kind === 'apiKey' ? caller.apiKeyId : caller.userId;

/** UNAUTHENTICATED for anonymous callers, FORBIDDEN for services. */
export function requireKnownCaller(caller: Caller): KnownCaller {
  if (caller.kind === 'anonymous') throw unauthenticated();
  if (caller.kind === 'service') throw forbidden();
  return caller;
}

/** The caller's session; UNAUTHENTICATED for anonymous callers, FORBIDDEN for services and API keys. */
export function requireSession(caller: Caller): SignedInCaller {
  const known = requireKnownCaller(caller);
  if (known.kind === 'apiKey') throw forbidden();
  return known;
}

/** UNAUTHENTICATED for anonymous callers, FORBIDDEN without the right. */
export function requirePermission(caller: Caller, right: Right): KnownCaller {
  const known = requireKnownCaller(caller);
  if (!can(known, right)) throw forbidden();
  return known;
}

/** For what a user may do with what is theirs. A key has nothing of its own: FORBIDDEN without the right. */
export function requireUserOr(caller: Caller, right: Right): KnownCaller {
  return caller.kind === 'apiKey' ? requirePermission(caller, right) : requireKnownCaller(caller);
}

/** UNAUTHENTICATED for anonymous callers, else FORBIDDEN. No API key administers. */
export const requireAdministrator = (caller: Caller): KnownCaller =>
  requirePermission(caller, 'canAdminister');

/** UNAUTHENTICATED without a session, else FORBIDDEN. */
export function requirePlatformAdministrator(caller: Caller): void {
  requireSession(caller);
  if (caller.kind !== 'platform') throw forbidden();
}

/** FORBIDDEN for clients: protects fields outside the API schema. */
export function requireService(caller: Caller): void {
  if (caller.kind !== 'service') throw forbidden();
}
