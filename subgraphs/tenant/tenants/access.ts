/** Who may see and change a tenant. Pure. */
import { requireAdministrator, requirePlatformAdministrator, type Caller } from '@libs/auth/caller';
import type { UpdateTenantInput } from '../generated.ts';

/** What the platform decides of a tenant, not the tenant itself. */
const PLATFORM_FIELDS = ['plan', 'isActive'] as const;

/** An administrator of the tenant may change its brand; plan and activity are the platform's. Throws FORBIDDEN. */
export function assertCanUpdateTenant(caller: Caller, input: UpdateTenantInput): void {
  requireAdministrator(caller);
  if (PLATFORM_FIELDS.some((field) => input[field] !== undefined)) requirePlatformAdministrator(caller);
}

/** Brand, labels and rules of an active tenant are public; of an inactive one its own people and the platform see them. */
export function canSeeTenant(caller: Caller, tenant: { id: string; isActive: boolean }): boolean {
  switch (caller.kind) {
    case 'anonymous':
      return tenant.isActive;
    case 'user':
      return caller.tenantId === tenant.id;
    case 'platform':
    case 'service':
      return true;
  }
}
