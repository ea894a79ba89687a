/** A PgBouncer in transaction mode before the databases of a test file, where it is installed. Stopped after the tests. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { launch, logTail, waitUntil } from '@scripts/dev/servers/processes';
import { serverDirOf } from '@scripts/dev/servers/runAsUser';
import postgres from 'postgres';
import { afterAll, inject } from 'vitest';
import { testPort } from './testPorts.ts';

/** Few, so that the clients take turns on each. */
const CONNECTIONS_PER_DATABASE = 4;
const CLIENTS = 1_000;
const READY_LIMIT_MS = 20_000;
/** As docs/scaling.md tells operators. */
const SETTINGS = [
  'set statement_timeout = 10000',
  'set lock_timeout = 2000',
  'set idle_in_transaction_session_timeout = 15000',
  'set enable_seqscan = off',
  'set jit = off',
].join('; ');

export const isPgbouncerInstalled = spawnSync('pgbouncer', ['--version']).status === 0;

/** Returns the addresses by way of PgBouncer. */
export async function pgbouncer(databaseUrls: string[]): Promise<string[]> {
  const { runDir } = inject('servers');
  const folder = await mkdtemp(path.join(runDir, 'pgbouncer-'));
  const { runAs } = serverDirOf(folder, 'data');
  const port = await testPort();
  const urls = databaseUrls.map((text) => new URL(text));
  const config = path.join(folder, 'pgbouncer.ini');
  await writeFile(
    config,
    [
      '[databases]',
      ...urls.map(
        ({ pathname, hostname, port: serverPort, username, password }) =>
          `${pathname.slice(1)} = host=${hostname} port=${serverPort} user=${username} password=${password} connect_query='${SETTINGS}'`,
      ),
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = any',
      'pool_mode = transaction',
      `default_pool_size = ${CONNECTIONS_PER_DATABASE}`,
      `max_client_conn = ${CLIENTS}`,
    ].join('\n'),
  );
  const logFile = path.join(folder, 'log');
  if (runAs) spawnSync('chown', ['-R', `${runAs.uid}:${runAs.gid}`, folder]);
  const server = await launch({ command: 'pgbouncer', args: [config], cwd: folder, logFile, runAs });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const pooled = urls.map((url) => Object.assign(new URL(url), { port: String(port) }).href);
  if (!(await waitUntil(() => answers(pooled[0]!), READY_LIMIT_MS)))
    throw new Error(`PgBouncer did not start: ${logTail(logFile)}`);
  return pooled;
}

async function answers(url: string): Promise<boolean> {
  const sql = postgres(url, { max: 1, prepare: false });
  try {
    await sql`select 1`;
    return true;
  } catch {
    return false;
  } finally {
    await sql.end();
  }
}
