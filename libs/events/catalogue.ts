/**
 * Every fact that one subgraph tells the others: its type, its payload (snake_case, as it stands in the stream and in
 * webhooks), the stream it goes to, and who listens there. Payloads may gain fields; a field that changes its meaning or
 * goes away needs a new `EVENT_VERSION` and readers of both.
 */
import { tenantOfEvent, type TenantId } from '@libs/auth/tenantId';
import { isUuid } from '@libs/db/ids';
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';

/** The version that `metadata.version` carries. */
export const EVENT_VERSION = 1;

/** Booking statuses as events and webhooks write them. */
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
  /** Who made it. */
  user_id: z.uuid(),
  /** For whom. */
  client_id: z.uuid(),
  resource_id: z.uuid(),
  tenant_id: z.uuid(),
  status,
  start_time: instant,
  end_time: instant,
  series_id: z.uuid().nullable(),
  booking_version: z.int().positive(),
});

/** What changed: each field's value before and after, as JSON shows them. */
const changes = z.record(z.string(), z.object({ from: z.json(), to: z.json() }));

const payloads = {
  'booking.created': booking,
  'booking.updated': booking.extend({ changes }),
  'booking.cancelled': booking.extend({ reason: z.string().nullable(), cancelled_by: z.uuid().nullable() }),
  'booking.status_changed': booking.extend({ old_status: status, new_status: status }),
  'resource.deleted': z.object({ resource_id: z.uuid(), tenant_id: z.uuid() }),
  'user.deleted': z.object({ user_id: z.uuid(), tenant_id: z.uuid() }),
  'tenant.deleted': z.object({ tenant_id: z.uuid() }),
  /** We turned it off: its receiver said that it is gone, or every attempt has failed since then. */
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

/** A fact as a verb states it; its tenant is its payload's. */
export type DomainEvent<T extends EventType = EventType> = { [K in T]: { type: K; payload: Payload<K> } }[T];

/** When and in whose trace a fact came about. A request's context is one, and a reaction's. */
export type EventContext = { now: Temporal.Instant; traceId: string };

/** What is known of every announced fact. */
export type EventMetadata = {
  /** UUID version 7, equal for every delivery, so that receivers can drop repeats. */
  eventId: string;
  tenantId: TenantId;
  occurredAt: Temporal.Instant;
  /** The trace of the request that caused it. */
  traceId: string;
  version: number;
};

/** A fact as a reader gets it. */
export type AnnouncedEvent<T extends EventType = EventType> = { [K in T]: DomainEvent<K> & EventMetadata }[T];

/** `metadata` as it stands in a stream's entry. */
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

/** The stream that a type of fact is published to. */
export const streamOf = (type: EventType): StreamName => {
  if (type.startsWith('booking.')) return 'booking-events';
  return type.startsWith('webhook.') ? 'webhook-events' : 'deletion-events';
};

export type ConsumerGroup = 'tenant-service' | 'user-service' | 'resource-service' | 'booking-service';

/** Who reads each stream. Nothing is trimmed that one of them has not acknowledged, also before it first connects. */
export const GROUPS: Record<StreamName, ConsumerGroup[]> = {
  'booking-events': ['tenant-service', 'user-service', 'resource-service'],
  'deletion-events': ['user-service', 'resource-service', 'booking-service'],
  'webhook-events': ['user-service'],
};

/** The payload's field that says what a fact is about: facts about one thing are consumed in the order of their announcement. */
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

/** The id of what a fact is about, or undefined where the payload lacks it. */
export function keyOf(type: EventType, payload: unknown): string | undefined {
  const key = (payload as Record<string, unknown> | null)?.[keyFields[type]];
  return typeof key === 'string' && isUuid(key) ? key : undefined;
}

/** Reads a fact from what a stream or an outbox row holds. Throws ZodError where the payload is not one of its type. */
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
