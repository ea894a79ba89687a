/**
 * Every event type: its payload (snake_case, as in streams and webhooks), its stream and the stream's consumer groups.
 * Payloads may gain fields; removing a field or changing its meaning needs a new `EVENT_VERSION` and readers of both.
 */
import type { Caller } from '@libs/auth/caller';
import { tenantOfEvent, type TenantId } from '@libs/auth/tenantId';
import { isUuid } from '@libs/db/ids';
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { actorSchema, SYSTEM, type Actor } from './actor.ts';
import { recordedChangesSchema } from './recordedChanges.ts';

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

const EVENT_SOURCES = ['user', 'staff', 'api_key', 'guest', 'waitlist', 'platform'] as const;

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
  // Events of earlier releases lack what follows.
  seats: z.int().positive().default(1),
  /** Everything that the booking occupies, `resource_id` first. */
  resource_ids: z.array(z.uuid()).default([]),
  source: z.enum(EVENT_SOURCES).default('user'),
  hold_id: z.uuid().nullable().default(null),
  /** Data that frontends keep with the booking. */
  metadata: z.record(z.string(), z.json()).default({}),
  /** The rules that staff overrode. */
  overridden: z.array(z.string()).default([]),
});

const hold = z.object({
  hold_id: z.uuid(),
  tenant_id: z.uuid(),
  resource_ids: z.array(z.uuid()),
  start_time: instant,
  end_time: instant,
  seats: z.int().positive(),
  purpose: z.enum(['checkout', 'waitlist_offer']),
  expires_at: instant,
});

/** By changed field, the JSON value before and after. */
const changes = z.record(z.string(), z.object({ from: z.json(), to: z.json() }));

const closure = z.object({
  closure_id: z.uuid(),
  tenant_id: z.uuid(),
  /** Dates, 'YYYY-MM-DD', inclusive. */
  from: z.iso.date(),
  to: z.iso.date(),
  /** 'HH:MM:SS'. Null: 00:00, and 24:00. */
  start_time: z.string().nullable(),
  end_time: z.string().nullable(),
  /** Both null: everything. */
  resource_ids: z.array(z.uuid()).nullable(),
  category_ids: z.array(z.uuid()).nullable(),
});

/** The changes of a record that was made, changed or deleted; events of earlier releases have none. */
const recorded = recordedChangesSchema.default({});
const tenant = z.object({ tenant_id: z.uuid(), changes: recorded });
const user = z.object({ user_id: z.uuid(), tenant_id: z.uuid() });
const category = z.object({ category_id: z.uuid(), tenant_id: z.uuid(), changes: recorded });
const webhook = z.object({ webhook_id: z.uuid(), tenant_id: z.uuid(), changes: recorded });

const apiKey = z.object({ api_key_id: z.uuid(), tenant_id: z.uuid(), changes: recorded });

