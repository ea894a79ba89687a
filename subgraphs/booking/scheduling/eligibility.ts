/** The requirements of a booking besides its time. */
import type { Permissions } from '@libs/auth/caller';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { Temporal } from 'temporal-polyfill';
import type { TenantProfile } from '@libs/directory/tenants';
import { effectiveRules, NO_OWN_RULES } from '@libs/directory/bookingRules';
import type { BookableResource } from '../directory/resourceSource.ts';
import type { ClosureTimes } from './closures.ts';
import type { SchedulingContext } from './rules.ts';

export type Person = { isActive: boolean; userType: 'ADMIN' | 'USER'; permissions: Permissions };

/** For the rules of the tenant alone. */
const WITHOUT_RESOURCE = {
  bookingMode: 'EXCLUSIVE',
  capacity: 1,
  rules: NO_OWN_RULES,
  seasons: [],
  scheduleOverrides: [],
} as const;

/** Without a resource, the context of the tenant alone. `closures`: those that apply to the resource. */
export function schedulingContextOf(
  tenant: TenantProfile,
  resource: BookableResource | undefined,
  now: Temporal.Instant,
  closures: readonly ClosureTimes[] = [],
): SchedulingContext {
  const { settings } = tenant;
  const { bookingMode, capacity, rules, seasons, scheduleOverrides } = {
    ...WITHOUT_RESOURCE,
    ...resource,
  };
  return {
    now,
    rules: { ...settings, ...effectiveRules(settings, rules) },
    schedule: resource?.availabilitySchedule ?? null,
    seasons,
    overrides: scheduleOverrides,
    closures,
    mode: bookingMode,
    capacity,
    isActive: {
      tenant: tenant.isActive,
      category: resource?.category.isActive ?? true,
      resource: resource?.isActive ?? true,
    },
  };
}

export function inactiveRefusals(isActive: SchedulingContext['isActive']): Refusal[] {
  const field = ['input', 'resourceId'];
  return [
    ...(isActive.tenant ? [] : [refusal('INACTIVE', 'shared.tenantInactive')]),
    ...(isActive.category ? [] : [refusal('INACTIVE', 'booking.categoryInactive', field)]),
    ...(isActive.resource ? [] : [refusal('INACTIVE', 'booking.resourceInactive', field)]),
  ];
}

/** `booker` undefined: not a user of the tenant. */
export function bookerRefusals(booker: Person | undefined): Refusal[] {
  const field = ['input', 'userId'];
  if (!booker) return [refusal('NOT_FOUND', 'user.notFound', field)];
  if (!booker.isActive) return [refusal('USER_CANNOT_BOOK', 'booking.userInactive', field)];
  if (booker.userType !== 'ADMIN' && !booker.permissions.canBook) {
    return [refusal('USER_CANNOT_BOOK', 'booking.userMayNotBook', field)];
  }
  return [];
}

/** `client` undefined: not a user of the tenant. */
export function clientRefusals(client: Pick<Person, 'isActive'> | undefined): Refusal[] {
  const field = ['input', 'clientId'];
  if (!client) return [refusal('NOT_FOUND', 'booking.clientNotFound', field)];
  return client.isActive ? [] : [refusal('INACTIVE', 'booking.clientInactive', field)];
}
