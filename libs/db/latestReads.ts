/**
 * Reads that a replica may answer, and that are never older than the primary (decision 49). Each asks the primary how far its log has
 * come, a short statement that concurrent reads share, and reads from the replica once that has replayed so much; in one transaction, as
 * the next one may get another connection. So it sees everything that was committed before it began, whoever committed it. If the replica
 * is behind, fails or keeps silent, the primary answers.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type postgres from 'postgres';
import type { Db } from './connect.ts';
import { transactionOn, type Queryable } from './inTransaction.ts';
import { replicaLag, replicaReadsTotal, type ReadResult } from './replicaMetrics.ts';

/** For the replica to replay what is missing. */
const MAX_REPLAY_MS = 100;
/** For the primary to say its position, and for the replica to begin and to replay. */
const MAX_BEGIN_MS = 200;
/** For the read itself. */
const MAX_READ_MS = 1_000;
const REPLAY_POLL_MS = 2;
/** After a failure, all reads but one go to the primary at once. */
export const BYPASS_MS = 1_000;

/** Runs `read` on the server that it names; again on the primary if the replica fails. */
export type ReadLatest = <T>(
  read: (db: Queryable, server: 'primary' | 'replica') => Promise<T>,
) => Promise<T>;

export const latestOf =
  (primary: Db): ReadLatest =>
  (read) =>
    read(primary, 'primary');

/**
 * A place in the write-ahead log of a primary, and what log that is: of which cluster and database, and its timeline. After a fail-over,
 * another timeline may have another history at the same place.
 */
type LogPosition = { lsn: string; timeline: number; database: string };

const DATABASE_SQL = `(select system_identifier from pg_control_system()) || ' ' ||
  (select oid from pg_database where datname = current_database())`;

/**
 * The end of what is committed. A commit is visible once it is flushed; without synchronous commits, before. Replicas get what is
 * flushed, so the other end would be ahead of them for no reason.
 */
async function logPosition({ sql }: Db): Promise<LogPosition> {
  const [position] = await sql<[LogPosition]>`
    select (case current_setting('synchronous_commit')
              when 'off' then pg_current_wal_insert_lsn() else pg_current_wal_flush_lsn() end)::text as lsn,
           ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int as timeline,
           ${sql.unsafe(DATABASE_SQL)} as database`;
  return position;
}

/** One call at a time for all who wait: each gets what a call that began after it asked. */
function shared<T>(load: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;
  return () => {
    if (next) return next;
    next = last.then(() => {
      next = undefined;
      return load();
    });
    last = next.catch(() => {});
    return next;
  };
}

class ReplicaUnusableError extends Error {
  readonly result: 'behind' | 'mismatch';
  constructor(result: 'behind' | 'mismatch') {
    super(`the replica is not read: ${result}`);
    this.name = 'ReplicaUnusableError';
    this.result = result;
  }
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const silence = async (): Promise<never> => {
    await sleep(limitMs, undefined, { signal: timer.signal });
    throw new Error('no answer in time');
  };
  try {
    return await Promise.race([work, silence()]);
  } finally {
    timer.abort();
  }
}

/** `positions` is a pool of the primary's for one short statement at a time, which must not wait for requests. */
export function latestOfReplica(pools: {
  primary: Db;
  positions: Db;
  replica: Db;
  name: string;
}): ReadLatest {
  const { primary, positions, replica, name } = pools;
  const currentPosition = shared(() => logPosition(positions));
  let bypassUntilMs = 0;

  /** Before the statements of the read, because each of them sees what was replayed when it began. */
  async function waitForReplay(sql: postgres.TransactionSql, position: LogPosition, untilMs: number) {
    const { lsn, timeline, database } = position;
    for (;;) {
      // A standby's timeline is that of its last checkpoint: after a fail-over it counts from the next one on.
      const [replay] = await sql<[Omit<LogPosition, 'lsn'> & { lag: number | null }]>`
        select pg_wal_lsn_diff(${lsn}::text::pg_lsn, pg_last_wal_replay_lsn())::float8 as lag,
               timeline_id as timeline, ${sql.unsafe(DATABASE_SQL)} as database
        from pg_control_checkpoint()`;
      // A server without a replay is no replica.
      if (replay.lag === null || replay.timeline !== timeline || replay.database !== database)
        throw new ReplicaUnusableError('mismatch');
      replicaLag.set({ pool: name }, Math.max(0, replay.lag));
      if (performance.now() > untilMs) throw new ReplicaUnusableError('behind');
      if (replay.lag <= 0) return;
      await sleep(REPLAY_POLL_MS);
    }
  }

  async function readFromReplica<T>(read: (db: Queryable, server: 'replica') => Promise<T>): Promise<T> {
    const position = await within(MAX_BEGIN_MS, currentPosition());
    const untilMs = performance.now() + MAX_REPLAY_MS;
    let result!: Promise<T>;
    const replayed = new Promise<void>((resolve, reject) => {
      result = replica.sql.begin('read only', async (sql) => {
        await waitForReplay(sql, position, untilMs);
        resolve();
        return read(transactionOn(replica.sql, sql, []), 'replica');
      }) as Promise<T>;
      result.catch(reject);
    });
    await within(MAX_BEGIN_MS, replayed);
    return within(MAX_READ_MS, result);
  }

  return async (read) => {
    const count = (result: ReadResult) => replicaReadsTotal.inc({ pool: name, result });
    const nowMs = performance.now();
    if (nowMs < bypassUntilMs) {
      count('bypass');
      return read(primary, 'primary');
    }
    // After a failure this read alone tries the replica, until it succeeds.
    if (bypassUntilMs > 0) bypassUntilMs = nowMs + BYPASS_MS;
    try {
      const value = await readFromReplica(read);
      bypassUntilMs = 0;
      count('replica');
      return value;
    } catch (error) {
      bypassUntilMs = performance.now() + BYPASS_MS;
      count(error instanceof ReplicaUnusableError ? error.result : 'failed');
    }
    return read(primary, 'primary');
  };
}
