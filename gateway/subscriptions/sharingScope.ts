/** Who may share an operation with whom (docs/decisions/0013-shared-subscriptions.md). */
import { can, type Caller, type Permission } from '@libs/auth/caller';

/**
 * Subscription fields whose answers, with all that can be selected below them, are the same for everybody of a tenant who manages
 * bookings with equal permissions. Any other field is shared by one user's connections alone.
 */
const SAME_FOR_MANAGERS: ReadonlySet<string> = new Set(['bookingChanged']);

const PERMISSIONS: readonly Permission[] = [
  'canBook',
  'canManageBookings',
  'canManageResources',
  'canManageUsers',
];

/** A caller's rights, whoever they are. */
const rightsOf = (caller: Caller): unknown[] =>
  caller.kind === 'user'
    ? [caller.kind, caller.tenantId, caller.userType, PERMISSIONS.map((one) => can(caller, one))]
    : [caller.kind];

/** All on whom answers to the subscription field `field` depend: callers with equal texts are told the same. */
export function scopeOf(caller: Caller, field: string): string {
  const rights = rightsOf(caller);
  const isShared = SAME_FOR_MANAGERS.has(field) && can(caller, 'canManageBookings');
  return JSON.stringify(isShared || !('userId' in caller) ? rights : [...rights, caller.userId]);
}

/** What became of a caller's rights between two looks: `lost` where something is no longer theirs. */
export function changeOfRights(before: Caller, now: Caller): 'none' | 'gained' | 'lost' {
  if (JSON.stringify(rightsOf(before)) === JSON.stringify(rightsOf(now))) return 'none';
  if (before.kind !== 'user' || now.kind !== 'user' || before.tenantId !== now.tenantId) return 'lost';
  if (before.userType === 'ADMIN' && now.userType !== 'ADMIN') return 'lost';
  return PERMISSIONS.some((one) => can(before, one) && !can(now, one)) ? 'lost' : 'gained';
}
