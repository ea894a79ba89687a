/**
 * Judges what many clients did to bookings at once, by what they were answered, what was announced and what is stored. It knows
 * the contract and nothing of how the verbs keep it. Test support.
 */
import type postgres from 'postgres';

/** What one client asked and was told. `mark` stands in the notes of everything that the operation wrote. */
export type ClientOperation = {
  mark: string;
  kind: 'create' | 'series' | 'update' | 'cancel' | 'cancelSeries' | 'status';
  /** 'died': the process ended before the commit, so nobody was answered. */
  answer: 'done' | 'refused' | 'died';
  /** Ids of the bookings answered as made or changed. */
  bookingIds: string[];
  /** How many occurrences the request asks for; 1 for a single booking. */
  occurrences?: number;
  expectedVersion?: number;
  /** Asked for, in epoch milliseconds, with the conflicts that were answered. */
  conflict?: { requested: Span[]; answered: Span[] };
  /** Something that no client may be answered. */
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

/** The values by their key, in their order. */
export function grouped<T, Key>(values: readonly T[], keyOf: (value: T) => Key): Map<Key, T[]> {
  const groups = new Map<Key, T[]>();
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
  return groups;
}

/** Every violation found in a booking database after `operations`; none where the history is right. */
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

  const { found, states, versionOfMark } = replay(events);
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
      found.push(
        `booking ${row.id} is stored as ${JSON.stringify(stored)}, announced as ${JSON.stringify(state)}`,
      );
    }
  }
  const stored = new Set(rows.map(({ id }) => id));
  for (const id of states.keys())
    if (!stored.has(id)) found.push(`booking ${id} was announced and is not there`);
  for (const { id } of series) {
    if (!rows.some((row) => row.series_id === id)) found.push(`series ${id} has no booking`);
  }
  return [...found, ...answersAgainst(operations, rows, versionOfMark, events)];
}

/** Applies the facts in their order: versions run without a gap, and nothing that holds a resource ever overlaps. */
function replay(events: readonly { event_type: string; payload: Payload }[]) {
  const found: string[] = [];
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
      found.push(`booking ${id}: ${type} has version ${version} after ${before?.version ?? 'none'}`);
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
        found.push(`bookings ${id} and ${otherId} hold resource ${resourceId} at once`);
      }
    }
  }
  return { found, states, versionOfMark };
}

/** What was answered as made exists, once and whole; what was refused, or never answered, does not. */
function answersAgainst(
  operations: readonly ClientOperation[],
  rows: readonly { id: string; notes: string }[],
  versionOfMark: ReadonlyMap<string, number>,
  events: readonly { event_type: string; payload: Payload }[],
): string[] {
  const found: string[] = [];
  const stored = new Set(rows.map(({ id }) => id));
  const created = new Set(
    events
      .filter(({ event_type }) => event_type === 'booking.created')
      .map(({ payload }) => payload.booking_id),
  );
  const byMark = grouped(operations, ({ mark }) => mark);
  const createdBy = grouped(
    rows.filter(({ notes }) => notes),
    ({ notes }) => notes,
  );

  for (const operation of operations) {
    const { mark, kind, answer, bookingIds, conflict, expectedVersion, failure } = operation;
    if (failure) found.push(`${kind} ${mark} failed: ${failure}`);
    for (const id of bookingIds)
      if (!stored.has(id)) found.push(`${kind} ${mark} answered booking ${id}, which is not there`);
    const version = versionOfMark.get(mark);
    if (kind === 'update' && answer !== 'done' && version !== undefined)
      found.push(`update ${mark} was ${answer}, and happened`);
    if (expectedVersion !== undefined && version !== undefined && version !== expectedVersion + 1) {
      found.push(`update ${mark} expected version ${expectedVersion} and made version ${version}`);
    }
    for (const one of conflict?.answered ?? []) {
      if (!conflict!.requested.some((requested) => overlaps(requested, one)))
        found.push(`${kind} ${mark} was refused for what does not overlap`);
    }
  }
  for (const [mark, attempts] of byMark) {
    const { kind, occurrences } = attempts[0]!;
    if (kind !== 'create' && kind !== 'series') continue;
    const done = attempts.filter(({ answer }) => answer === 'done');
    const results = new Set(done.map(({ bookingIds }) => bookingIds.join()));
    if (results.size > 1) found.push(`${kind} ${mark} was answered in ${results.size} ways`);
    if (done.some(({ bookingIds }) => bookingIds.length !== occurrences))
      found.push(`${kind} ${mark} was answered in part`);
    // A later update may have put its own mark on one; the announcement of its making stays.
    const doneIds = new Set(done.flatMap(({ bookingIds }) => bookingIds));
    for (const id of doneIds)
      if (!created.has(id)) found.push(`${kind} ${mark}: the making of ${id} was not announced`);
    const extra = (createdBy.get(mark) ?? []).filter(({ id }) => !doneIds.has(id));
    if (extra.length > 0)
      found.push(
        `${kind} ${mark} was ${done.length > 0 ? 'done' : 'not done'}, and made ${extra.length} more`,
      );
  }
  return found;
}
