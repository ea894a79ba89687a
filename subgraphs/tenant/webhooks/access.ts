import { requirePermission, type Caller } from '@libs/auth/caller';
import { isOfCallersTenant } from '@libs/auth/tenantId';
import { forbidden } from '@libs/outcome/apiErrors';

/** For webhooks of this tenant, or any if the platform asks: tenantByDomain shows other tenants too. */
export function requireWebhookPermission(caller: Caller, tenantId: string): void {
  requirePermission(caller, 'canManageSettings');
  if (!isOfCallersTenant(caller, tenantId)) throw forbidden();
}
