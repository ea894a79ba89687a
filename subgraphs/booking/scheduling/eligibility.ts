/** What a booking needs besides a time: an active resource, a user who may book, and a client. */
import type { Permissions } from '@libs/auth/caller';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { Temporal } from 'temporal-polyfill';
import type { TenantProfile } from '@libs/directory/tenants';
import type { BookableResource } from '../directory/bookingDirectory.ts';
import type { SchedulingContext } from './rules.ts';

export type Person = { isActive: boolean; userType: 'ADMIN' | 'USER'; permissions: Permissions };

/** The rules' view of a tenant and one of its resources at `now`; without a resource, of the tenant alone. */
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

/** INACTIVE for each of tenant, category and resource that is inactive. */
export function inactiveRefusals(isActive: SchedulingContext['isActive']): Refusal[] {
  const field = ['input', 'resourceId'];
  return [
    ...(isActive.tenant ? [] : [refusal('INACTIVE', 'shared.tenantInactive')]),
    ...(isActive.category ? [] : [refusal('INACTIVE', 'booking.categoryInactive', field)]),
    ...(isActive.resource ? [] : [refusal('INACTIVE', 'booking.resourceInactive', field)]),
  ];
}

/** Why this user may not book; undefined: not a user of the tenant. */
export function bookerRefusals(booker: Person | undefined): Refusal[] {
  const field = ['input', 'userId'];
  if (!booker) return [refusal('NOT_FOUND', 'booking.userNotFound', field)];
  if (!booker.isActive) return [refusal('USER_CANNOT_BOOK', 'booking.userInactive', field)];
  if (booker.userType !== 'ADMIN' && !booker.permissions.canBook) {
    return [refusal('USER_CANNOT_BOOK', 'booking.userMayNotBook', field)];
  }
  return [];
}

/** Why this user cannot be a client; undefined: not a user of the tenant. */
export function clientRefusals(client: Pick<Person, 'isActive'> | undefined): Refusal[] {
  const field = ['input', 'clientId'];
  if (!client) return [refusal('NOT_FOUND', 'booking.clientNotFound', field)];
  return client.isActive ? [] : [refusal('INACTIVE', 'booking.clientInactive', field)];
}
