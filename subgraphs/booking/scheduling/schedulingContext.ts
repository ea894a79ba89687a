/** The rules' view of a tenant and one of its resources. */
import type { TenantProfile } from '@libs/directory/tenants';
import type { Temporal } from 'temporal-polyfill';
import type { BookableResource } from '../directory/bookingDirectory.ts';
import type { SchedulingContext } from './rules.ts';

/** What a time is weighed against at `now`; without a resource, by the tenant's own rules alone. */
export function schedulingContextOf(
  tenant: TenantProfile,
  resource: BookableResource | undefined,
  now: Temporal.Instant,
): SchedulingContext {
  return {
    now,
    rules: tenant.settings,
    schedule: resource?.availabilitySchedule ?? null,
    isActive: {
      tenant: tenant.isActive,
      category: resource?.category.isActive ?? true,
      resource: resource?.isActive ?? true,
    },
  };
}
