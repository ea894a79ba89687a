/**
 * A real Redis (or Valkey) for development and tests, on the loopback address. Its folder holds the append-only file,
 * `port`, `claim.json` and the log.
 */
import { connect } from 'node:net';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeDataDir, type Account } from './account.ts';
import { claimFolder, type Claim } from './claim.ts';
import { choosePort, LOOPBACK, PORT_TRIES } from './ports.ts';
import { launch, logTail, waitUntil, type ServerProcess } from './processes.ts';
import { findRedis, type RedisProgram } from './redisProgram.ts';

export type RedisOptions = {
  /** Folder of the data; made where it is missing. As root it may be moved, see account.ts. */
  dataDir: string;
  /** Absent: the port of last time where it is free, else any free one. */
  port?: number | undefined;
  /** False: nothing is kept when it stops (default true: an append-only file, synced every second). */
  appendOnly?: boolean | undefined;
  /** Number of databases, for tests that want one each (default 16). */
  databases?: number | undefined;
  /** Told in a sentence what takes its time. */
  log?: ((line: string) => void) | undefined;
};

export type Redis = {
  url: string;
  port: number;
  pid: number;
  /** Resolves when the server has ended, asked or not, with how in words. */
  ended: Promise<string>;
  /** Orderly shutdown; resolves when the process is gone. */
  stop(): Promise<void>;
  /** As a crash would; resolves when the process is gone. It may be started again on the same folder. */
  kill(signal?: 'SIGKILL'): Promise<void>;
};

/** Loading a large append-only file is included. */
const READY_LIMIT_MS = 60_000;
const PING_LIMIT_MS = 2000;

/** Starts the server on a new or an existing folder. Rejects with one line that says what to do. */
export async function startRedis(options: RedisOptions): Promise<Redis> {
  const program = await findRedis(options.log);
  const { home, account } = await makeDataDir(options.dataDir);
  if (home !== path.resolve(options.dataDir)) options.log?.(`Redis keeps its data in ${home}`);
  const claim = await claimFolder(home);
  try {
    return await startClaimed(home, account, claim, program, options);
  } catch (error) {
    await claim.release();
    throw error;
  }
}

async function startClaimed(
  home: string,
  account: Account | undefined,
  claim: Claim,
  { command, env }: RedisProgram,
  options: RedisOptions,
): Promise<Redis> {
  const logFile = path.join(home, 'redis.log');
  for (let attempt = 1; ; attempt++) {
    const port = await choosePort(home, options.port);
    const args = serverArguments(home, port, options);
    const server = await launch({ command, args, cwd: home, logFile, account, env });
    await claim.setServer(server.pid);
    if (await isReady(server, home, port)) {
      await writeFile(path.join(home, 'port'), String(port));
      // By now it calls itself by its port.
      await claim.setServer(server.pid);
      const end = async (how: () => unknown): Promise<void> => {
        await how();
        await server.ended;
        await claim.release();
      };
      return {
        url: `redis://${LOOPBACK}:${port}`,
        port,
        pid: server.pid,
        ended: server.ended,
        stop: () => end(() => server.stop()),
        kill: (signal = 'SIGKILL') => end(() => server.kill(signal)),
      };
    }
    await server.stop();
    const tail = logTail(logFile);
    if (attempt === PORT_TRIES || !/address already in use/i.test(tail)) {
      throw new Error(`Redis did not start on ${home}: ${tail}`);
    }
  }
}

function serverArguments(home: string, port: number, options: RedisOptions): string[] {
  const settings: Record<string, string | number> = {
    bind: LOOPBACK,
    port,
    dir: home,
    appendonly: (options.appendOnly ?? true) ? 'yes' : 'no',
    save: '',
    ...(options.databases !== undefined && { databases: options.databases }),
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

/** Waits until the server answers; false where it ended instead. Rejects where another server answers on its port. */
async function isReady(server: ServerProcess, home: string, port: number): Promise<boolean> {
  let folder: string | undefined;
  await waitUntil(async () => {
    if (server.hasEnded()) return true;
    folder = await dataFolderOf(port);
    return folder !== undefined;
  }, READY_LIMIT_MS);
  if (folder !== undefined && folder !== home) {
    await server.stop();
    throw new Error(`Another Redis (of ${folder}) answers at the port chosen for ${home}: start again`);
  }
  return folder === home && !server.hasEnded();
}

/**
 * The folder that the Redis on this port keeps its data in; undefined while it does not answer, or still loads them.
 * Speaks the protocol's inline form, so that starting a server needs no client library.
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
    // An error ("-LOADING …") is one line; QUIT makes the server close the connection after either.
    socket.end('CONFIG GET dir\r\nQUIT\r\n');
  });
}
