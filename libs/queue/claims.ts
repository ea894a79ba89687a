/**
 * SQL shared by all queue tables, which have the columns `id`, `created_at`, and `claim_id` and `claimed_until` (null between
 * attempts).
 */
import type { Queryable } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';
import type { ClaimedJob } from './worker.ts';

/** Instants as RFC 3339 text. */
type Changes = Record<string, string | number | null>;

/** Ends a claim. False if another worker has claimed the row since, or it was deleted. */
export async function settleClaim(
  db: Queryable,
  table: string,
  job: ClaimedJob,
  changes: Changes,
): Promise<boolean> {
  return (await settleClaims(db, table, [job], changes)).size > 0;
}

/** Ends claims with equal changes. Returns the ids of the jobs whose claim was still valid. */
export async function settleClaims(
  db: Queryable,
  table: string,
  jobs: readonly ClaimedJob[],
  changes: Changes,
): Promise<Set<string>> {
  const row = { ...changes, claim_id: null, claimed_until: null };
  const settled = await db.sql<{ id: string }[]>`
    update ${db.sql(table)} queue set ${db.sql(row)}
    from unnest(${jobs.map(({ id }) => id)}::uuid[], ${jobs.map(({ claimId }) => claimId)}::uuid[]) as job (id, claim)
    where queue.id = job.id and queue.claim_id = job.claim
    returning queue.id`;
  return new Set(settled.map(({ id }) => id));
}

export const PURGE_BATCH = 1_000;

/** Deletes up to PURGE_BATCH rows; returns whether there may be more. `key`: the columns of the primary key. */
export async function purgeOlderThan(
  db: Queryable,
  table: string,
  until: Temporal.Instant,
  { key = 'id', column = 'created_at' }: { key?: string | string[]; column?: string } = {},
): Promise<boolean> {
  const { sql } = db;
  const columns = sql([key].flat());
  const purged = await sql`
    delete from ${sql(table)} where (${columns}) in (
      select ${columns} from ${sql(table)} where ${sql(column)} <= ${formatInstant(until)}::timestamptz
      order by ${sql(column)} limit ${PURGE_BATCH}
    )`;
  return purged.count === PURGE_BATCH;
}
