/** Events of bookings. */
import type { BookingRow } from '@drizzle/booking/tables';
import type { DomainEvent, Payload } from '@libs/events/catalogue';
import { formatInstant } from '@libs/time/instants';
import type { BookingStatus } from './status.ts';

type EventStatus = Payload<'booking.created'>['status'];
type Changes = Payload<'booking.updated'>['changes'];

const eventStatus = (status: BookingStatus): EventStatus => status.toLowerCase() as Lowercase<BookingStatus>;

const bookingPayload = (row: BookingRow): Payload<'booking.created'> => ({
  booking_id: row.id,
  user_id: row.userId,
  client_id: row.clientId,
  resource_id: row.resourceId,
  tenant_id: row.tenantId,
  status: eventStatus(row.status),
  start_time: formatInstant(row.startTime),
  end_time: formatInstant(row.endTime),
  series_id: row.seriesId,
  booking_version: row.version,
});

export const bookingCreated = (row: BookingRow): DomainEvent => ({
  type: 'booking.created',
  payload: bookingPayload(row),
});

export const bookingUpdated = (before: BookingRow, row: BookingRow): DomainEvent => ({
  type: 'booking.updated',
  payload: { ...bookingPayload(row), changes: changesOf(before, row) },
});

export const bookingCancelled = (row: BookingRow): DomainEvent => ({
  type: 'booking.cancelled',
  payload: { ...bookingPayload(row), reason: row.cancellationReason, cancelled_by: row.cancelledBy },
});

/** Any change of status but a cancellation. */
export const bookingStatusChanged = (before: BookingRow, row: BookingRow): DomainEvent => ({
  type: 'booking.status_changed',
  payload: {
    ...bookingPayload(row),
    old_status: eventStatus(before.status),
    new_status: eventStatus(row.status),
  },
});

function changesOf(before: BookingRow, row: BookingRow): Changes {
  const shown = ({ resourceId, clientId, startTime, endTime, notes }: BookingRow) => ({
    resource_id: resourceId,
    client_id: clientId,
    start_time: formatInstant(startTime),
    end_time: formatInstant(endTime),
    notes,
  });
  const [from, to] = [shown(before), shown(row)];
  const fields = Object.keys(to) as (keyof typeof to)[];
  return Object.fromEntries(
    fields
      .filter((field) => from[field] !== to[field])
      .map((field) => [field, { from: from[field], to: to[field] }]),
  );
}
