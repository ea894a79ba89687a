/**
 * The id of the tenant that a call is for. It is branded: it comes from the caller (`tenantFor`) or from an event
 * (`tenantOfEvent`), never from an argument that nobody checked.
 */
import { badUserInput, forbidden, unauthenticated } from '@libs/outcome/apiErrors';
import type { Caller } from './caller.ts';

declare const brand: unique symbol;
export type TenantId = string & { readonly [brand]: 'TenantId' };

/**
 * The tenant that a call is for: a tenant user's own (naming another one is FORBIDDEN), or the one that a platform
 * administrator must name (BAD_USER_INPUT without). UNAUTHENTICATED without a session.
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
 * The same for what is public (brand, catalogue, availability): without a session the tenant must be named. Whether
 * that tenant is active is for the reader to check.
 */
export function publicTenantFor(caller: Caller, requestedId: string | null | undefined): TenantId {
  if (caller.kind !== 'anonymous') return tenantFor(caller, requestedId);
  if (requestedId == null) throw unauthenticated();
  return requestedId as TenantId;
}

/**
 * Whether the caller's tenant allows them a row of `tenantId`'s; another tenant's row is as if it did not exist.
 * Callers without a tenant of their own (platform, service, anonymous) are let through: what they may see of it is the
 * reader's question.
 */
export function isOfCallersTenant(caller: Caller, tenantId: string): tenantId is TenantId {
  return caller.kind !== 'user' || caller.tenantId === tenantId;
}

/** The tenant that an event names; events are written by ourselves, inside a transaction that knew its tenant. */
export const tenantOfEvent = (event: { tenant_id: string }): TenantId => event.tenant_id as TenantId;

/** The tenant that a row of ours belongs to: what was written under a TenantId is read back as one. */
export const tenantOfRow = (row: { tenantId: string }): TenantId => row.tenantId as TenantId;
