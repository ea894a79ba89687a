/**
 * Who may do what with which booking, within the tenant that the call is for. A booking that the caller may not read
 * is, to them, as if it did not exist.
 */
import { can, type Caller } from '@libs/auth/caller';

/** What access is decided by. */
export type BookingParties = { tenantId: string; userId: string; clientId: string };

/** Whether the caller made the booking, or it is for them. */
function isTheirs(booking: BookingParties, caller: Caller): boolean {
  return (
    caller.kind === 'user' &&
    caller.tenantId === booking.tenantId &&
    (caller.userId === booking.userId || caller.userId === booking.clientId)
  );
}

/** Whether the caller decides on bookings of others: administrators, and who has canManageBookings. */
export function managesBookings(caller: Caller): boolean {
  return can(caller, 'canManageBookings');
}

/** Manages all bookings of this one's tenant. */
function manages(booking: BookingParties, caller: Caller): boolean {
  const isOfTenant = caller.kind !== 'user' || caller.tenantId === booking.tenantId;
  return isOfTenant && managesBookings(caller);
}

/** Whether the caller sees the booking at all; our own services see all. */
export function canRead(booking: BookingParties, caller: Caller): boolean {
  return caller.kind === 'service' || isTheirs(booking, caller) || manages(booking, caller);
}

/** Whether the caller may change what the booking says, move it and cancel it (when: `moveRefusal`, `cancelRefusal`). */
export function canChange(booking: BookingParties, caller: Caller): boolean {
  return isTheirs(booking, caller) || manages(booking, caller);
}

/** Whether the caller may confirm, reject and complete the booking, or mark a no-show. */
export function canDecide(booking: BookingParties, caller: Caller): boolean {
  return manages(booking, caller);
}

/** Whether the caller may book in the name of `userId`: their own, or anybody's where they manage bookings. */
export function canBookFor(userId: string, caller: Caller): boolean {
  return managesBookings(caller) || (caller.kind === 'user' && caller.userId === userId);
}

/** The user whose bookings alone a list may show to the caller; undefined where it may show all of the tenant's. */
export function onlyBookingsOf(caller: Caller): string | undefined {
  return caller.kind === 'user' && !managesBookings(caller) ? caller.userId : undefined;
}
