/** SQL of who is held while something is written for them, and of what was deleted elsewhere meanwhile. */
import type { TombstoneKind } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import { acquireLocks, acquireSharedLocks, LOCK_KEYS } from '@libs/db/advisoryLocks';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';

/** Something that can be deleted elsewhere, and what a write is held for. */
export type LockTarget = { kind: TombstoneKind; id: string };

const lockKeyOf = ({ kind, id }: LockTarget): string => LOCK_KEYS.booking(kind, id);

/**
 * Waits until this transaction alone may give bookings a time on these resources, and until no deletion of the tenant, the
 * resources or the users is being carried out; then returns those of them that are gone. Held until the transaction ends.
 *
 * Everybody takes these locks in the same order, the shared ones first and each kind by its number, and before any row: so
 * nobody waits for one who waits for them.
 */
export async function lockBookingParties(
  tenantId: TenantId,
  tx: Tx,
  targets: { resources: readonly string[]; users: readonly string[] },
): Promise<LockTarget[]> {
  const { sql } = tx;
  const shared: LockTarget[] = [
    { kind: 'TENANT', id: tenantId },
    ...[...new Set(targets.users)].map((id) => ({ kind: 'USER' as const, id })),
  ];
  const exclusive: LockTarget[] = targets.resources.map((id) => ({ kind: 'RESOURCE', id }));
  const all = [...shared, ...exclusive];
  // One flight: the server runs them one after the other, and the look for the gone sees what was committed before the locks.
  const [, , tombstones] = await Promise.all([
    acquireSharedLocks(tx, ...shared.map(lockKeyOf)),
    acquireLocks(tx, ...exclusive.map(lockKeyOf)),
    sql<LockTarget[]>`
      select kind, id from gone
      join unnest(${all.map(({ kind }) => kind)}::text[], ${all.map(({ id }) => id)}::uuid[]) as target(kind_text, id) using (id)
      where kind = target.kind_text::gone_kind`,
  ]);
  return tombstones;
}

/**
 * Waits until this transaction alone may move the booking: until it ends, the resource that is read next stays the booking's. Taken
 * before all other locks.
 */
export async function lockBookingMove(tx: Tx, bookingId: string): Promise<void> {
  await acquireLocks(tx, LOCK_KEYS.booking('MOVE', bookingId));
}

/**
 * Notes that a party was deleted elsewhere. It waits for the writes that hold it: what they made can be seen by the next statement,
 * and from then on nobody makes more.
 */
export async function insertTombstone(tx: Tx, target: LockTarget, now: Temporal.Instant): Promise<void> {
  const { sql } = tx;
  await acquireLocks(tx, lockKeyOf(target));
  await sql`
    insert into gone (kind, id, gone_at)
    values (${target.kind}::gone_kind, ${target.id}::uuid, ${formatInstant(now)}::timestamptz)
    on conflict do nothing`;
}

/** Forgets what went before `before`: no request that knew it is under way any more. */
export async function purgeTombstonesOfAllTenants(db: Queryable, before: Temporal.Instant): Promise<void> {
  await db.sql`delete from gone where gone_at < ${formatInstant(before)}::timestamptz`;
}
