/** The booking database on a server of its own with a standby, and what tests do to the standby. */
import { connect } from '@libs/db/connect';
import { latestOfReplica } from '@libs/db/latestReads';
import type { ReadResult } from '@libs/db/replicaMetrics';
import { metricValue } from '@libs/testing/metricValue';
import { startReplicated } from '@libs/testing/standby';
import { tcpProxy } from '@libs/testing/tcpProxy';
import { createDatabases } from '@scripts/dev/servers/databases';
import postgres from 'postgres';
import { afterAll, vi } from 'vitest';
import { migrate } from '../../drizzle/migrate.ts';

const CAUGHT_UP_LIMIT_MS = 20_000;

/** Neither a superuser nor the owner. */
const READER = 'reader';
const asReader = (url: string): string =>
  Object.assign(new URL(url), { username: READER, password: READER }).href;

/** What the primary says of its log. */
export type Ask = () => Promise<readonly { lsn: string; timeline: number; database: string }[]>;

/** Call this at the top of a test file. */
export async function replicatedBookings() {
  const servers = await startReplicated(async (primary) => {
    await createDatabases(primary.url('postgres'), ['booking']);
    await migrate('booking', primary.url('booking'));
    const sql = postgres(primary.url('booking'), { max: 1 });
    await sql.unsafe(`create role ${READER} login password '${READER}' in role pg_read_all_data`);
    await sql.end();
  });
  let { standby } = servers;
  const primaryUrl = servers.primary.url('booking');
  const proxy = await tcpProxy(standby.url('booking'));
  const db = connect(primaryUrl, { name: 'test', max: 32 });
  const opened: { close(): Promise<void> }[] = [];
  let pools = 0;
  afterAll(async () => {
    await Promise.all([db, ...opened].map((pool) => pool.close()));
    await proxy.close();
    await standby.stop();
    await servers.primary.stop();
  });

  const onStandby = async (run: (sql: postgres.Sql) => Promise<unknown>): Promise<void> => {
    const sql = postgres(standby.url('booking'), { max: 1, onnotice: () => {} });
    await run(sql).finally(() => sql.end());
  };
  return {
    db,
    proxy,
    primaryUrl,
    /** A database on the standby, past the proxy. */
    standbyUrl: (name: string) => standby.url(name),
    /** Reads with pools of their own, as each process has, and with no more rights than it needs. */
    reads({ replicaUrl = proxy.url, says = (ask: Ask): Ask => ask } = {}) {
      pools += 1;
      const name = `test-replica-${pools}`;
      const positions = connect(asReader(primaryUrl), { name: `test-positions-${pools}`, max: 1 });
      const replica = connect(asReader(replicaUrl), { name });
      opened.push(positions, replica);
      let query: Parameters<typeof positions.sql>;
      const answer = says(async () => positions.sql(...query) as unknown as ReturnType<Ask>);
      const altered = new Proxy(positions.sql, {
        apply(_sql, _self, sent: typeof query) {
          query = sent;
          return answer();
        },
      });
      return {
        replica,
        readLatest: latestOfReplica({
          name,
          primary: db,
          positions: { ...positions, sql: altered },
          replica,
        }),
        count: (result: ReadResult) => metricValue('vaga_db_replica_reads_total', { pool: name, result }),
        lag: () => metricValue('vaga_db_replica_lag_bytes', { pool: name }),
      };
    },
    pauseReplay: () => onStandby((sql) => sql`select pg_wal_replay_pause()`),
    resumeReplay: () => onStandby((sql) => sql`select pg_wal_replay_resume()`),
    /** Until the standby has replayed all that is committed now. */
    async caughtUp(): Promise<void> {
      // The log may end within a record until the next commit.
      await db.sql`select pg_logical_emit_message(true, 'test', '')`;
      const [{ lsn }] = await db.sql<[{ lsn: string }]>`select pg_current_wal_flush_lsn()::text as lsn`;
      await vi.waitFor(
        () =>
          onStandby(async (sql) => {
            const [row] = await sql<[{ hasReplayed: boolean }]>`
              select pg_last_wal_replay_lsn() >= ${lsn}::text::pg_lsn as "hasReplayed"`;
            if (!row.hasReplayed) throw new Error('the standby is behind');
          }),
        { timeout: CAUGHT_UP_LIMIT_MS, interval: 50 },
      );
    },
    killStandby: () => standby.kill(),
    async restartStandby(): Promise<void> {
      standby = await servers.restartStandby();
    },
  };
}
