/** Who may do what with a booking. One that the caller may not read does not exist for them. */
import { can, requireUserOr, type Caller, type KnownCaller } from '@libs/auth/caller';
import { isOfCallersTenant } from '@libs/auth/tenantId';

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

const manages = (booking: BookingParties, caller: Caller): boolean =>
  isOfCallersTenant(caller, booking.tenantId) && managesBookings(caller);

/** Whether the caller may read it without being its user or client. */
export const readsAsStaff = (booking: BookingParties, caller: Caller): boolean =>
  isOfCallersTenant(caller, booking.tenantId) && can(caller, 'canReadBookings');

/** Services may read every booking. */
export function canRead(booking: BookingParties, caller: Caller): boolean {
  return caller.kind === 'service' || isTheirs(booking, caller) || readsAsStaff(booking, caller);
}

/** Whether the caller may edit, move and cancel the booking at all; see `moveRefusal` and `cancelRefusal`. */
export function canChange(booking: BookingParties, caller: Caller): boolean {
  return isTheirs(booking, caller) || manages(booking, caller);
}

export function canBookFor(userId: string, caller: Caller): boolean {
  return managesBookings(caller) || (caller.kind === 'user' && caller.userId === userId);
}

/** Users read their own. UNAUTHENTICATED for anonymous callers, FORBIDDEN for API keys without BOOKINGS_READ. */
export const requireReader = (caller: Caller): KnownCaller => requireUserOr(caller, 'canReadBookings');

/** Users book for themselves. UNAUTHENTICATED for anonymous callers, FORBIDDEN for API keys without BOOKINGS_WRITE. */
export const requireBooker = (caller: Caller): KnownCaller => requireUserOr(caller, 'canManageBookings');

/** Whether the caller may read any bookings. API keys without BOOKINGS_READ may not. */
export const readsBookings = (caller: Caller): boolean =>
  caller.kind === 'user' || can(caller, 'canReadBookings');

/** The user to whose bookings the caller's lists are limited, if any. For callers of `requireReader` or `readsBookings`. */
export function onlyBookingsOf(caller: Caller): string | undefined {
  return caller.kind === 'user' && !can(caller, 'canReadBookings') ? caller.userId : undefined;
}
