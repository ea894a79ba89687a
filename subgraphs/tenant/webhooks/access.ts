import { requireAdministrator, type Caller } from '@libs/auth/caller';
import { isOfCallersTenant } from '@libs/auth/tenantId';
import { forbidden } from '@libs/outcome/apiErrors';

/** Requires an administrator of this tenant or the platform: tenantByDomain shows other tenants too. */
export function requireAdministratorOf(caller: Caller, tenantId: string): void {
  requireAdministrator(caller);
  if (!isOfCallersTenant(caller, tenantId)) throw forbidden();
}
