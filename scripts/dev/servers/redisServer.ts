/** A real Redis or Valkey for development and tests, on the loopback address. Its folder holds `data/`, `port`, `claim.json` and the log. */
import { connect } from 'node:net';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { makeFor, makeServerDir, type OsUser } from './runAsUser.ts';
import { lockFolder, type FolderLock } from './lockFile.ts';
import { LOOPBACK } from './ports.ts';
import { findRedis, type RedisProgram } from './redisProgram.ts';
import { startServer, type RunningServer } from './startServer.ts';

export type RedisServerOptions = {
  /** The data folder; created if missing. For root it may be elsewhere, see runAsUser.ts. */
  dataDir: string;
  /** Default: the last port if it is free, else any free port. */
  port?: number | undefined;
  /** True (default): an append-only file, synced every second. False: data is lost when it stops. */
  appendOnly?: boolean | undefined;
  /** Number of databases (default 16). */
  databases?: number | undefined;
  /** More of Redis's configuration. */
  settings?: Record<string, string | number> | undefined;
  /** Receives a sentence about each slow step. */
  log?: ((line: string) => void) | undefined;
};

export type RedisServer = RunningServer & { url: string };

const PING_LIMIT_MS = 2000;

/** Starts the server on a new or existing folder. Rejects with one line that says what to do. */
export async function startRedis(options: RedisServerOptions): Promise<RedisServer> {
  const program = await findRedis(options.log);
  const { dataDir, runAs } = await makeServerDir(options.dataDir, 'data');
  if (dataDir !== (await realpath(options.dataDir).catch(() => undefined))) {
    options.log?.(`Redis keeps its data in ${dataDir}`);
  }
  const lock = await lockFolder(dataDir);
  try {
    return await startLocked(dataDir, runAs, lock, program, options);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function startLocked(
  dataDir: string,
  runAs: OsUser | undefined,
  lock: FolderLock,
  { command, env }: RedisProgram,
  options: RedisServerOptions,
): Promise<RedisServer> {
  const data = await makeFor(runAs, path.join(dataDir, 'data'));
  const server = await startServer({
    title: 'Redis',
    dataDir,
    data,
    lock,
    port: options.port,
    launchOn: (port) => ({
      command,
      args: serverArguments(data, port, options),
      cwd: data,
      logFile: path.join(dataDir, 'redis.log'),
      runAs,
      env,
    }),
    dataOf: dataFolderOf,
  });
  return { ...server, url: `redis://${LOOPBACK}:${server.port}` };
}

function serverArguments(data: string, port: number, options: RedisServerOptions): string[] {
  const settings: Record<string, string | number> = {
    bind: LOOPBACK,
    port,
    dir: data,
    appendonly: (options.appendOnly ?? true) ? 'yes' : 'no',
    save: '',
    ...(options.databases !== undefined && { databases: options.databases }),
    ...options.settings,
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

/**
 * The data folder of the Redis on this port; undefined while it does not answer or is loading. Uses the protocol's inline
 * commands, so that starting a server needs no client library.
 */
function dataFolderOf(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ port, host: LOOPBACK });
    socket.setTimeout(PING_LIMIT_MS, () => socket.destroy());
    socket.setEncoding('utf8');
    socket.on('error', () => {});
    socket.on('close', () => resolve(/\$3\r\ndir\r\n\$\d+\r\n(.*)\r\n/.exec(answer)?.[1]));
    socket.on('data', (part: string) => void (answer += part));
    // QUIT makes the server close the connection, also after an error ("-LOADING …").
    socket.end('CONFIG GET dir\r\nQUIT\r\n');
  });
}
