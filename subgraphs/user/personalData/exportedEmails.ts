/** The e-mails of a person as they are exported. Pure. */
import type { notifications } from '@drizzle/user/tables';

type Notification = typeof notifications.$inferSelect;
export type ExportedEmail = Pick<Notification, 'status' | 'createdAt' | 'settledAt'> & {
  about: Notification['eventType'];
  content: unknown;
};
/** The part of a booking's event that is exported: what people wrote, and what tells whom it is about. */
type BookingContent = {
  booking_id: string;
  client_id: string;
  reason?: unknown;
  decision_reason?: unknown;
  changes?: Record<string, unknown>;
};

function withoutTexts({ changes, ...content }: BookingContent): object {
  const { notes: _notes, metadata: _metadata, ...others } = changes ?? {};
  return {
    ...content,
    metadata: {},
    overridden: [],
    ...('reason' in content && { reason: null }),
    ...('decision_reason' in content && { decision_reason: null }),
    ...(changes && { changes: others }),
  };
}

/**
 * Without what people wrote in bookings for others, as the booking subgraph shows these bookings to the person: texts are the client's, of
 * the event and of today. `ownBookingIds` are those of the bookings that are for the person.
 */
export function exportedEmails(
  emails: readonly ExportedEmail[],
  userId: string,
  ownBookingIds: ReadonlySet<unknown>,
): ExportedEmail[] {
  return emails.map((email) => {
    if (!email.about.startsWith('booking.')) return email;
    // Safe: recorded from a booking's event, which the catalogue parsed.
    const content = email.content as BookingContent;
    const isOwn = content.client_id === userId && ownBookingIds.has(content.booking_id);
    return isOwn ? email : { ...email, content: withoutTexts(content) };
  });
}
