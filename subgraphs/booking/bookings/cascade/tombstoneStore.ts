/**
 * SQL of tombstones and advisory locks. A tombstone records the deletion of a tenant, resource or user, so that a request which
 * read it earlier cannot book it any more.
 */
import type { TombstoneKind } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import { acquireLocks, acquireSharedLocks, LOCK_KEYS } from '@libs/db/advisoryLocks';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';

export type Tombstone = { kind: TombstoneKind; id: string };

const lockKeyOf = ({ kind, id }: Tombstone): string => LOCK_KEYS.booking(kind, id);

/**
 * Locks the resources exclusively, and the tenant and users in share mode, until the transaction ends; returns their tombstones.
 * Deletions take the same locks. To exclude deadlocks, every transaction takes these before any row lock, shared ones first, each
 * kind in ascending order of the lock number (advisoryLocks.ts).
 */
export async function lockBookingParties(
  tenantId: TenantId,
  tx: Tx,
  { resources, users }: { resources: readonly string[]; users: readonly string[] },
): Promise<Tombstone[]> {
  const { sql } = tx;
  const shared: Tombstone[] = [
    { kind: 'TENANT', id: tenantId },
    ...[...new Set(users)].map((id) => ({ kind: 'USER' as const, id })),
  ];
  const exclusive = resources.map((id): Tombstone => ({ kind: 'RESOURCE', id }));
  const all = [...shared, ...exclusive];
  // One round trip. The server runs them in order, so the last one sees what was committed before the locks were granted.
  const [, , tombstones] = await Promise.all([
    acquireSharedLocks(tx, ...shared.map(lockKeyOf)),
    acquireLocks(tx, ...exclusive.map(lockKeyOf)),
    sql<Tombstone[]>`
      select kind, id from gone
      join unnest(${all.map(({ kind }) => kind)}::gone_kind[], ${all.map(({ id }) => id)}::uuid[]) as party(kind, id)
        using (kind, id)`,
  ]);
  return tombstones;
}

/** Excludes other moves of the booking, so that its resource stays. Taken before all other locks. */
export async function lockBookingMove(tx: Tx, bookingId: string): Promise<void> {
  await acquireLocks(tx, LOCK_KEYS.booking('MOVE', bookingId));
}

/**
 * First waits for writers that have locked the party, so that the next statement sees their bookings; later writers see the
 * tombstone.
 */
export async function insertTombstone(tx: Tx, { kind, id }: Tombstone, now: Temporal.Instant): Promise<void> {
  const { sql } = tx;
  await acquireLocks(tx, LOCK_KEYS.booking(kind, id));
  await sql`
    insert into gone (kind, id, gone_at) values (${kind}::gone_kind, ${id}::uuid, ${formatInstant(now)}::timestamptz)
    on conflict do nothing`;
}

export async function purgeTombstonesOfAllTenants(db: Queryable, before: Temporal.Instant): Promise<void> {
  await db.sql`delete from gone where gone_at < ${formatInstant(before)}::timestamptz`;
}
