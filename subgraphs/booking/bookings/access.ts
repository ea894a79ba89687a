/** Who may do what with a booking, within the call's tenant. A booking that the caller may not read does not exist for them. */
import { can, type Caller } from '@libs/auth/caller';

/** The inputs of access decisions. */
export type BookingParties = { tenantId: string; userId: string; clientId: string };

/** Whether the caller is the booking's user or client. */
export function isTheirs(booking: BookingParties, caller: Caller): boolean {
  return (
    caller.kind === 'user' &&
    caller.tenantId === booking.tenantId &&
    (caller.userId === booking.userId || caller.userId === booking.clientId)
  );
}

/** Whether the caller manages bookings of others: administrators, and users with canManageBookings. */
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

/** Whether the caller may edit, move and cancel the booking; `moveRefusal` and `cancelRefusal` say until when. */
export function canChange(booking: BookingParties, caller: Caller): boolean {
  return isTheirs(booking, caller) || manages(booking, caller);
}

/** Whether the caller may confirm, reject or complete the booking, or mark a no-show. */
export function canDecide(booking: BookingParties, caller: Caller): boolean {
  return manages(booking, caller);
}

export function canBookFor(userId: string, caller: Caller): boolean {
  return managesBookings(caller) || (caller.kind === 'user' && caller.userId === userId);
}

/** The only user whose bookings a list may show to the caller; undefined if it may show all of the tenant. */
export function onlyBookingsOf(caller: Caller): string | undefined {
  return caller.kind === 'user' && !managesBookings(caller) ? caller.userId : undefined;
}
