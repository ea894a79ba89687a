/** Who may do what with a booking. One that the caller may not read does not exist for them. */
import { can, type Caller } from '@libs/auth/caller';

export type BookingParties = { tenantId: string; userId: string; clientId: string };

function isTheirs(booking: BookingParties, caller: Caller): boolean {
  return (
    caller.kind === 'user' &&
    caller.tenantId === booking.tenantId &&
    (caller.userId === booking.userId || caller.userId === booking.clientId)
  );
}

export function managesBookings(caller: Caller): boolean {
  return can(caller, 'canManageBookings');
}

function manages(booking: BookingParties, caller: Caller): boolean {
  const isOfTenant = caller.kind !== 'user' || caller.tenantId === booking.tenantId;
  return isOfTenant && managesBookings(caller);
}

/** Services may read every booking. */
export function canRead(booking: BookingParties, caller: Caller): boolean {
  return caller.kind === 'service' || isTheirs(booking, caller) || manages(booking, caller);
}

/** Whether the caller may edit, move and cancel the booking at all; see `moveRefusal` and `cancelRefusal`. */
export function canChange(booking: BookingParties, caller: Caller): boolean {
  return isTheirs(booking, caller) || manages(booking, caller);
}

/** Confirm, reject, complete, or mark a no-show. */
export function canDecide(booking: BookingParties, caller: Caller): boolean {
  return manages(booking, caller);
}

export function canBookFor(userId: string, caller: Caller): boolean {
  return managesBookings(caller) || (caller.kind === 'user' && caller.userId === userId);
}

/** The user to whose bookings the caller's lists are limited, if any. */
export function onlyBookingsOf(caller: Caller): string | undefined {
  return caller.kind === 'user' && !managesBookings(caller) ? caller.userId : undefined;
}
