/**
 * Advisory locks, and the registry of all their keys: no two uses share a key. Keys must not change, because processes of the old and
 * the new release have to exclude each other during a deployment.
 */
import type postgres from 'postgres';
import type { Queryable } from './inTransaction.ts';

/** A number, or a text that Postgres hashes to one. If two texts collide, their holders only wait for each other needlessly. */
type LockKey = number | string;

export const LOCK_KEYS = {
  /** Migrating a database. */
  migration: 7_016_996,
  /** Claiming webhook deliveries, so that limits hold across all workers. */
  deliveryClaim: 7_016_997,
  deliveryPurge: 7_016_998,
  /** Assigning positions to outbox rows: hashtext('vaga.outbox.numbering'). */
  outboxPositions: -1_520_396_262,
  /** Reading a stream into the inbox of a consumer group. */
  ingest: (group: string, stream: string): string => `vaga.intake ${group} ${stream}`,
  /** Deleting a tenant (exclusive) and adding rows to it (shared), in the user and resource databases. */
  tenant: (tenantId: string): string => tenantId,
  /**
   * Parties of bookings: exclusive to change a resource's allocation, to move a booking, or to record a deletion; shared by the bookings
   * of a tenant or user.
   */
  booking: (kind: 'TENANT' | 'RESOURCE' | 'USER' | 'MOVE', id: string): string => `${kind} ${id}`,
} as const;

type Connection = Pick<Queryable, 'sql'>;

/** The keys' numbers, in ascending order: transactions that acquire several locks at once never deadlock. */
const lockNumbers = (sql: Connection['sql'], keys: readonly LockKey[]): postgres.Fragment => sql`
  (select distinct coalesce(key.number, hashtextextended(key.text, 0)) as number
   from unnest(
     ${keys.map((key) => (typeof key === 'number' ? String(key) : null))}::text[]::bigint[],
     ${keys.map((key) => (typeof key === 'string' ? key : null))}::text[]
   ) as key(number, text)
   order by number) as locks`;

/** Waits for exclusive locks and holds them until the transaction ends. */
export const acquireLocks = ({ sql }: Connection, ...keys: LockKey[]): Promise<unknown> =>
  sql`select pg_advisory_xact_lock(number) from ${lockNumbers(sql, keys)}`;

/** Waits for shared locks, which exclude only exclusive ones, and holds them until the transaction ends. */
export const acquireSharedLocks = ({ sql }: Connection, ...keys: LockKey[]): Promise<unknown> =>
  sql`select pg_advisory_xact_lock_shared(number) from ${lockNumbers(sql, keys)}`;

/** Acquires an exclusive lock until the transaction ends, unless another transaction holds it. Returns whether it did. */
export async function tryAcquireLock({ sql }: Connection, key: LockKey): Promise<boolean> {
  const [row] = await sql<{ isAcquired: boolean }[]>`
    select pg_try_advisory_xact_lock(number) as "isAcquired" from ${lockNumbers(sql, [key])}`;
  return row!.isAcquired;
}

/** Waits for an exclusive lock and holds it until the connection closes. */
export const acquireSessionLock = ({ sql }: Connection, key: LockKey): Promise<unknown> =>
  sql`select pg_advisory_lock(number) from ${lockNumbers(sql, [key])}`;
