/** Whom an event is told to, what has come of the booking, and how people's texts are made fit for a letter. Pure. */
import type { NotifiedEventType } from '@drizzle/user/tables';
import type { AnnouncedEvent, Payload } from '@libs/events/catalogue';

/** A user's address was changed: told to the old one. The new one is not in it, and so in no letter. */
export type EmailChange = {
  type: 'user.email_changed';
  /** `changed_at` in RFC 3339. */
  payload: { old_email: string; changed_at: string };
};
type AnnouncedEventType = Exclude<NotifiedEventType, EmailChange['type']>;
export type BookingEventType = Exclude<AnnouncedEventType, 'webhook.disabled'>;
export type NotifiedEvent =
  | { [T in AnnouncedEventType]: { type: T; payload: Payload<T> } }[AnnouncedEventType]
  | EmailChange;
export type NotifiedBookingEvent = Extract<NotifiedEvent, { type: BookingEventType }>;

/** What a letter about a booking is about. */
export type EmailKind =
  | 'requested'
  | 'pending'
  | 'confirmed'
  | 'rejected'
  | 'cancelled'
  | 'completed'
  | 'no_show';

/** The longest text of a person that a letter shows, in characters. */
export const MAX_SHOWN_CHARACTERS = 500;

/** What has come of the booking: what the fact says happened, whatever the booking has become since. */
export function emailKindOf(event: NotifiedBookingEvent): EmailKind {
  switch (event.type) {
    case 'booking.cancelled':
      return 'cancelled';
    case 'booking.status_changed':
      return event.payload.new_status;
    case 'booking.created':
      return event.payload.status === 'pending' ? 'requested' : event.payload.status;
  }
}

/** Who made the booking and for whom it is; one where both are the same. */
export const partiesOf = ({ payload }: Pick<AnnouncedEvent<BookingEventType>, 'payload'>): string[] => [
  ...new Set([payload.user_id, payload.client_id]),
];

// Controls (line breaks too), line and paragraph separators, what turns the direction of writing, and what is no character at all.
const NOT_FOR_A_LINE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** A person's text as one line: it cannot start a line of its own, in a header or in the text, nor turn what comes after it. */
export function oneLine(text: string): string {
  const line = text.replace(NOT_FOR_A_LINE, ' ').replace(/ {2,}/g, ' ').trim();
  const characters = Array.from(line);
  return characters.length <= MAX_SHOWN_CHARACTERS
    ? line
    : `${characters.slice(0, MAX_SHOWN_CHARACTERS - 1).join('')}…`;
}
