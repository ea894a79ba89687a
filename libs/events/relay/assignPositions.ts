/**
 * Gives the outbox's committed rows their positions.
 *
 * Writers cannot number rows themselves: a sequence is drawn before the commit, so a reader that goes by it passes over rows that
 * become visible later, and transaction ids are given out at a transaction's first write, which may come before it waits for a
 * booking that another, later one changes first. Here rows are numbered once they can be seen, by one at a time: `arrival` is drawn
 * while the booking is held, so among the visible rows of one booking it is the order of the changes, and a row that is not visible
 * yet belongs to a change that came later.
 */
import { LOCK_KEYS, tryAcquireLock } from '@libs/db/advisoryLocks';
import { inTransaction } from '@libs/db/inTransaction';
import type { Db } from '@libs/db/connect';

/** Rows numbered in one transaction. */
export const POSITION_BATCH = 1_000;

/**
 * Numbers what is committed and has no position, up to POSITION_BATCH rows. Returns how many; 'busy' where another relay is
 * numbering at this moment, which may not have seen the newest rows.
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
