/** Facts as entries of a Redis stream: the fields `event_type`, `payload` (JSON) and `metadata` (JSON). */
import { isEventType, keyOf, metadataSchema, type EventType, type EntryMetadata } from './catalogue.ts';
import type { OutboxRow } from './outbox.ts';

/** An entry as Redis returns it: its id, and names and values in turn; null where it was deleted. */
export type StreamEntry = [id: string, fields: string[] | null];

/** The fields of a row's entry, names and values in turn. */
export function fieldsOfRow(row: OutboxRow): string[] {
  return ['event_type', row.type, 'payload', row.payload, 'metadata', JSON.stringify(row.metadata)];
}

/** The value of a field of an entry. */
export function fieldOf(fields: readonly string[], name: string): string | undefined {
  for (let i = 0; i + 1 < fields.length; i += 2) if (fields[i] === name) return fields[i + 1];
  return undefined;
}

export type ReadEntry = { type: EventType; key: string; payload: string; metadata: EntryMetadata };

/**
 * What an entry says; undefined for a type that this release does not know. Throws where it is not an entry of ours: JSON that
 * does not parse, metadata without an event id, a payload that does not say what it is about.
 */
export function readEntry(fields: readonly string[]): ReadEntry | undefined {
  const type = fieldOf(fields, 'event_type');
  if (type === undefined) throw new Error('no field event_type');
  if (!isEventType(type)) return undefined;
  const payload = fieldOf(fields, 'payload') ?? '';
  const metadata = metadataSchema.parse(JSON.parse(fieldOf(fields, 'metadata') ?? ''));
  const key = keyOf(type, JSON.parse(payload));
  if (key === undefined) throw new Error('the payload does not say what it is about');
  return { type, key, payload, metadata };
}

/** The id of the event that an entry carries; undefined where it carries none of ours. */
export function eventIdOf(fields: readonly string[]): string | undefined {
  try {
    return metadataSchema.parse(JSON.parse(fieldOf(fields, 'metadata') ?? '')).event_id;
  } catch {
    return undefined;
  }
}

/** Orders ids of one stream: negative where `a` is the earlier. */
export function compareEntryIds(a: string, b: string): number {
  const [aMs = '0', aSeq = '0'] = a.split('-');
  const [bMs = '0', bSeq = '0'] = b.split('-');
  return Number(aMs) - Number(bMs) || Number(aSeq) - Number(bSeq);
}

/** The smallest id that may follow `id`. */
export function entryIdAfter(id: string): string {
  const [ms = '0', seq = '0'] = id.split('-');
  return `${ms}-${Number(seq) + 1}`;
}
