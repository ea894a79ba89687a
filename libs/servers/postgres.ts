/**
 * A real PostgreSQL for development and tests, on the loopback address, with a password of its own. Its folder holds
 * `cluster/` (the data), `password`, `port`, `claim.json` and the logs. Not for production: no backups, no tuning.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { makeDataDir, type Account } from './account.ts';
import { claimFolder, type Claim } from './claim.ts';
import { findPostgres } from './postgresPrograms.ts';
import { choosePort, LOOPBACK, PORT_TRIES } from './ports.ts';
import { commandOf, launch, logTail, waitUntil, type ServerProcess } from './processes.ts';

export type PostgresOptions = {
  /** Folder of the data; made where it is missing. As root it may be moved, see account.ts. */
  dataDir: string;
  /** Absent: the port of last time where it is free, else any free one. */
  port?: number | undefined;
  /** False for data that may be lost with the machine's power, as tests' may (default true). */
  fsync?: boolean | undefined;
  /** Told in a sentence what takes its time. */
  log?: ((line: string) => void) | undefined;
};

export type Postgres = {
  /** Address of a database of this server, with its password. */
  url(database: string): string;
  port: number;
  pid: number;
  /** Resolves when the server has ended, asked or not, with how in words. */
  ended: Promise<string>;
  /** Fast shutdown: open transactions are rolled back. Resolves when the process is gone. */
  stop(): Promise<void>;
};

const SUPERUSER = 'postgres';
const MAX_CONNECTIONS = 200;
/** Recovery after a crash is included. */
const READY_LIMIT_MS = 60_000;
const INITDB_LIMIT_MS = 120_000;
/** Nothing of our environment (PGPORT, PGDATA, locales, …) may change what a cluster becomes. */
const ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** Starts the server on a new or an existing folder. Rejects with one line that says what to do. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  if (process.platform === 'win32') {
    throw new Error('On Windows start inside WSL, or set the four *_DATABASE_URL to databases of your own');
  }
  const { home, account } = await makeDataDir(options.dataDir);
  if (home !== path.resolve(options.dataDir)) options.log?.(`Postgres keeps its data in ${home}`);
  const claim = await claimFolder(home);
  try {
    return await startClaimed(home, account, claim, options);
  } catch (error) {
    await claim.release();
    throw error;
  }
}

async function startClaimed(
  home: string,
  account: Account | undefined,
  claim: Claim,
  options: PostgresOptions,
): Promise<Postgres> {
  const programs = await findPostgres(account);
  const cluster = path.join(home, 'cluster');
  const password = await passwordOf(home, account);
  const fsync = options.fsync ?? true;
  if (!existsSync(cluster)) {
    options.log?.('Creating the database cluster');
    await createCluster(programs.initdb, home, account, fsync);
  }
  await removeStaleLock(cluster);
  for (let attempt = 1; ; attempt++) {
    const port = await choosePort(home, options.port);
    const url = (database: string): string =>
      `postgres://${SUPERUSER}:${password}@${LOOPBACK}:${port}/${database}`;
    const logFile = path.join(home, 'postgres.log');
    const args = serverArguments(cluster, port, fsync);
    const server = await launch({
      command: programs.postgres,
      args,
      cwd: home,
      logFile,
      account,
      env: ENVIRONMENT,
    });
    await claim.setServer(server.pid);
    if (await isReady(server, cluster, url('postgres'))) {
      await writeFile(path.join(home, 'port'), String(port));
      return {
        url,
        port,
        pid: server.pid,
        ended: server.ended,
        stop: async () => {
          await server.stop();
          await claim.release();
        },
      };
    }
    await server.stop();
    const tail = logTail(logFile);
    if (attempt === PORT_TRIES || !tail.includes('Address already in use')) {
      throw new Error(`Postgres did not start on ${cluster}: ${tail}`);
    }
  }
}

function serverArguments(cluster: string, port: number, fsync: boolean): string[] {
  const settings: Record<string, string | number> = {
    listen_addresses: LOOPBACK,
    // A socket's path is limited to about 100 bytes, and TCP is what production uses.
    unix_socket_directories: '',
    max_connections: MAX_CONNECTIONS,
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

/** The superuser's password, generated once and kept for the server's account alone. */
async function passwordOf(home: string, account: Account | undefined): Promise<string> {
  const file = path.join(home, 'password');
  if (!existsSync(file)) {
    await writeFile(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
    if (account) await chown(file, account.uid, account.gid);
  }
  return (await readFile(file, 'utf8')).trim();
}

/** Made under another name and then renamed: a folder called `cluster` is a whole one. */
async function createCluster(
  initdb: string,
  home: string,
  account: Account | undefined,
  fsync: boolean,
): Promise<void> {
  const draft = path.join(home, 'cluster.draft');
  await rm(draft, { recursive: true, force: true });
  const args = [
    `--pgdata=${draft}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${path.join(home, 'password')}`,
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
      cwd: home,
      env: ENVIRONMENT,
      timeout: INITDB_LIMIT_MS,
      ...(account && { uid: account.uid, gid: account.gid }),
    });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Error(
      `Postgres could not create its cluster: ${(stderr?.trim() || message).replaceAll('\n', ' | ')}`,
      { cause: error },
    );
  }
  await rename(draft, path.join(home, 'cluster'));
}

/**
 * Removes a postmaster.pid whose number now belongs to another program. Postgres ignores one whose process is gone, but
 * takes any live process of its own user for a postmaster. A real one of this cluster is left for Postgres to refuse.
 */
async function removeStaleLock(cluster: string): Promise<void> {
  const file = path.join(cluster, 'postmaster.pid');
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
  if (pid > 0 && !commandOf(pid)?.includes(cluster)) await rm(file, { force: true });
}

/** Waits until the server answers; false where it ended instead. Rejects where another server answers on its port. */
async function isReady(server: ServerProcess, cluster: string, url: string): Promise<boolean> {
  let found: string | undefined;
  await waitUntil(async () => {
    if (server.hasEnded()) return true;
    found = await dataDirectoryOf(url);
    return found !== undefined;
  }, READY_LIMIT_MS);
  if (found !== undefined && found !== cluster) {
    await server.stop();
    throw new Error(`Another Postgres (of ${found}) answers at the port chosen for ${cluster}: start again`);
  }
  return found === cluster && !server.hasEnded();
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
