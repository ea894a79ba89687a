/** Events of bookings. */
import type { BookingRow } from '@drizzle/booking/tables';
import type { DomainEvent, Payload } from '@libs/events/catalogue';
import { formatInstant } from '@libs/time/instants';
import { resourceIdsOf } from './allocations/demands.ts';
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
  seats: row.seats,
  resource_ids: resourceIdsOf(row),
  source: row.source.toLowerCase() as Lowercase<BookingRow['source']>,
  hold_id: row.holdId,
  metadata: row.metadata as Payload<'booking.created'>['metadata'],
  overridden: row.override?.rules ?? [],
});

export const bookingCreated = (row: BookingRow): DomainEvent => ({
  type: 'booking.created',
  payload: bookingPayload(row),
});

export const bookingUpdated = (before: BookingRow, row: BookingRow): DomainEvent => ({
  type: 'booking.updated',
  payload: { ...bookingPayload(row), changes: changesOf(before, row) },
});

/** `before`: the bookings as they were, in any order. */
export function bookingsCancelled(
  before: readonly BookingRow[],
  rows: readonly BookingRow[],
  closureId: string | null = null,
): DomainEvent[] {
  const statusOf = new Map(before.map(({ id, status }) => [id, status]));
  return rows.map((row) => ({
    type: 'booking.cancelled',
    payload: {
      ...bookingPayload(row),
      reason: row.cancellationReason,
      cancelled_by: row.cancelledBy,
      closure_id: closureId,
      old_status: eventStatus(statusOf.get(row.id)!),
    },
  }));
}

/** The causes of changes of status that nobody asked for. */
export type AutomaticChange = NonNullable<Payload<'booking.status_changed'>['automatic']>;

/** Any change of status but a cancellation. */
export const bookingStatusChanged = (
  before: BookingRow,
  row: BookingRow,
  automatic: AutomaticChange | null = null,
): DomainEvent => ({
  type: 'booking.status_changed',
  payload: {
    ...bookingPayload(row),
    old_status: eventStatus(before.status),
    new_status: eventStatus(row.status),
    automatic,
    decision_reason: row.decisionReason,
  },
});

export const bookingReminder = (row: BookingRow, hoursBefore: number): DomainEvent => ({
  type: 'booking.reminder',
  payload: { ...bookingPayload(row), hours_before: hoursBefore },
});

function changesOf(before: BookingRow, row: BookingRow): Changes {
  const shown = (booking: BookingRow) => ({
    resource_id: booking.resourceId,
    client_id: booking.clientId,
    start_time: formatInstant(booking.startTime),
    end_time: formatInstant(booking.endTime),
    notes: booking.notes,
    seats: booking.seats,
    resource_ids: resourceIdsOf(booking),
    series_id: booking.seriesId,
    is_exception: booking.isException,
    metadata: booking.metadata as Payload<'booking.created'>['metadata'],
  });
  const [from, to] = [shown(before), shown(row)];
  const fields = Object.keys(to) as (keyof typeof to)[];
  return Object.fromEntries(
    fields
      .filter((field) => JSON.stringify(from[field]) !== JSON.stringify(to[field]))
      // The resource's own change says it all, unless there are others.
      .filter((field) => field !== 'resource_ids' || Math.max(from[field].length, to[field].length) > 1)
      .map((field) => [field, { from: from[field], to: to[field] }]),
  );
}
