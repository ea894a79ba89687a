/** Events as entries of a Redis stream, with the fields `event_type`, `payload` (JSON) and `metadata` (JSON). */
import { isEventType, keyOf, metadataSchema, type EventType, type EntryMetadata } from './catalogue.ts';
import type { OutboxRow } from './outbox.ts';

/** An entry as Redis returns it: id, and alternating names and values; null for a deleted entry. */
export type StreamEntry = [id: string, fields: string[] | null];

export function fieldsOfRow(row: OutboxRow): string[] {
  return ['event_type', row.type, 'payload', row.payload, 'metadata', JSON.stringify(row.metadata)];
}

export function fieldOf(fields: readonly string[], name: string): string | undefined {
  for (let i = 0; i + 1 < fields.length; i += 2) if (fields[i] === name) return fields[i + 1];
  return undefined;
}

/** Its payload is validated when it is applied. */
export type ReceivedEvent = { type: EventType; payload: unknown; metadata: EntryMetadata };
export type ParsedEntry = ReceivedEvent & { key: string };

/**
 * Parses an entry. Returns undefined for an event type unknown to this release. Throws if the JSON is malformed, the metadata
 * invalid, or the payload without its ordering key.
 */
export function parseEntry(fields: readonly string[]): ParsedEntry | undefined {
  const type = fieldOf(fields, 'event_type');
  if (type === undefined) throw new Error('no field event_type');
  if (!isEventType(type)) return undefined;
  const payload: unknown = JSON.parse(fieldOf(fields, 'payload') ?? '');
  const metadata = metadataSchema.parse(JSON.parse(fieldOf(fields, 'metadata') ?? ''));
  const key = keyOf(type, payload);
  if (key === undefined) throw new Error('the payload has no ordering key');
  return { type, key, payload, metadata };
}

/** Undefined if the metadata cannot be read. */
export function eventIdOf(fields: readonly string[]): string | undefined {
  try {
    return metadataSchema.parse(JSON.parse(fieldOf(fields, 'metadata') ?? '')).event_id;
  } catch {
    return undefined;
  }
}

/** Negative if `a` comes first. */
export function compareEntryIds(a: string, b: string): number {
  const [aMs = '0', aSeq = '0'] = a.split('-');
  const [bMs = '0', bSeq = '0'] = b.split('-');
  return Number(aMs) - Number(bMs) || Number(aSeq) - Number(bSeq);
}

/** The smallest entry id after `id`. */
export function entryIdAfter(id: string): string {
  const [ms = '0', seq = '0'] = id.split('-');
  return `${ms}-${Number(seq) + 1}`;
}