const payloads = {
  'booking.created': booking,
  'booking.updated': booking.extend({ changes }),
  'booking.cancelled': booking.extend({
    reason: z.string().nullable(),
    cancelled_by: z.uuid().nullable(),
    /** The closure that cancelled it. Absent in events of earlier releases, as is `old_status`. */
    closure_id: z.uuid().nullable().optional(),
    old_status: status.optional(),
  }),
  'booking.status_changed': booking.extend({
    old_status: status,
    new_status: status,
    /** Null: somebody changed it. */
    automatic: z.enum(['approval_deadline', 'completed']).nullable().default(null),
    /** Why it was rejected. */
    decision_reason: z.string().nullable().default(null),
  }),
  /** What people wrote in the booking was erased, in earlier events too: whoever keeps their payloads erases it there (`erasedPayload`). */
  'booking.erased': z.object({
    booking_id: z.uuid(),
    tenant_id: z.uuid(),
    booking_version: z.int().positive(),
  }),
  /** So long before its start that the tenant wants its people reminded: one of its reminderHours. Of each start at most once. */
  'booking.reminder': booking.extend({ hours_before: z.int().positive() }),
  /** `changed` names the fields that have another value. Of a category, only what decides whether its resources can be booked. */
  'resource.updated': z.object({
    resource_id: z.uuid(),
    tenant_id: z.uuid(),
    changed: z.array(z.string()),
    resource_version: z.int().positive(),
    changes: recorded,
  }),
  /** Settings are named like the tenant's own fields. */
  'tenant.updated': tenant.extend({ changed: z.array(z.string()) }),
  'hold.created': hold,
  'hold.ended': hold.extend({
    reason: z.enum(['confirmed', 'released', 'expired', 'closed']),
    booking_id: z.uuid().nullable(),
  }),
  'closure.created': closure,
  'closure.updated': closure.extend({ changes: recorded }),
  'closure.deleted': closure,
  'resource.deleted': z.object({ resource_id: z.uuid(), tenant_id: z.uuid() }),
  'user.deleted': z.object({ user_id: z.uuid(), tenant_id: z.uuid() }),
  'tenant.deleted': z.object({ tenant_id: z.uuid() }),
  'tenant.created': tenant,
  /** Administrators get a link by e-mail. */
  'tenant.export_requested': z.object({ tenant_id: z.uuid() }),
  /** One of them used it. */
  'tenant.exported': z.object({ tenant_id: z.uuid() }),
  'resource.created': z.object({ resource_id: z.uuid(), tenant_id: z.uuid(), changes: recorded }),
  'category.created': category,
  'category.updated': category,
  'category.deleted': category,
  /** After `user.deleted`, if the person is to be forgotten, not only deleted. */
  'user.erased': user,
  'user.created': user.extend({ changes: recorded }),
  'user.updated': user.extend({ changes: recorded }),
  'user.invited': user,
  'user.email_verified': user,
  'user.password_changed': user,
  'user.signed_in': user,
  'user.signed_out': user,
  /** A used refresh token came back, so somebody has a copy: its session was ended. */
  'user.session_revoked': user,
  'user.data_exported': user,
  'api_key.created': apiKey,
  'api_key.updated': apiKey,
  'api_key.deleted': apiKey,
  'webhook.created': webhook,
  'webhook.updated': webhook,
  'webhook.deleted': webhook,
  'webhook.redelivered': z.object({ webhook_id: z.uuid(), tenant_id: z.uuid(), delivery_id: z.uuid() }),
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

/** The cause: the context of a request or a reaction. */
export type EventContext = {
  now: Temporal.Instant;
  traceId: string;
  /** The actor, unless `actor` names another. Neither: nobody did it, but the system. */
  caller?: Caller;
  actor?: Actor;
};

export type EventMetadata = {
  /** UUID version 7; the same in every delivery, so that receivers can drop repeats. */
  eventId: string;
  tenantId: TenantId;
  occurredAt: Temporal.Instant;
  /** Trace of the request that caused the event. */
  traceId: string;
  version: number;
  actor: Actor;
};

/** An event as consumers receive it. */
export type AnnouncedEvent<T extends EventType = EventType> = { [K in T]: DomainEvent<K> & EventMetadata }[T];

export const metadataSchema = z.object({
  event_id: z.uuid(),
  tenant_id: z.uuid(),
  occurred_at: instant,
  trace_id: z.string(),
  version: z.int().positive(),
  /** Events of earlier releases have none. */
  actor: actorSchema.nullish(),
});
export type EntryMetadata = z.infer<typeof metadataSchema>;

export const EVENT_TYPES = Object.keys(payloads) as EventType[];
export const isEventType = (text: string): text is EventType => Object.hasOwn(payloads, text);

export const STREAMS = [
  'booking-events',
  'schedule-events',
  'deletion-events',
  'webhook-events',
  'change-events',
] as const;
export type StreamName = (typeof STREAMS)[number];

export const streamOf = (type: EventType): StreamName => {
  if (type.startsWith('booking.')) return 'booking-events';
  if (/^(hold|closure)\.|^(resource|tenant)\.updated$/.test(type)) return 'schedule-events';
  if (type.startsWith('webhook.')) return 'webhook-events';
  return /^((tenant|user|resource)\.deleted|user\.erased)$/.test(type) ? 'deletion-events' : 'change-events';
};

export type ConsumerGroup =
  | 'tenant-service'
  | 'user-service'
  | 'resource-service'
  | 'booking-service'
  /** The tenant subgraph's group for the audit trail. */
  | 'audit';

/**
 * An entry is trimmed only once all these groups, even those not created yet, have acknowledged it. List a group only where it has a
 * reaction to an event of the stream: it is created by the consumer, and without it the stream would grow for ever.
 */
export const GROUPS: Record<StreamName, ConsumerGroup[]> = {
  'booking-events': ['tenant-service', 'user-service', 'resource-service', 'audit'],
  'schedule-events': ['audit'],
  'deletion-events': ['user-service', 'resource-service', 'booking-service', 'audit'],
  'webhook-events': ['user-service', 'audit'],
  'change-events': ['audit'],
};

type SubjectKind = EventType extends `${infer Kind}.${string}` ? Kind : never;

/** By the first word of the type, the field with the ordering key: events with one key are consumed in the order of their announcement. */
const KEY_FIELDS: Record<SubjectKind, string> = {
  booking: 'booking_id',
  hold: 'hold_id',
  closure: 'closure_id',
  tenant: 'tenant_id',
  resource: 'resource_id',
  category: 'category_id',
  user: 'user_id',
  webhook: 'webhook_id',
  api_key: 'api_key_id',
};

/** The ordering key, or undefined if the payload has no valid one. */
export function keyOf(type: EventType, payload: unknown): string | undefined {
  const kind = type.slice(0, type.indexOf('.')) as SubjectKind;
  const key = (payload as Record<string, unknown> | null)?.[KEY_FIELDS[kind]];
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
    actor: metadata.actor ?? SYSTEM,
    payload: payloads[type].parse(payload),
  } as AnnouncedEvent;
}
