/** What the audit trail keeps of an event. Pure. */
import { keyOf, type AnnouncedEvent } from '@libs/events/catalogue';
import { asRecorded, recordedChanges, type RecordedChanges } from '@libs/events/recordedChanges';
import type { NewAuditEntry } from './store.ts';

const BOOKING_FIELDS = [
  ...(['status', 'resource_id', 'client_id', 'user_id', 'start_time', 'end_time', 'seats'] as const),
  ...(['resource_ids', 'series_id', 'source', 'hold_id', 'overridden'] as const),
];
const HOLD_FIELDS = ['resource_ids', 'start_time', 'end_time', 'seats', 'purpose', 'expires_at'] as const;
const CLOSURE_FIELDS = ['from', 'to', 'start_time', 'end_time', 'resource_ids', 'category_ids'] as const;

const pick = <T extends object, K extends keyof T>(values: T, names: readonly K[]): object =>
  Object.fromEntries(names.map((name) => [name, values[name]]));

const created = (values: object): RecordedChanges => recordedChanges(null, values);

function changesOf(event: AnnouncedEvent): RecordedChanges {
  switch (event.type) {
    case 'booking.created':
      return created(pick(event.payload, BOOKING_FIELDS));
    case 'booking.cancelled': {
      const { old_status: from, status: to, reason, closure_id } = event.payload;
      return { ...asRecorded({ status: { from, to } }), ...created({ reason, closure_id }) };
    }
    case 'booking.status_changed': {
      const { old_status: from, new_status: to, automatic, decision_reason } = event.payload;
      return { ...asRecorded({ status: { from, to } }), ...created({ automatic, decision_reason }) };
    }
    case 'booking.reminder':
      return created(pick(event.payload, ['hours_before']));
    case 'hold.created':
      return created(pick(event.payload, HOLD_FIELDS));
    case 'hold.ended': {
      const { reason: end_reason, booking_id } = event.payload;
      return created({ end_reason, booking_id });
    }
    case 'closure.created':
      return created(pick(event.payload, CLOSURE_FIELDS));
    case 'closure.deleted':
      return recordedChanges(pick(event.payload, CLOSURE_FIELDS), null);
    case 'webhook.disabled':
      return {
        ...asRecorded({ is_active: { from: true, to: false } }),
        ...created({ disabled_because: event.payload.reason }),
      };
    case 'webhook.redelivered':
      return created(pick(event.payload, ['delivery_id']));
    default:
      // The producer recorded them; what it should not have recorded is dropped here again.
      return 'changes' in event.payload ? asRecorded(event.payload.changes) : {};
  }
}

export function entryOf(event: AnnouncedEvent): NewAuditEntry {
  const { type, payload, actor } = event;
  return {
    id: event.eventId,
    tenantId: event.tenantId,
    occurredAt: event.occurredAt,
    action: type,
    subjectId: keyOf(type, payload)!,
    subjectVersion: 'booking_version' in payload ? payload.booking_version : 0,
    actorKind: actor.kind.toUpperCase() as Uppercase<typeof actor.kind>,
    actorId: actor.id,
    changes: changesOf(event),
    traceId: event.traceId,
  };
}
