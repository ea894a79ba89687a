/** Which callers may share an execution (docs/decisions/0013-shared-subscriptions.md). */
import { can, type Caller, type Permission } from '@libs/auth/caller';

/**
 * Subscription fields with the same answers, including everything selectable below, for all users of a tenant with
 * canManageBookings and equal permissions. Other fields are shared only between one user's connections.
 */
const SAME_FOR_MANAGERS: ReadonlySet<string> = new Set(['bookingChanged']);

const PERMISSIONS: readonly Permission[] = [
  'canBook',
  'canManageBookings',
  'canManageResources',
  'canManageUsers',
];

/** A caller's rights, without their identity. */
const rightsOf = (caller: Caller): unknown[] =>
  caller.kind === 'user'
    ? [caller.kind, caller.tenantId, caller.userType, PERMISSIONS.map((one) => can(caller, one))]
    : [caller.kind];

/** Callers with equal scopes get equal answers to `field`. */
export function scopeOf(caller: Caller, field: string): string {
  const rights = rightsOf(caller);
  const isShared = SAME_FOR_MANAGERS.has(field) && can(caller, 'canManageBookings');
  return JSON.stringify(isShared || !('userId' in caller) ? rights : [...rights, caller.userId]);
}

/** `lost` if any right was lost, even if another was gained. */
export function changeOfRights(before: Caller, now: Caller): 'none' | 'gained' | 'lost' {
  if (JSON.stringify(rightsOf(before)) === JSON.stringify(rightsOf(now))) return 'none';
  if (before.kind !== 'user' || now.kind !== 'user' || before.tenantId !== now.tenantId) return 'lost';
  if (before.userType === 'ADMIN' && now.userType !== 'ADMIN') return 'lost';
  return PERMISSIONS.some((one) => can(before, one) && !can(now, one)) ? 'lost' : 'gained';
}
