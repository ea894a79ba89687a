/** Who may change closures. */
import { requirePermission, type Caller } from '@libs/auth/caller';

/** FORBIDDEN without canManageResources; where bookings are to be cancelled, also without canManageBookings. */
export function requireClosurePermission(caller: Caller, effect: string | null | undefined): void {
  requirePermission(caller, 'canManageResources');
  if (effect === 'CANCEL') requirePermission(caller, 'canManageBookings');
}
