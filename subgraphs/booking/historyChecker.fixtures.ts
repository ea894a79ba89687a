/** Checks that answers, events and rows of concurrent clients agree. It knows the contract, not the implementation. */
import { groupBy } from '@libs/db/groupBy';
import type postgres from 'postgres';

/** `mark` is in the notes of every booking that the operation wrote. */
export type ClientOperation = {
  mark: string;
  kind: 'create' | 'series' | 'update' | 'cancel' | 'cancelSeries' | 'status';
  /** 'crashed': before the commit, without an answer. */
  result: 'done' | 'refused' | 'crashed';
  /** As reported by the answer. */
  bookingIds: string[];
  /** 1 for a single booking. */
  occurrences?: number;
  expectedVersion?: number;
  /** In epoch milliseconds. */
  conflict?: { requested: Span[]; reported: Span[] };
  failure?: string;
};

type Span = { start: number; end: number };
type Payload = {
  booking_id: string;
  resource_id: string;
  status: string;
  start_time: string;
  end_time: string;
  booking_version: number;
  changes?: { notes?: { to: string | null } };
};
type State = { resourceId: string; status: string; start: number; end: number; version: number };

const OCCUPYING = new Set(['pending', 'confirmed', 'completed']);
const overlaps = (a: Span, b: Span): boolean => a.start < b.end && b.start < a.end;
const ms = (text: string): number => Date.parse(text);

/** Empty for a correct history. */
export async function historyViolations(
  sql: postgres.Sql,
  operations: readonly ClientOperation[],
): Promise<string[]> {
  const events = await sql<{ event_type: string; payload: Payload }[]>`
    select event_type, payload from outbox where event_type like 'booking.%' order by arrival`;
  const rows = await sql<
    {
      id: string;
      resource_id: string;
      status: string;
      start: string;
      end: string;
      version: number;
      notes: string;
      series_id: string | null;
    }[]
  >`select id, resource_id, lower(status::text) as status, version, notes, series_id,
           to_json(start_time) #>> '{}' as start, to_json(end_time) #>> '{}' as end from bookings`;
  const series = await sql<{ id: string }[]>`select id from booking_series`;

  const { violations, states, versionOfMark } = replay(events);
  for (const row of rows) {
    const state = states.get(row.id);
    const stored = {
      resourceId: row.resource_id,
      status: row.status,
      start: ms(row.start),
      end: ms(row.end),
      version: row.version,
    };
    if (JSON.stringify(state) !== JSON.stringify(stored)) {
      violations.push(
        `booking ${row.id} is stored as ${JSON.stringify(stored)}, announced as ${JSON.stringify(state)}`,
      );
    }
  }
  const stored = new Set(rows.map(({ id }) => id));
  for (const id of states.keys())
    if (!stored.has(id)) violations.push(`booking ${id} was announced but does not exist`);
  for (const { id } of series) {
    if (!rows.some((row) => row.series_id === id)) violations.push(`series ${id} has no booking`);
  }
  return [...violations, ...resultViolations(operations, rows, versionOfMark, events)];
}

/** Versions must have no gaps, and occupied times must not overlap. */
function replay(events: readonly { event_type: string; payload: Payload }[]) {
  const violations: string[] = [];
  const states = new Map<string, State>();
  const ofResource = new Map<string, Set<string>>();
  const versionOfMark = new Map<string, number>();
  for (const { event_type: type, payload } of events) {
    const { booking_id: id, resource_id: resourceId, booking_version: version, status } = payload;
    const next: State = {
      resourceId,
      status,
      start: ms(payload.start_time),
      end: ms(payload.end_time),
      version,
    };
    const before = states.get(id);
    if (version !== (before?.version ?? 0) + 1) {
      violations.push(`booking ${id}: ${type} has version ${version} after ${before?.version ?? 'none'}`);
    }
    const mark = payload.changes?.notes?.to;
    if (mark) versionOfMark.set(mark, version);
    states.set(id, next);
    if (before && before.resourceId !== resourceId) ofResource.get(before.resourceId)?.delete(id);
    const others = ofResource.get(resourceId) ?? new Set();
    ofResource.set(resourceId, others.add(id));
    if (!OCCUPYING.has(status)) continue;
    for (const otherId of others) {
      const other = states.get(otherId)!;
      if (otherId !== id && OCCUPYING.has(other.status) && overlaps(next, other)) {
        violations.push(`bookings ${id} and ${otherId} occupy resource ${resourceId} at once`);
      }
    }
  }
  return { violations, states, versionOfMark };
}

/** Reported bookings exist, once and complete; other operations left nothing. */
function resultViolations(
  operations: readonly ClientOperation[],
  rows: readonly { id: string; notes: string }[],
  versionOfMark: ReadonlyMap<string, number>,
  events: readonly { event_type: string; payload: Payload }[],
): string[] {
  const violations: string[] = [];
  const stored = new Set(rows.map(({ id }) => id));
  const created = new Set(
    events
      .filter(({ event_type }) => event_type === 'booking.created')
      .map(({ payload }) => payload.booking_id),
  );
  const byMark = groupBy(operations, ({ mark }) => mark);
  const createdBy = groupBy(
    rows.filter(({ notes }) => notes),
    ({ notes }) => notes,
  );

  for (const operation of operations) {
    const { mark, kind, result, bookingIds, conflict, expectedVersion, failure } = operation;
    if (failure) violations.push(`${kind} ${mark} failed: ${failure}`);
    for (const id of bookingIds)
      if (!stored.has(id)) violations.push(`${kind} ${mark} reported booking ${id}, which does not exist`);
    const version = versionOfMark.get(mark);
    if (kind === 'update' && result !== 'done' && version !== undefined)
      violations.push(`update ${mark} was ${result} but took effect`);
    if (expectedVersion !== undefined && version !== undefined && version !== expectedVersion + 1) {
      violations.push(`update ${mark} expected version ${expectedVersion} and made version ${version}`);
    }
    for (const one of conflict?.reported ?? []) {
      if (!conflict!.requested.some((requested) => overlaps(requested, one)))
        violations.push(`${kind} ${mark} was refused for a booking that does not overlap`);
    }
  }
  for (const [mark, attempts] of byMark) {
    const { kind, occurrences } = attempts[0]!;
    if (kind !== 'create' && kind !== 'series') continue;
    const done = attempts.filter(({ result }) => result === 'done');
    const results = new Set(done.map(({ bookingIds }) => bookingIds.join()));
    if (results.size > 1) violations.push(`${kind} ${mark} got ${results.size} different answers`);
    if (done.some(({ bookingIds }) => bookingIds.length !== occurrences))
      violations.push(`${kind} ${mark} was incomplete`);
    // A later update may have replaced the mark; booking.created stays.
    const doneIds = new Set(done.flatMap(({ bookingIds }) => bookingIds));
    for (const id of doneIds)
      if (!created.has(id)) violations.push(`${kind} ${mark}: booking.created of ${id} is missing`);
    const extra = (createdBy.get(mark) ?? []).filter(({ id }) => !doneIds.has(id));
    if (extra.length > 0)
      violations.push(
        `${kind} ${mark} was ${done.length > 0 ? 'done' : 'not done'} but created ${extra.length} more`,
      );
  }
  return violations;
}
