import type { NotifiedEventType } from '@drizzle/user/tables';
import type { AnnouncedEvent, Payload } from '@libs/events/catalogue';

/** Announced to the old address. The new one is not stored, and so not disclosed. */
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

export type EmailKind =
  | 'requested'
  | 'pending'
  | 'confirmed'
  | 'rejected'
  | 'cancelled'
  | 'completed'
  | 'no_show';

/** User text is cut to this length. */
export const MAX_SHOWN_CHARACTERS = 500;

/** As of the event, whatever happened to the booking since. */
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

/** One if they are the same. */
export const recipientsOf = ({ payload }: Pick<AnnouncedEvent<BookingEventType>, 'payload'>): string[] => [
  ...new Set([payload.user_id, payload.client_id]),
];

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
