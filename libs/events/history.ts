/**
 * Detects positions that belong to another history of the outbox.
 *
 * A restored database (point-in-time recovery, dump, snapshot) reassigns the positions after the backup to other events. So a
 * position outside the database (in Redis, a cursor, a live feed) is kept with its event: a checkpoint. Two histories share exactly
 * the events before the backup. So if the event still has that position, the holder has seen all events up to it, whichever of Redis
 * and the database was restored.
 */
import type postgres from 'postgres';

type Sql = postgres.Sql | postgres.TransactionSql;

/** Only the newest of the purged rows is still known. Until the first purge, position 0 has the outbox's own id. */
export type Checkpoint = { position: bigint; eventId: string };

/**
 * `current`: of this history. `removed`: its row, and perhaps some after it, have been purged. `replaced`: of a history before a
 * restore, or of another outbox.
 */
export type CheckpointStatus = 'current' | 'removed' | 'replaced';

export const positionSql = (sql: Sql, position: bigint) => sql`${position.toString()}::bigint`;

/** SQL expression: the id of the event at `position`, or null. The statement must select from `outbox_relay`. */
export const eventAtSql = (sql: Sql, position: postgres.Fragment) => sql`
  coalesce(
    (select at.id from outbox at where at.position = ${position}),
    case when outbox_relay.removed = ${position} then coalesce(outbox_relay.removed_event, outbox_relay.outbox_id) end
  )`;

/** `found.eventId`: the result of `eventAtSql` at the checkpoint's position. */
export function checkpointStatus(
  { position, eventId }: Checkpoint,
  found: { eventId: string | null; removed: string },
): CheckpointStatus {
  if (position < BigInt(found.removed)) return 'removed';
  return found.eventId === eventId ? 'current' : 'replaced';
}

export const missingRelayRow = (): Error =>
  new Error('outbox_relay has no row: the migrations of this database have not run');

export type PositionInfo = {
  eventId: string | null;
  /** The newest purged position. */
  removed: bigint;
  /** Cursors without an event, of earlier releases, are valid up to this position. */
  plainCursorsUntil: bigint;
};

export async function lookUpPosition(sql: Sql, position: bigint): Promise<PositionInfo> {
  const [row] = await sql<{ eventId: string | null; removed: string; plain: string }[]>`
    select ${eventAtSql(sql, positionSql(sql, position))} as "eventId", removed::text, plain_cursors_until::text as plain
    from outbox_relay`;
  if (!row) throw missingRelayRow();
  return {
    eventId: row.eventId,
    removed: BigInt(row.removed),
    plainCursorsUntil: BigInt(row.plain),
  };
}

/** SQL expression: the newest position. The statement must select from `outbox_relay`. */
export const lastPositionSql = (sql: Sql) =>
  sql`greatest(outbox_relay.removed, (select max(newest.position) from outbox newest))`;

export async function lastCheckpoint(sql: Sql): Promise<Checkpoint> {
  const [row] = await sql<{ position: string; eventId: string | null }[]>`
    select last.position::text, ${eventAtSql(sql, sql`last.position`)} as "eventId"
    from outbox_relay, lateral (select ${lastPositionSql(sql)} as position) last`;
  if (!row) throw missingRelayRow();
  return checkpointOf(row);
}

export function checkpointOf(row: { position: string; eventId: string | null }): Checkpoint {
  if (row.eventId === null) throw new Error(`the outbox has no event at its last position ${row.position}`);
  return { position: BigInt(row.position), eventId: row.eventId };
}
