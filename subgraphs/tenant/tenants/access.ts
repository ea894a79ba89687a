/** Who may see and change a tenant. Pure. */
import { requireAdministrator, requirePlatformAdministrator, type Caller } from '@libs/auth/caller';
import type { UpdateTenantInput } from '../generated.ts';

const PLATFORM_FIELDS = ['plan', 'isActive', 'limits'] as const;

/** Only the platform changes plan, activity and limits. Throws FORBIDDEN. */
export function assertCanUpdateTenant(caller: Caller, input: UpdateTenantInput): void {
  requireAdministrator(caller);
  if (PLATFORM_FIELDS.some((field) => input[field] !== undefined)) requirePlatformAdministrator(caller);
}

/** Active tenants are public; inactive ones visible to their users and the platform. */
export function canSeeTenant(caller: Caller, tenant: { id: string; isActive: boolean }): boolean {
  switch (caller.kind) {
    case 'anonymous':
      return tenant.isActive;
    case 'user':
    case 'apiKey':
      return caller.tenantId === tenant.id;
    case 'platform':
    case 'service':
      return true;
  }
}
