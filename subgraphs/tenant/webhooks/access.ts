/** Who may see and change webhooks. Pure. */
import { requireAdministrator, type Caller } from '@libs/auth/caller';
import { isOfCallersTenant } from '@libs/auth/tenantId';
import { forbidden } from '@libs/outcome/apiErrors';

/** Lets only administrators of this tenant, and of the platform, on: a tenant that is seen by its public domain may be another's. */
export function requireAdministratorOf(caller: Caller, tenantId: string): void {
  requireAdministrator(caller);
  if (!isOfCallersTenant(caller, tenantId)) throw forbidden();
}
