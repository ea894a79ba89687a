/**
 * Assigns positions to the outbox's committed rows.
 *
 * Writers cannot do so themselves. A sequence value is drawn before the commit, so a reader that uses it as a cursor skips rows
 * that become visible later. A transaction id is assigned at the first write, and the transaction may then wait for a booking
 * that a later transaction changes first. So one relay at a time numbers the rows that are already visible, in the order of
 * `arrival`: it is drawn while the booking is locked, so among one booking's visible rows it is the order of the changes, and a
 * row that is not visible yet belongs to a later change.
 */
import { LOCK_KEYS } from '@libs/db/advisoryLocks';
import type { Db } from '@libs/db/connect';

/** Rows numbered per transaction. */
export const POSITION_BATCH = 1_000;

/**
 * One message to the server, which runs it in one transaction: no process can hold the lock and not go on. Each statement sees what was
 * committed before it, so the update sees what the last holder of the lock has numbered.
 */
const ASSIGN = `
  select pg_advisory_xact_lock(${LOCK_KEYS.outboxPositions});
  with assigned as (
    update outbox set position = numbered.position
    from (
      select id, nextval('outbox_position') as position
      from (select id from outbox where position is null order by arrival limit ${POSITION_BATCH}) in_order
    ) numbered
    where outbox.id = numbered.id
    returning 1
  )
  select count(*)::int as count from assigned`;

/** Returns the number of rows. Waits while another relay assigns positions. */
export async function assignPositions({ sql }: Db): Promise<number> {
  const [, [assigned]] = (await sql.unsafe(ASSIGN).simple()) as unknown as [unknown, [{ count: number }]];
  return assigned.count;
}
