/**
 * A real PostgreSQL for development and tests, on the loopback address, with its own password. Its folder holds `cluster/` (the
 * data), `password`, `port`, `claim.json` and the log. Not for production: no backups, no tuning.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { makeFor, makeServerDir, type OsUser } from './runAsUser.ts';
import { lockFolder, type FolderLock } from './lockFile.ts';
import { findPostgres } from './postgresPrograms.ts';
import { LOOPBACK } from './ports.ts';
import { commandOf } from './processes.ts';
import { startServer, type RunningServer } from './startServer.ts';

export type PostgresServerOptions = {
  /** The data folder; created if missing. For root it may be elsewhere, see runAsUser.ts. */
  dataDir: string;
  /** Default: the last port if it is free, else any free port. */
  port?: number | undefined;
  /** False if data may be lost in a power failure, as in tests (default true). */
  fsync?: boolean | undefined;
  /** 200 by default. */
  maxConnections?: number | undefined;
  /** Receives a sentence about each slow step. */
  log?: ((line: string) => void) | undefined;
};

export type PostgresServer = RunningServer & {
  /** Address of a database, with the password. */
  url(database: string): string;
};

const SUPERUSER = 'postgres';
const DEFAULT_MAX_CONNECTIONS = 200;
const INITDB_LIMIT_MS = 120_000;
/** Our own environment (PGPORT, PGDATA, locales, …) must not influence a cluster. */
const ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** Starts the server on a new or existing folder. Rejects with one line that says what to do. */
export async function startPostgres(options: PostgresServerOptions): Promise<PostgresServer> {
  if (process.platform === 'win32') {
    throw new Error('On Windows start inside WSL, or set the four *_DATABASE_URL to databases of your own');
  }
  const { dataDir, runAs } = await makeServerDir(options.dataDir, 'cluster');
  if (dataDir !== (await realpath(options.dataDir).catch(() => undefined))) {
    options.log?.(`Postgres keeps its data in ${dataDir}`);
  }
  const lock = await lockFolder(dataDir);
  try {
    return await startLocked(dataDir, runAs, lock, options);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function startLocked(
  dataDir: string,
  runAs: OsUser | undefined,
  lock: FolderLock,
  options: PostgresServerOptions,
): Promise<PostgresServer> {
  const programs = await findPostgres(runAs);
  const cluster = path.join(dataDir, 'cluster');
  const password = await passwordOf(dataDir);
  const { fsync = true, maxConnections = DEFAULT_MAX_CONNECTIONS } = options;
  if (!existsSync(cluster)) {
    options.log?.('Creating the database cluster');
    await createCluster(programs.initdb, dataDir, runAs, { password, fsync });
  }
  await removeStaleLock(cluster);
  const urlOn = (port: number, database: string): string =>
    `postgres://${SUPERUSER}:${password}@${LOOPBACK}:${port}/${database}`;
  const server = await startServer({
    title: 'Postgres',
    dataDir,
    data: cluster,
    lock,
    port: options.port,
    launchOn: (port) => ({
      command: programs.postgres,
      args: serverArguments(cluster, port, fsync, maxConnections),
      cwd: dataDir,
      logFile: path.join(dataDir, 'postgres.log'),
      runAs,
      env: ENVIRONMENT,
    }),
    dataOf: (port) => dataDirectoryOf(urlOn(port, 'postgres')),
  });
  return { ...server, url: (database) => urlOn(server.port, database) };
}

function serverArguments(cluster: string, port: number, fsync: boolean, maxConnections: number): string[] {
  const settings: Record<string, string | number> = {
    listen_addresses: LOOPBACK,
    // A socket's path is limited to about 100 bytes, and production uses TCP.
    unix_socket_directories: '',
    max_connections: maxConnections,
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    ...(!fsync && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return [
    '-D',
    cluster,
    '-p',
    String(port),
    ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`]),
  ];
}

/** The superuser's password, generated once, readable by its owner only. */
async function passwordOf(dataDir: string): Promise<string> {
  const file = path.join(dataDir, 'password');
  if (!existsSync(file)) await writeFile(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  return (await readFile(file, 'utf8')).trim();
}

/** Creates the cluster under another name and renames it, so that a folder `cluster` is always complete. */
async function createCluster(
  initdb: string,
  dataDir: string,
  runAs: OsUser | undefined,
  { password, fsync }: { password: string; fsync: boolean },
): Promise<void> {
  const work = path.join(dataDir, 'cluster.draft');
  await rm(work, { recursive: true, force: true });
  await makeFor(runAs, work);
  const [draft, passwordFile] = [path.join(work, 'cluster'), path.join(work, 'password')];
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (runAs) await chown(passwordFile, runAs.uid, runAs.gid);
  const args = [
    `--pgdata=${draft}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // One sort order on every machine and in every release of PostgreSQL.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(fsync ? [] : ['--no-sync']),
  ];
  try {
    await promisify(execFile)(initdb, args, {
      cwd: dataDir,
      env: ENVIRONMENT,
      timeout: INITDB_LIMIT_MS,
      ...(runAs && { uid: runAs.uid, gid: runAs.gid }),
    });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    const why = (stderr?.trim() || message).replaceAll('\n', ' | ');
    throw new Error(`Postgres could not create its cluster: ${why}`, { cause: error });
  }
  await rename(draft, path.join(dataDir, 'cluster'));
  await rm(work, { recursive: true });
}

/**
 * Removes a postmaster.pid whose process id now belongs to another program: Postgres would take any live process of its user
 * for a postmaster. A real postmaster of this cluster stays, and Postgres refuses to start.
 */
async function removeStaleLock(cluster: string): Promise<void> {
  const file = path.join(cluster, 'postmaster.pid');
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
  if (pid > 0 && !commandOf(pid)?.includes(cluster)) await rm(file, { force: true });
}

async function dataDirectoryOf(url: string): Promise<string | undefined> {
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {} });
  try {
    const [row] = await sql<{ data_directory: string }[]>`show data_directory`;
    return row?.data_directory;
  } catch {
    return undefined;
  } finally {
    await sql.end();
  }
}
