/**
 * Assigns positions to the outbox's committed rows.
 *
 * Writers cannot do so themselves. A sequence value is drawn before the commit, so a reader that uses it as a cursor skips rows
 * that become visible later. A transaction id is assigned at the first write, and the transaction may then wait for a booking
 * that a later transaction changes first. So one relay at a time numbers the rows that are already visible, in the order of
 * `arrival`: it is drawn while the booking is locked, so among one booking's visible rows it is the order of the changes, and a
 * row that is not visible yet belongs to a later change.
 */
import { LOCK_KEYS, tryAcquireLock } from '@libs/db/advisoryLocks';
import { inTransaction } from '@libs/db/inTransaction';
import type { Db } from '@libs/db/connect';

/** Rows numbered per transaction. */
export const POSITION_BATCH = 1_000;

/**
 * Returns the number of rows, or 'busy' while another relay assigns positions, which may not have seen the newest rows.
 */
export async function assignPositions(db: Db): Promise<number | 'busy'> {
  const [waiting] = await db.sql`select 1 from outbox where position is null limit 1`;
  if (!waiting) return 0;
  return inTransaction(db, async (tx) => {
    if (!(await tryAcquireLock(tx, LOCK_KEYS.outboxPositions))) return 'busy';
    const assigned = await tx.sql`
      update outbox set position = numbered.position
      from (
        select id, nextval('outbox_position') as position
        from (select id from outbox where position is null order by arrival limit ${POSITION_BATCH}) in_order
      ) numbered
      where outbox.id = numbered.id`;
    return assigned.count;
  });
}
