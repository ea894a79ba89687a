/** SQL of who is held while something is written for them, and of what was deleted elsewhere meanwhile. */
import type { TombstoneKind } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';

/** Something that can be deleted elsewhere, and what a write is held for. */
export type LockTarget = { kind: TombstoneKind; id: string };

/** The advisory lock of each party. Numbers may collide: two parties then wait for each other for nothing, in the same order. */
const advisoryLocksOf = (
  sql: Queryable['sql'],
  targets: readonly { kind: TombstoneKind | 'MOVE'; id: string }[],
) => sql`
  (select distinct hashtextextended(target, 0) as number
   from unnest(${targets.map(({ kind, id }) => `${kind} ${id}`)}::text[]) as target
   order by number) as locks`;

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
    sql`select pg_advisory_xact_lock_shared(number) from ${advisoryLocksOf(sql, shared)}`,
    sql`select pg_advisory_xact_lock(number) from ${advisoryLocksOf(sql, exclusive)}`,
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
  const { sql } = tx;
  await sql`select pg_advisory_xact_lock(number) from ${advisoryLocksOf(sql, [{ kind: 'MOVE', id: bookingId }])}`;
}

/**
 * Notes that a party was deleted elsewhere. It waits for the writes that hold it: what they made can be seen by the next statement,
 * and from then on nobody makes more.
 */
export async function insertTombstone(tx: Tx, target: LockTarget, now: Temporal.Instant): Promise<void> {
  const { sql } = tx;
  await sql`select pg_advisory_xact_lock(number) from ${advisoryLocksOf(sql, [target])}`;
  await sql`
    insert into gone (kind, id, gone_at)
    values (${target.kind}::gone_kind, ${target.id}::uuid, ${formatInstant(now)}::timestamptz)
    on conflict do nothing`;
}

/** Forgets what went before `before`: no request that knew it is under way any more. */
export async function purgeTombstonesOfAllTenants(db: Queryable, before: Temporal.Instant): Promise<void> {
  await db.sql`delete from gone where gone_at < ${formatInstant(before)}::timestamptz`;
}
