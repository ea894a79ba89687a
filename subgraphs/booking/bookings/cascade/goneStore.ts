/** SQL of who is held while something is written for them, and of what was deleted elsewhere meanwhile. */
import type { GoneKind } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';

/** Something that can be deleted elsewhere, and what a write is held for. */
export type Party = { kind: GoneKind; id: string };

/** The advisory lock of each party. Numbers may collide: two parties then wait for each other for nothing, in the same order. */
const locksOf = (sql: Queryable['sql'], parties: readonly { kind: GoneKind | 'MOVE'; id: string }[]) => sql`
  (select distinct hashtextextended(party, 0) as number
   from unnest(${parties.map(({ kind, id }) => `${kind} ${id}`)}::text[]) as party
   order by number) as locks`;

/**
 * Waits until this transaction alone may give bookings a time on these resources, and until no deletion of the tenant, the
 * resources or the users is being carried out; then returns those of them that are gone. Held until the transaction ends.
 *
 * Everybody takes these locks in the same order, the shared ones first and each kind by its number, and before any row: so
 * nobody waits for one who waits for them.
 */
export async function holdParties(
  tenantId: TenantId,
  tx: Tx,
  held: { resources: readonly string[]; users: readonly string[] },
): Promise<Party[]> {
  const { sql } = tx;
  const shared: Party[] = [
    { kind: 'TENANT', id: tenantId },
    ...[...new Set(held.users)].map((id) => ({ kind: 'USER' as const, id })),
  ];
  const alone: Party[] = held.resources.map((id) => ({ kind: 'RESOURCE', id }));
  const all = [...shared, ...alone];
  // One flight: the server runs them one after the other, and the look for the gone sees what was committed before the locks.
  const [, , gone] = await Promise.all([
    sql`select pg_advisory_xact_lock_shared(number) from ${locksOf(sql, shared)}`,
    sql`select pg_advisory_xact_lock(number) from ${locksOf(sql, alone)}`,
    sql<Party[]>`
      select kind, id from gone
      join unnest(${all.map(({ kind }) => kind)}::text[], ${all.map(({ id }) => id)}::uuid[]) as party(kind_text, id) using (id)
      where kind = party.kind_text::gone_kind`,
  ]);
  return gone;
}

/**
 * Waits until this transaction alone may move the booking: until it ends, the resource that is read next stays the booking's. Taken
 * before all other locks.
 */
export async function holdMoves(tx: Tx, bookingId: string): Promise<void> {
  const { sql } = tx;
  await sql`select pg_advisory_xact_lock(number) from ${locksOf(sql, [{ kind: 'MOVE', id: bookingId }])}`;
}

/**
 * Notes that a party was deleted elsewhere. It waits for the writes that hold it: what they made can be seen by the next statement,
 * and from then on nobody makes more.
 */
export async function markGone(tx: Tx, party: Party, now: Temporal.Instant): Promise<void> {
  const { sql } = tx;
  await sql`select pg_advisory_xact_lock(number) from ${locksOf(sql, [party])}`;
  await sql`
    insert into gone (kind, id, gone_at)
    values (${party.kind}::gone_kind, ${party.id}::uuid, ${formatInstant(now)}::timestamptz)
    on conflict do nothing`;
}

/** Forgets what went before `before`: no request that knew it is under way any more. */
export async function forgetGoneOfAllTenants(db: Queryable, before: Temporal.Instant): Promise<void> {
  await db.sql`delete from gone where gone_at < ${formatInstant(before)}::timestamptz`;
}
