/**
 * Every event type: its payload (snake_case, as in streams and webhooks), its stream and the stream's consumer groups.
 * Payloads may gain fields; removing a field or changing its meaning needs a new `EVENT_VERSION` and readers of both.
 */
import { tenantOfEvent, type TenantId } from '@libs/auth/tenantId';
import { isUuid } from '@libs/db/ids';
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';

/** Sent as `metadata.version`. */
export const EVENT_VERSION = 1;

/** Booking statuses in events and webhooks. */
export const EVENT_STATUSES = [
  'pending',
  'confirmed',
  'rejected',
  'cancelled',
  'completed',
  'no_show',
] as const;

const status = z.enum(EVENT_STATUSES);
/** RFC 3339 in UTC. */
const instant = z.iso.datetime();

const booking = z.object({
  booking_id: z.uuid(),
  /** Made the booking. */
  user_id: z.uuid(),
  /** For whom it was made. */
  client_id: z.uuid(),
  resource_id: z.uuid(),
  tenant_id: z.uuid(),
  status,
  start_time: instant,
  end_time: instant,
  series_id: z.uuid().nullable(),
  booking_version: z.int().positive(),
});

/** By changed field, the JSON value before and after. */
const changes = z.record(z.string(), z.object({ from: z.json(), to: z.json() }));

const payloads = {
  'booking.created': booking,
  'booking.updated': booking.extend({ changes }),
  'booking.cancelled': booking.extend({ reason: z.string().nullable(), cancelled_by: z.uuid().nullable() }),
  'booking.status_changed': booking.extend({ old_status: status, new_status: status }),
  'resource.deleted': z.object({ resource_id: z.uuid(), tenant_id: z.uuid() }),
  'user.deleted': z.object({ user_id: z.uuid(), tenant_id: z.uuid() }),
  'tenant.deleted': z.object({ tenant_id: z.uuid() }),
  /** Disabled by Vaga: the endpoint answered 410 (`gone`), or every attempt since `failing_since` failed. */
  'webhook.disabled': z.object({
    webhook_id: z.uuid(),
    tenant_id: z.uuid(),
    url: z.string(),
    reason: z.enum(['gone', 'failing']),
    failing_since: instant,
  }),
};

export type EventType = keyof typeof payloads;
export type Payload<T extends EventType> = z.infer<(typeof payloads)[T]>;

/** An event before it is announced. */
export type DomainEvent<T extends EventType = EventType> = { [K in T]: { type: K; payload: Payload<K> } }[T];

/** Time and trace of the cause: the context of a request or a reaction. */
export type EventContext = { now: Temporal.Instant; traceId: string };

export type EventMetadata = {
  /** UUID version 7; the same in every delivery, so that receivers can drop repeats. */
  eventId: string;
  tenantId: TenantId;
  occurredAt: Temporal.Instant;
  /** Trace of the request that caused the event. */
  traceId: string;
  version: number;
};

/** An event as consumers receive it. */
export type AnnouncedEvent<T extends EventType = EventType> = { [K in T]: DomainEvent<K> & EventMetadata }[T];

export const metadataSchema = z.object({
  event_id: z.uuid(),
  tenant_id: z.uuid(),
  occurred_at: instant,
  trace_id: z.string(),
  version: z.int().positive(),
});
export type EntryMetadata = z.infer<typeof metadataSchema>;

export const isEventType = (text: string): text is EventType => Object.hasOwn(payloads, text);

export const STREAMS = ['booking-events', 'deletion-events', 'webhook-events'] as const;
export type StreamName = (typeof STREAMS)[number];

export const streamOf = (type: EventType): StreamName => {
  if (type.startsWith('booking.')) return 'booking-events';
  return type.startsWith('webhook.') ? 'webhook-events' : 'deletion-events';
};

export type ConsumerGroup = 'tenant-service' | 'user-service' | 'resource-service' | 'booking-service';

/** An entry is trimmed only once all these groups, even those not created yet, have acknowledged it. */
export const GROUPS: Record<StreamName, ConsumerGroup[]> = {
  'booking-events': ['tenant-service', 'user-service', 'resource-service'],
  'deletion-events': ['user-service', 'resource-service', 'booking-service'],
  'webhook-events': ['user-service'],
};

/** Ordering keys: events with one key are consumed in the order of their announcement. */
const keyFields: Record<EventType, string> = {
  'booking.created': 'booking_id',
  'booking.updated': 'booking_id',
  'booking.cancelled': 'booking_id',
  'booking.status_changed': 'booking_id',
  'resource.deleted': 'resource_id',
  'user.deleted': 'user_id',
  'tenant.deleted': 'tenant_id',
  'webhook.disabled': 'webhook_id',
};

/** The ordering key, or undefined if the payload has no valid one. */
export function keyOf(type: EventType, payload: unknown): string | undefined {
  const key = (payload as Record<string, unknown> | null)?.[keyFields[type]];
  return typeof key === 'string' && isUuid(key) ? key : undefined;
}

/** Throws ZodError if the payload does not match the type. */
export function announcedEvent(type: EventType, payload: unknown, metadata: EntryMetadata): AnnouncedEvent {
  return {
    type,
    eventId: metadata.event_id,
    tenantId: tenantOfEvent(metadata),
    occurredAt: Temporal.Instant.from(metadata.occurred_at),
    traceId: metadata.trace_id,
    version: metadata.version,
    payload: payloads[type].parse(payload),
  } as AnnouncedEvent;
}
