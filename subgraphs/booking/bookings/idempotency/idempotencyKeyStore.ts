/** SQL of idempotency keys: what a caller's request made, for as long as the request may come again. */
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';

/** How long a key brings back its first result, in hours. */
const KEY_LIFE_HOURS = 24;

/** A request with a key, and the SHA-256 of its input. */
export type KeyedRequest = { callerId: string; key: string; inputHash: string; now: Temporal.Instant };
export type StoredResult = { inputHash: string; bookingIds: string[] };

const oldestAlive = (now: Temporal.Instant): string => formatInstant(now.subtract({ hours: KEY_LIFE_HOURS }));

export async function findKey(
  tenantId: TenantId,
  db: Queryable,
  { callerId, key, now }: KeyedRequest,
): Promise<StoredResult | undefined> {
  const [row] = await db.sql<StoredResult[]>`
    select input_hash as "inputHash", booking_ids as "bookingIds" from idempotency_keys
    where tenant_id = ${tenantId}::uuid and caller_id = ${callerId}::uuid and key = ${key}
      and created_at > ${oldestAlive(now)}::timestamptz`;
  return row;
}

/**
 * Takes the key for what this transaction makes; one that has outlived itself is taken over. False where another transaction has
 * taken it, which this waits for.
 */
export async function claimKey(
  tenantId: TenantId,
  tx: Tx,
  { callerId, key, inputHash, now }: KeyedRequest,
  bookingIds: readonly string[],
): Promise<boolean> {
  const { count } = await tx.sql`
    insert into idempotency_keys (tenant_id, caller_id, key, input_hash, booking_ids, created_at)
    values (${tenantId}::uuid, ${callerId}::uuid, ${key}, ${inputHash}, ${[...bookingIds]}::uuid[],
            ${formatInstant(now)}::timestamptz)
    on conflict (tenant_id, caller_id, key) do update
      set input_hash = excluded.input_hash, booking_ids = excluded.booking_ids, created_at = excluded.created_at
      where idempotency_keys.created_at <= ${oldestAlive(now)}::timestamptz`;
  return count > 0;
}

/** Removes keys that have outlived themselves. */
export async function purgeKeysOfAllTenants(db: Queryable, now: Temporal.Instant): Promise<void> {
  await db.sql`delete from idempotency_keys where created_at <= ${oldestAlive(now)}::timestamptz`;
}
