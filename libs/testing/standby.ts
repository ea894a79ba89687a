/** A Postgres of a test file's own with a standby that streams from it. Stopped after the tests. */
import { execFile } from 'node:child_process';
import { appendFile, chown, copyFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { startPostgres, type PostgresServer } from '@scripts/dev/servers/postgresServer';
import { makeServerDir } from '@scripts/dev/servers/runAsUser';
import postgres from 'postgres';
import { testFolder } from './folders.ts';

export type ReplicatedPostgres = {
  primary: PostgresServer;
  standby: PostgresServer;
  /** The standby again, after it was stopped or killed: on its port. */
  restartStandby(): Promise<PostgresServer>;
};

/** `prepare` gets the primary before it is copied. The caller stops both servers. */
export async function startReplicated(
  prepare: (primary: PostgresServer) => Promise<unknown>,
): Promise<ReplicatedPostgres> {
  const folder = await testFolder();
  const [primaryDir, standbyDir] = [path.join(folder, 'primary'), path.join(folder, 'standby')];
  const primary = await startPostgres({ dataDir: primaryDir });
  await prepare(primary);
  await copyCluster(primary, primaryDir, standbyDir);
  return {
    primary,
    standby: await startPostgres({ dataDir: standbyDir }),
    restartStandby: () => startPostgres({ dataDir: standbyDir }),
  };
}

/** Does what pg_basebackup does, which the embedded binaries lack. */
async function copyCluster(primary: PostgresServer, fromDir: string, toDir: string): Promise<void> {
  const from = await makeServerDir(fromDir, 'cluster');
  const to = await makeServerDir(toDir, 'cluster');
  const cluster = path.join(to.dataDir, 'cluster');
  // The backup belongs to its session.
  const sql = postgres(primary.url('postgres'), { max: 1, onnotice: () => {} });
  try {
    await sql`select pg_backup_start('standby', true)`;
    // With its owner and rights.
    await promisify(execFile)('cp', ['-a', path.join(from.dataDir, 'cluster'), cluster]);
    const [backup] = await sql<[{ labelfile: string }]>`select labelfile from pg_backup_stop(false)`;
    await writeFile(path.join(cluster, 'backup_label'), backup.labelfile);
  } finally {
    await sql.end();
  }
  await rm(path.join(cluster, 'postmaster.pid'));
  await copyFile(path.join(from.dataDir, 'password'), path.join(to.dataDir, 'password'));
  const { username, password, hostname, port } = new URL(primary.url('postgres'));
  await appendFile(
    path.join(cluster, 'postgresql.auto.conf'),
    `primary_conninfo = 'host=${hostname} port=${port} user=${username} password=${password}'\n`,
  );
  await writeFile(path.join(cluster, 'standby.signal'), '');
  if (!from.runAs) return;
  const { uid, gid } = from.runAs;
  for (const name of ['backup_label', 'standby.signal']) await chown(path.join(cluster, name), uid, gid);
}
