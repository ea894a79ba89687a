/** What a booking needs beside a time: a resource that is in use, somebody who may book, somebody it is for. */
import type { Permissions } from '@libs/auth/caller';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { Temporal } from 'temporal-polyfill';
import type { TenantProfile } from '@libs/directory/tenants';
import type { BookableResource } from '../directory/bookingDirectory.ts';
import type { SchedulingContext } from './rules.ts';

/** What the rules need to know of a user. */
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

/** INACTIVE for each of tenant, category and resource that is out of use. */
export function inactiveRefusals(isActive: SchedulingContext['isActive']): Refusal[] {
  const field = ['input', 'resourceId'];
  return [
    ...(isActive.tenant ? [] : [refusal('INACTIVE', 'shared.tenantInactive')]),
    ...(isActive.category ? [] : [refusal('INACTIVE', 'booking.categoryInactive', field)]),
    ...(isActive.resource ? [] : [refusal('INACTIVE', 'booking.resourceInactive', field)]),
  ];
}

/** Why a user of this tenant may not make bookings; undefined is one that the tenant does not have. */
export function bookerRefusals(booker: Person | undefined): Refusal[] {
  const field = ['input', 'userId'];
  if (!booker) return [refusal('NOT_FOUND', 'booking.userNotFound', field)];
  if (!booker.isActive) return [refusal('USER_CANNOT_BOOK', 'booking.userInactive', field)];
  if (booker.userType !== 'ADMIN' && !booker.permissions.canBook) {
    return [refusal('USER_CANNOT_BOOK', 'booking.userMayNotBook', field)];
  }
  return [];
}

/** Why no booking can be for this user; undefined is one that the tenant does not have. */
export function clientRefusals(client: Pick<Person, 'isActive'> | undefined): Refusal[] {
  const field = ['input', 'clientId'];
  if (!client) return [refusal('NOT_FOUND', 'booking.clientNotFound', field)];
  return client.isActive ? [] : [refusal('INACTIVE', 'booking.clientInactive', field)];
}
