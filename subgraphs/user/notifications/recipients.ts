/** Recipients and e-mail kinds of a booking event. */
import type { AnnouncedEvent, Payload } from '@libs/events/catalogue';
import { Temporal } from 'temporal-polyfill';
import { beforeMoveOf, bookingBefore, movesAmong, bookedResourceIds } from './moves.ts';
import { emailKindOf, reasonOf, type BookingEventType, type NotifiedBookingEvent } from './rules.ts';

type Booking = Payload<'booking.created'>;
export type BookingNotification = { event: NotifiedBookingEvent; userIds: string[] };

/** Each person gets at most one e-mail for an event. */
export function notificationsOf(
  event: AnnouncedEvent<BookingEventType>,
  now: Temporal.Instant,
): BookingNotification[] {
  return event.type === 'booking.updated' && !isMovedByZone(event)
    ? notificationsOfUpdate(event.payload, now)
    : [
        {
          event: { type: event.type, payload: event.payload } as NotifiedBookingEvent,
          userIds: peopleOf(event.payload),
        },
      ];
}

/**
 * The new client gets the e-mail of a new booking, the previous client that of a reassignment, everyone else that of a move. Nobody is told of
 * other changes, or of those of bookings that have ended.
 */
function notificationsOfUpdate(
  payload: Payload<'booking.updated'>,
  now: Temporal.Instant,
): BookingNotification[] {
  const { changes, ...booking } = payload;
  const before = bookingBefore(payload);
  if (hasEnded(before, now) && hasEnded(booking, now)) return [];
  const moves = movesAmong(changes);
  const clients = before.client_id === booking.client_id ? [] : [before.client_id, booking.client_id];
  const keep = peopleOf(booking).filter((id) => !clients.includes(id));
  const found: BookingNotification[] = [];
  if (clients.length > 0) {
    found.push({ event: { type: 'booking.created', payload: booking }, userIds: [booking.client_id] });
    found.push({ event: { type: 'booking.reassigned', payload: before }, userIds: [before.client_id] });
  }
  if (Object.keys(moves).length > 0) {
    found.push({ event: { type: 'booking.moved', payload: { ...booking, changes: moves } }, userIds: keep });
  }
  return found;
}

/** Whether the booking was moved because the rules of its time zone have changed: nobody else than the system moves one. */
const isMovedByZone = ({ actor, payload }: AnnouncedEvent<'booking.updated'>): boolean =>
  actor.kind === 'system' && ('start_time' in payload.changes || 'end_time' in payload.changes);

/** The booker and the client: one if they are the same. */
const peopleOf = ({ user_id: bookerId, client_id: clientId }: Booking): string[] => [
  ...new Set([bookerId, clientId]),
];

const hasEnded = ({ end_time: end }: Booking, now: Temporal.Instant): boolean =>
  Temporal.Instant.compare(Temporal.Instant.from(end), now) <= 0;

/**
 * Events with equal keys are told to the person in one e-mail: those of one request that say the same of several bookings. Reminders have
 * an e-mail each, as each comes before its own booking.
 */
export function emailKeyOf(event: NotifiedBookingEvent, traceId: string, userId: string): string {
  const { payload } = event;
  const { booking_id: bookingId, seats, user_id: bookerId, client_id: clientId } = payload;
  const before = beforeMoveOf(event);
  return JSON.stringify([
    ...[userId, traceId, emailKindOf(event), reasonOf(event), bookerId, clientId],
    ...[bookedResourceIds(payload), seats],
    ...(before ? [bookedResourceIds(before)] : []),
    ...(event.type === 'booking.reminder' ? [bookingId] : []),
  ]);
}
