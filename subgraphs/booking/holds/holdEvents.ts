/** Events of holds, which only subscribers to availability read. */
import type { HoldRow } from '@drizzle/booking/tables';
import type { DomainEvent, Payload } from '@libs/events/catalogue';
import { formatInstant } from '@libs/time/instants';

const payloadOf = (hold: HoldRow): Payload<'hold.created'> => ({
  hold_id: hold.id,
  tenant_id: hold.tenantId,
  resource_ids: hold.resources.map(({ resourceId }) => resourceId),
  start_time: formatInstant(hold.startTime),
  end_time: formatInstant(hold.endTime),
  seats: hold.seats,
  purpose: hold.purpose === 'CHECKOUT' ? 'checkout' : 'waitlist_offer',
  expires_at: formatInstant(hold.expiresAt),
});

export const holdCreated = (hold: HoldRow): DomainEvent => ({
  type: 'hold.created',
  payload: payloadOf(hold),
});

export const holdEnded = (
  hold: HoldRow,
  reason: Payload<'hold.ended'>['reason'],
  bookingId: string | null = null,
): DomainEvent => ({ type: 'hold.ended', payload: { ...payloadOf(hold), reason, booking_id: bookingId } });
