/** A tenant id that comes from the caller, an event or a row of ours, never from an unchecked argument. */
import { badUserInput, forbidden, unauthenticated } from '@libs/outcome/apiErrors';
import { tenantIdOf, type Caller } from './caller.ts';

declare const brand: unique symbol;
export type TenantId = string & { readonly [brand]: 'TenantId' };

/**
 * The tenant of a user or API key (FORBIDDEN if another is requested), or the one that a platform administrator or service requests
 * (BAD_USER_INPUT if none). UNAUTHENTICATED for anonymous callers.
 */
export function tenantFor(caller: Caller, requestedId: string | null | undefined): TenantId {
  switch (caller.kind) {
    case 'user':
    case 'apiKey':
      if (requestedId != null && requestedId !== caller.tenantId) throw forbidden('api.otherTenant');
      return caller.tenantId;
    case 'platform':
    case 'service':
      if (requestedId == null) throw badUserInput('api.tenantIdNeeded');
      return requestedId as TenantId;
    case 'anonymous':
      throw unauthenticated();
  }
}

/**
 * Like `tenantFor`, for public data: anonymous callers may request a tenant too (BAD_USER_INPUT if they do not, UNAUTHENTICATED
 * with a dead token). The query checks whether it is active.
 */
export function publicTenantFor(caller: Caller, requestedId: string | null | undefined): TenantId {
  if (caller.kind !== 'anonymous') return tenantFor(caller, requestedId);
  if (requestedId != null) return requestedId as TenantId;
  throw caller.hasDeniedSession ? unauthenticated() : badUserInput('api.tenantIdOrSession');
}

/**
 * Whether rows of `tenantId` exist for the caller: false only for users and API keys of another tenant. Queries decide what other
 * callers may see.
 */
export function isOfCallersTenant(caller: Caller, tenantId: string): tenantId is TenantId {
  return (tenantIdOf(caller) ?? tenantId) === tenantId;
}

/** Trusted, because our events are written under a TenantId. */
export const tenantOfEvent = (event: { tenant_id: string }): TenantId => event.tenant_id as TenantId;

/** Trusted, because our rows are written under a TenantId. */
export const tenantOfRow = (row: { tenantId: string }): TenantId => row.tenantId as TenantId;
