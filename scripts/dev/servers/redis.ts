/**
 * A real Redis (or Valkey) for development and tests, on the loopback address. Its folder holds `data/` (the append-only
 * file), `port`, `claim.json` and the log.
 */
import { connect } from 'node:net';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { makeFor, makeServerDir, type Account } from './account.ts';
import { claimFolder, type Claim } from './claim.ts';
import { LOOPBACK } from './ports.ts';
import { findRedis, type RedisProgram } from './redisProgram.ts';
import { serve, type Served } from './serve.ts';

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

export type Redis = Served & { url: string };

const PING_LIMIT_MS = 2000;

/** Starts the server on a new or an existing folder. Rejects with one line that says what to do. */
export async function startRedis(options: RedisOptions): Promise<Redis> {
  const program = await findRedis(options.log);
  const { home, account } = await makeServerDir(options.dataDir, 'data');
  if (home !== (await realpath(options.dataDir).catch(() => undefined))) {
    options.log?.(`Redis keeps its data in ${home}`);
  }
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
  const data = await makeFor(account, path.join(home, 'data'));
  const served = await serve({
    title: 'Redis',
    home,
    data,
    claim,
    port: options.port,
    launchOn: (port) => ({
      command,
      args: serverArguments(data, port, options),
      cwd: data,
      logFile: path.join(home, 'redis.log'),
      account,
      env,
    }),
    dataOf: dataFolderOf,
  });
  return { ...served, url: `redis://${LOOPBACK}:${served.port}` };
}

function serverArguments(data: string, port: number, options: RedisOptions): string[] {
  const settings: Record<string, string | number> = {
    bind: LOOPBACK,
    port,
    dir: data,
    appendonly: (options.appendOnly ?? true) ? 'yes' : 'no',
    save: '',
    ...(options.databases !== undefined && { databases: options.databases }),
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
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
