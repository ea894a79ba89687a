/**
 * Which history of the outbox a position belongs to.
 *
 * A database that was put back to an earlier state (point-in-time recovery, a dump, a snapshot) goes on counting from there, and the
 * positions it counts then name other events. So whoever remembers a position (Redis, a subscriber's cursor, a process that follows live)
 * remembers the event at it as well: a checkpoint. Histories of one outbox share the events before they part and no others, so where
 * the event still has that position, all that this outbox has up to there was seen by the holder of the checkpoint. Nobody
 * has to say that something was restored, and it does not matter whether Redis or the database is the older one.
 */
import type postgres from 'postgres';

type Sql = postgres.Sql | postgres.TransactionSql;

/**
 * A position, and the id of the event that has it. Where the row was removed because of its age, only the newest removed one is
 * known; before anything was removed, position 0 has the outbox's own id.
 */
export type Checkpoint = { position: bigint; eventId: string };

/**
 * `current`: of this history. `removed`: rows behind it may be missing, and its own is. `replaced`: of a history that this outbox was
 * put back from, or of another outbox.
 */
export type CheckpointStatus = 'current' | 'removed' | 'replaced';

/** A position as a parameter of a statement. */
export const positionSql = (sql: Sql, position: bigint) => sql`${position.toString()}::text::bigint`;

/** The id of the event at `position`, an expression, within a statement that reads `outbox_relay`; null where none has it. */
export const eventAtSql = (sql: Sql, position: postgres.Fragment) => sql`
  coalesce(
    (select at.id from outbox at where at.position = ${position}),
    case when outbox_relay.removed = ${position} then coalesce(outbox_relay.removed_event, outbox_relay.outbox_id) end
  )`;

/** Where a checkpoint stands that was looked up by `eventAtSql`. */
export function checkpointStatus(
  { position, eventId }: Checkpoint,
  found: { eventId: string | null; removed: string },
): CheckpointStatus {
  if (position < BigInt(found.removed)) return 'removed';
  return found.eventId === eventId ? 'current' : 'replaced';
}

export const noRelayRow = (): Error =>
  new Error('outbox_relay has no row: the migrations of this database have not run');

/** What this outbox knows of a position. */
export type PositionInfo = {
  /** Null where no event has it. */
  eventId: string | null;
  /** Rows after this position are all kept. */
  removed: bigint;
  /** Cursors without an event, as they were before checkpoints, are of this history up to this position. */
  plainCursorsUntil: bigint;
};

/** Looks a position up. */
export async function lookUpPosition(sql: Sql, position: bigint): Promise<PositionInfo> {
  const [row] = await sql<{ eventId: string | null; removed: string; plain: string }[]>`
    select ${eventAtSql(sql, positionSql(sql, position))} as "eventId", removed::text, plain_cursors_until::text as plain
    from outbox_relay`;
  if (!row) throw noRelayRow();
  return {
    eventId: row.eventId,
    removed: BigInt(row.removed),
    plainCursorsUntil: BigInt(row.plain),
  };
}

/** The newest position of the outbox, an expression within a statement that reads `outbox_relay`. */
export const lastSql = (sql: Sql) =>
  sql`greatest(outbox_relay.removed, (select max(newest.position) from outbox newest))`;

/** The newest checkpoint. */
export async function lastCheckpoint(sql: Sql): Promise<Checkpoint> {
  const [row] = await sql<{ position: string; eventId: string | null }[]>`
    select last.position::text, ${eventAtSql(sql, sql`last.position`)} as "eventId"
    from outbox_relay, lateral (select ${lastSql(sql)} as position) last`;
  if (!row) throw noRelayRow();
  return checkpointOf(row);
}

/** A row of a checkpoint that was just read from its own outbox. */
export function checkpointOf(row: { position: string; eventId: string | null }): Checkpoint {
  if (row.eventId === null) throw new Error(`the outbox has no event at its last position ${row.position}`);
  return { position: BigInt(row.position), eventId: row.eventId };
}
