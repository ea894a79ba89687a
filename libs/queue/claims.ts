/**
 * SQL that every queue's table shares. Such a table has the columns `id`, `claim_id` and `claimed_until` (both null between attempts)
 * and `created_at`. Which rows are due, and in which order they may run, is the queue's own statement.
 */
import type { Queryable } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';
import type { ClaimedJob } from './worker.ts';

/** Values for a row's columns; instants as text (RFC 3339). */
type Changes = Record<string, string | number | null>;

/** Ends a claim and records what came of it. False where the claim has passed to another worker, or the row is gone. */
export async function settleClaim(
  db: Queryable,
  table: string,
  job: ClaimedJob,
  changes: Changes,
): Promise<boolean> {
  const row = { ...changes, claim_id: null, claimed_until: null };
  const settled = await db.sql`
    update ${db.sql(table)} set ${db.sql(row)} where id = ${job.id} and claim_id = ${job.claimId}`;
  return settled.count > 0;
}

/** Rows that one purge statement deletes. */
export const PURGE_BATCH = 1_000;

/** Deletes rows that were created before `before`, at most PURGE_BATCH. Returns whether there may be more. */
export async function purgeOlderThan(
  db: Queryable,
  table: string,
  before: Temporal.Instant,
): Promise<boolean> {
  const { sql } = db;
  const purged = await sql`
    delete from ${sql(table)} where id in (
      select id from ${sql(table)} where created_at < ${formatInstant(before)}::timestamptz
      order by created_at limit ${PURGE_BATCH}
    )`;
  return purged.count === PURGE_BATCH;
}
