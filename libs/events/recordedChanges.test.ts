import { newId } from '@libs/db/ids';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { actorOf, actorSchema, SYSTEM } from './actor.ts';
import { announcedEvent, EVENT_TYPES, GROUPS, metadataSchema, streamOf } from './catalogue.ts';
import { asRecorded, recordedChanges } from './recordedChanges.ts';

describe('recordedChanges', () => {
  it('has the values of listed fields that differ, and of others only that they do', () => {
    const before = { capacity: 1, name: 'Sala', isActive: true, rules: { autoConfirm: true } };
    const after = { capacity: 2, name: 'Sala 2', isActive: true, rules: {} };
    expect(recordedChanges(before, after)).toEqual({
      capacity: { from: 1, to: 2 },
      rules: { from: { autoConfirm: true }, to: {} },
      name: {},
    });
  });

  it('goes from or to null for a record that is made or deleted', () => {
    const start_time = Temporal.Instant.from('2027-01-04T12:00:00Z');
    const row = { start_time, seats: 2, notes: 'Olá', seriesId: null, holdId: undefined };
    expect(recordedChanges(null, row)).toEqual({
      start_time: { from: null, to: '2027-01-04T12:00:00Z' },
      seats: { from: null, to: 2 },
      notes: {},
    });
    expect(recordedChanges({ seats: 2 }, null)).toEqual({ seats: { from: 2, to: null } });
    expect(recordedChanges(row, row)).toEqual({});
  });

  it('has no values that are long', () => {
    const ids = (count: number) => Array.from({ length: count }, newId);
    expect(Object.keys(recordedChanges(null, { resourceIds: ids(5) })['resource_ids']!)).toHaveLength(2);
    expect(recordedChanges(null, { resourceIds: ids(100) })).toEqual({ resource_ids: {} });
  });

  it('drops what others recorded too much of', () => {
    const changes = {
      notes: { from: 'a', to: 'b' },
      seats: { from: 1, to: 2 },
      unheardOf: { from: 1, to: 2 },
    };
    expect(asRecorded(changes)).toEqual({ notes: {}, seats: { from: 1, to: 2 }, unheardOf: {} });
  });
});

describe('the actor of an event', () => {
  const [userId, sessionId] = [newId(), newId()];
  const metadata = {
    event_id: newId(),
    tenant_id: newId(),
    occurred_at: '2026-12-05T14:00:00.000Z',
    trace_id: 'trace',
    version: 1,
  };

  it('is the caller, or the system if nobody called', () => {
    expect(actorOf({ kind: 'platform', userId, sessionId })).toEqual({ kind: 'platform', id: userId });
    expect(actorOf({ kind: 'anonymous' })).toEqual({ kind: 'guest', id: null });
    expect(actorOf({ kind: 'service', name: 'booking' })).toEqual(SYSTEM);
    expect(actorOf(undefined)).toEqual(SYSTEM);
  });

  it('is the system in events of releases that recorded none', () => {
    const payload = { tenant_id: metadata.tenant_id };
    for (const old of [metadata, { ...metadata, actor: null }]) {
      expect(announcedEvent('tenant.deleted', payload, metadataSchema.parse(old)).actor).toEqual(SYSTEM);
    }
    const actor = actorSchema.parse({ kind: 'api_key', id: userId });
    expect(announcedEvent('tenant.deleted', payload, { ...metadata, actor }).actor).toEqual(actor);
  });
});

it('the group of the audit trail consumes every event', () => {
  for (const type of EVENT_TYPES) expect(GROUPS[streamOf(type)], type).toContain('audit');
});
