import type { LinkEventType, NotifiedEventType } from '@drizzle/user/tables';
import type { Payload } from '@libs/events/catalogue';
import { Temporal } from 'temporal-polyfill';
import { isLinkEvent, LINK_HOURS, PURPOSES } from '../links/rules.ts';

/** Announced to the old address. The new one is not stored, and so not disclosed. */
export type EmailChange = {
  type: 'user.email_changed';
  /** `changed_at` in RFC 3339. */
  payload: { old_email: string; changed_at: string };
};
/** A sign-in from a device without a session. `signed_in_at` in RFC 3339. */
export type SignIn = { type: 'user.signed_in'; payload: { device: string | null; signed_in_at: string } };
/** `requested_at` in RFC 3339. */
export type LinkEvent = { type: LinkEventType; payload: { requested_at: string } };
/** `changes` has only those of times and resources. */
export type BookingMove = { type: 'booking.moved'; payload: Payload<'booking.updated'> };
/** The booking as its client had it, before it was given to another. */
export type BookingReassignment = { type: 'booking.reassigned'; payload: Payload<'booking.created'> };
type InternalEvent = BookingMove | BookingReassignment | EmailChange | SignIn | LinkEvent;
type AnnouncedEventType = Exclude<NotifiedEventType, InternalEvent['type']>;
export type BookingEventType = Exclude<AnnouncedEventType, 'webhook.disabled'>;
export type NotifiedEvent =
  | { [T in AnnouncedEventType]: { type: T; payload: Payload<T> } }[AnnouncedEventType]
  | InternalEvent;
export type NotifiedBookingEvent = Extract<NotifiedEvent, { type: `booking.${string}` }>;

export type EmailKind =
  | 'requested'
  | 'pending'
  | 'confirmed'
  | 'rejected'
  | 'cancelled'
  | 'undecided'
  | 'completed'
  | 'no_show'
  | 'reminder'
  | 'zone_changed'
  | 'moved'
  | 'reassigned';

/** User text is cut to this length. */
export const MAX_SHOWN_CHARACTERS = 500;

/** The kind follows from the event, whatever happened to the booking since. */
export function emailKindOf(event: NotifiedBookingEvent): EmailKind {
  switch (event.type) {
    case 'booking.cancelled':
      return 'cancelled';
    case 'booking.status_changed':
      return event.payload.automatic === 'approval_deadline' ? 'undecided' : event.payload.new_status;
    case 'booking.reminder':
      return 'reminder';
    case 'booking.updated':
      return 'zone_changed';
    case 'booking.moved':
      return 'moved';
    case 'booking.reassigned':
      return 'reassigned';
    case 'booking.created':
      return event.payload.status === 'pending' ? 'requested' : event.payload.status;
  }
}

/** When the e-mail is too late to be sent; undefined: never. */
function endOfUse(event: NotifiedEvent): Temporal.Instant | undefined {
  if (event.type === 'booking.reminder') return Temporal.Instant.from(event.payload.start_time);
  if (!isLinkEvent(event.type)) return undefined;
  const { requested_at: requestedAt } = (event as LinkEvent).payload;
  const purpose = PURPOSES[event.type] ?? 'VERIFY_EMAIL';
  return Temporal.Instant.from(requestedAt).add({ hours: LINK_HOURS[purpose] });
}

/**
 * After an outage, of ours or of the mail server, a reminder is of no use once the booking has begun, nor a link that would have expired
 * if it had been sent at once.
 */
export function isOfUse(event: NotifiedEvent, now: Temporal.Instant): boolean {
  const end = endOfUse(event);
  return end === undefined || Temporal.Instant.compare(end, now) > 0;
}

/** The reason that somebody gave for the event. */
export function reasonOf(event: NotifiedBookingEvent): string | null {
  if (event.type === 'booking.cancelled') return event.payload.reason;
  return event.type === 'booking.status_changed' ? event.payload.decision_reason : null;
}

// Controls (also line breaks), line and paragraph separators, bidirectional controls, and lone surrogates.
const NOT_FOR_A_LINE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** User text cannot start a header or a line, nor reverse the text after it. */
export function oneLine(text: string): string {
  const line = text.replace(NOT_FOR_A_LINE, ' ').replace(/ {2,}/g, ' ').trim();
  const characters = Array.from(line);
  return characters.length <= MAX_SHOWN_CHARACTERS
    ? line
    : `${characters.slice(0, MAX_SHOWN_CHARACTERS - 1).join('')}…`;
}
