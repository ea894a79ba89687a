/**
 * The id of the tenant that a call is for. The brand proves that it comes from the caller (`tenantFor`), an event or a row, never
 * from an unchecked argument.
 */
import { badUserInput, forbidden, unauthenticated } from '@libs/outcome/apiErrors';
import type { Caller } from './caller.ts';

declare const brand: unique symbol;
export type TenantId = string & { readonly [brand]: 'TenantId' };

/**
 * The tenant of a call: a tenant user's own (FORBIDDEN if another is requested), or the one that a platform administrator or
 * service requests (BAD_USER_INPUT if none). UNAUTHENTICATED without a session.
 */
export function tenantFor(caller: Caller, requestedId: string | null | undefined): TenantId {
  switch (caller.kind) {
    case 'user':
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
 * Like `tenantFor`, for public data (brand, catalogue, availability): anonymous callers may request a tenant too (UNAUTHENTICATED
 * if they name none). The query checks whether that tenant is active.
 */
export function publicTenantFor(caller: Caller, requestedId: string | null | undefined): TenantId {
  if (caller.kind !== 'anonymous') return tenantFor(caller, requestedId);
  if (requestedId == null) throw unauthenticated();
  return requestedId as TenantId;
}

/**
 * Whether rows of `tenantId` exist for the caller. False only for users of another tenant; what platform, service and anonymous
 * callers may see is for the query to decide.
 */
export function isOfCallersTenant(caller: Caller, tenantId: string): tenantId is TenantId {
  return caller.kind !== 'user' || caller.tenantId === tenantId;
}

/** An event's tenant. Trusted: we wrote the event ourselves, under a TenantId. */
export const tenantOfEvent = (event: { tenant_id: string }): TenantId => event.tenant_id as TenantId;

/** A row's tenant. Trusted: we wrote the row under a TenantId. */
export const tenantOfRow = (row: { tenantId: string }): TenantId => row.tenantId as TenantId;
