/** Which callers may share an execution (docs/decisions/0013-shared-subscriptions.md). */
import { can, idOfCaller, isKnown, type Caller, type Permission } from '@libs/auth/caller';

/**
 * Subscription fields with the same answers, including everything selectable below, for all users of a tenant who read everyone's
 * bookings and have equal permissions, and for all of its API keys with equal scopes. Other fields are shared only between the
 * connections of one user or key.
 */
const SAME_FOR_MANAGERS: ReadonlySet<string> = new Set(['bookingChanged', 'availabilityChanged']);

/** Fields that can be selected below these and depend on who reads them: `User.sessions` is null for others than the user. */
export const PERSONAL_FIELDS: ReadonlySet<string> = new Set(['sessions']);

const PERMISSIONS: readonly Permission[] = [
  'canBook',
  'canManageBookings',
  'canManageResources',
  'canManageUsers',
];

/** A caller's rights, without their identity. */
function rightsOf(caller: Caller): unknown[] {
  switch (caller.kind) {
    case 'user':
      return [caller.kind, caller.tenantId, caller.userType, PERMISSIONS.map((one) => can(caller, one))];
    case 'apiKey':
      return [caller.kind, caller.tenantId, [...caller.scopes].sort()];
    default:
      return [caller.kind];
  }
}

const identityOf = (caller: Caller): string[] => (isKnown(caller) ? [idOfCaller(caller)] : []);

/**
 * Fields that begin with the whole state instead of a cursor: whoever comes later needs a beginning of their own, and shares the execution
 * only once it has sent the same.
 */
const BEGINS_WITH_STATE: ReadonlySet<string> = new Set(['availabilityChanged']);

export const beginsWithState = (field: string | undefined): boolean =>
  field !== undefined && BEGINS_WITH_STATE.has(field);

/** Callers with equal scopes get equal answers to `field`. */
export function scopeOf(caller: Caller, field: string): string {
  const rights = rightsOf(caller);
  const isShared = SAME_FOR_MANAGERS.has(field) && can(caller, 'canReadBookings');
  return JSON.stringify(isShared ? rights : [...rights, ...identityOf(caller)]);
}

/** `lost` if any right was lost, even if another was gained. */
export function changeOfRights(before: Caller, now: Caller): 'none' | 'gained' | 'lost' {
  if (JSON.stringify(rightsOf(before)) === JSON.stringify(rightsOf(now))) return 'none';
  if (before.kind !== 'user' || now.kind !== 'user' || before.tenantId !== now.tenantId) return 'lost';
  if (before.userType === 'ADMIN' && now.userType !== 'ADMIN') return 'lost';
  return PERMISSIONS.some((one) => can(before, one) && !can(now, one)) ? 'lost' : 'gained';
}
