/**
 * SQL of tombstones and advisory locks. A tombstone records the deletion of a tenant, resource or user, so that a request which
 * read it earlier cannot book it any more.
 */
import type { TombstoneKind } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import { acquireLocks, acquireLocksOfBothKinds, LOCK_KEYS } from '@libs/db/advisoryLocks';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { purgeOlderThan } from '@libs/queue/claims';
import { formatInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';

export type Tombstone = { kind: TombstoneKind; id: string };

const lockKeyOf = ({ kind, id }: Tombstone): string => LOCK_KEYS.booking(kind, id);

/**
 * Locks the resources exclusively, and the tenant and users in share mode, until the transaction ends; returns their tombstones. `holder`: the user whose holds are counted, locked exclusively as well.
 * Deletions take the same locks. To exclude deadlocks, every transaction takes these before any row lock, shared ones first, each
 * kind in ascending order of the lock number (advisoryLocks.ts).
 */
export async function lockBookingParties(
  tenantId: TenantId,
  tx: Tx,
  { resources, users, holder }: { resources: readonly string[]; users: readonly string[]; holder?: string },
): Promise<Tombstone[]> {
  const { sql } = tx;
  const shared: Tombstone[] = [
    { kind: 'TENANT', id: tenantId },
    ...[...new Set(users)].map((id) => ({ kind: 'USER' as const, id })),
  ];
  const exclusive = resources.map((id): Tombstone => ({ kind: 'RESOURCE', id }));
  const all = [...shared, ...exclusive];
  // One round trip. The server runs them in order, so the last one sees what was committed before the locks were granted.
  const [, tombstones] = await Promise.all([
    acquireLocksOfBothKinds(tx, {
      shared: shared.map(lockKeyOf),
      exclusive: [
        ...exclusive.map(lockKeyOf),
        ...(holder === undefined ? [] : [LOCK_KEYS.booking('HOLDS', holder)]),
      ],
    }),
    sql<Tombstone[]>`
      select kind, id from tombstones
      join unnest(${all.map(({ kind }) => kind)}::text[]::tombstone_kind[], ${all.map(({ id }) => id)}::uuid[]) as party(kind, id)
        using (kind, id)
      where tenant_id = ${tenantId}::uuid`,
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
export async function insertTombstone(
  tenantId: TenantId,
  tx: Tx,
  { kind, id }: Tombstone,
  now: Temporal.Instant,
): Promise<void> {
  const { sql } = tx;
  await acquireLocks(tx, LOCK_KEYS.booking(kind, id));
  await sql`
    insert into tombstones (kind, id, tenant_id, deleted_at)
    values (${kind}::tombstone_kind, ${id}::uuid, ${tenantId}::uuid, ${formatInstant(now)}::timestamptz)
    on conflict do nothing`;
}

/** Excludes `lockBookingParties` for the tenant until the transaction ends. False if the tenant has a tombstone. */
export async function lockTenantAgainstBookings(tenantId: TenantId, tx: Tx): Promise<boolean> {
  const tenant: Tombstone = { kind: 'TENANT', id: tenantId };
  const [, tombstones] = await Promise.all([
    acquireLocks(tx, lockKeyOf(tenant)),
    tx.sql`select 1 from tombstones where kind = 'TENANT' and id = ${tenantId}::uuid and tenant_id = ${tenantId}::uuid`,
  ]);
  return tombstones.length === 0;
}

/** Purges one batch. Returns whether there may be more. */
export const purgeTombstonesOfAllTenants = (db: Queryable, until: Temporal.Instant): Promise<boolean> =>
  purgeOlderThan(db, 'tombstones', until, { key: ['kind', 'id', 'tenant_id'], column: 'deleted_at' });
