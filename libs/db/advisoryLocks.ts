/**
 * Advisory locks and the registry of their keys. Keys must not change: old and new processes exclude each other during a deployment.
 */
import type postgres from 'postgres';
import type { Queryable } from './inTransaction.ts';

/** A number, or a text that Postgres hashes to one. If texts collide, transactions only wait needlessly. */
type LockKey = number | string;

export const LOCK_KEYS = {
  migration: 7_016_996,
  /** Keeps the limits across all delivery workers. */
  deliveryClaim: 7_016_997,
  deliveryPurge: 7_016_998,
  /** Keeps the shares of tenants across all notification workers. */
  notificationClaim: 7_017_000,
  /** Searches the bookings for what is due. */
  dueSearch: 7_016_999,
  /** Assigns positions to outbox rows. The number is hashtext('vaga.outbox.numbering'). */
  outboxPositions: -1_520_396_262,
  ingest: (group: string, stream: string): string => `vaga.intake ${group} ${stream}`,
  /** Exclusive to delete a tenant, shared to add rows to it; in the user and resource databases. */
  tenant: (tenantId: string): string => tenantId,
  /** Exclusive to count what a tenant's plan limits. */
  limit: (kind: string, tenantId: string): string => `LIMIT ${kind} ${tenantId}`,
  /** Exclusive to allocate a resource, move a booking, change a series as a whole (MOVE), end a hold, count a user's holds or record a deletion; shared to book for a tenant or user. */
  booking: (kind: 'TENANT' | 'RESOURCE' | 'USER' | 'MOVE' | 'HOLDS', id: string): string => `${kind} ${id}`,
} as const;

type Connection = Pick<Queryable, 'sql'>;

/** In ascending order, which prevents deadlocks between callers with several keys. */
const lockNumbers = (sql: Connection['sql'], keys: readonly LockKey[]): postgres.Fragment => sql`
  (select distinct coalesce(key.number, hashtextextended(key.text, 0)) as number
   from unnest(
     ${keys.map((key) => (typeof key === 'number' ? String(key) : null))}::text[]::bigint[],
     ${keys.map((key) => (typeof key === 'string' ? key : null))}::text[]
   ) as key(number, text)
   order by number) as locks`;

/** Waits for exclusive locks, held until the transaction ends. */
export const acquireLocks = ({ sql }: Connection, ...keys: LockKey[]): Promise<unknown> =>
  sql`select pg_advisory_xact_lock(number) from ${lockNumbers(sql, keys)}`;

/** Waits for shared locks, held until the transaction ends. They exclude only exclusive ones. */
export const acquireSharedLocks = ({ sql }: Connection, ...keys: LockKey[]): Promise<unknown> =>
  sql`select pg_advisory_xact_lock_shared(number) from ${lockNumbers(sql, keys)}`;

/** Waits for all of them, in one statement: shared ones first, each kind in ascending order. */
export const acquireLocksOfBothKinds = (
  { sql }: Connection,
  { shared, exclusive }: { shared: readonly LockKey[]; exclusive: readonly LockKey[] },
): Promise<unknown> => sql`
  select pg_advisory_xact_lock_shared(number) from ${lockNumbers(sql, shared)}
  union all
  select pg_advisory_xact_lock(number) from ${lockNumbers(sql, exclusive)}`;

/** Like `acquireLocks`, but returns false instead of waiting. */
export async function tryAcquireLock({ sql }: Connection, key: LockKey): Promise<boolean> {
  const [row] = await sql<{ isAcquired: boolean }[]>`
    select pg_try_advisory_xact_lock(number) as "isAcquired" from ${lockNumbers(sql, [key])}`;
  return row!.isAcquired;
}

/** Whether it got an exclusive lock, held until the connection closes. */
export async function tryAcquireSessionLock({ sql }: Connection, key: LockKey): Promise<boolean> {
  const [row] = await sql<{ isAcquired: boolean }[]>`
    select pg_try_advisory_lock(number) as "isAcquired" from ${lockNumbers(sql, [key])}`;
  return row!.isAcquired;
}
