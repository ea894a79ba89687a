/** What starting Postgres and Redis has in common: a port, the process, and the check that our own server answers. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { FolderLock } from './lockFile.ts';
import { choosePort } from './ports.ts';
import { launch, logTail, waitUntil, type Launch, type ServerProcess } from './processes.ts';

/** Includes recovery after a crash and loading a large file. */
const READY_LIMIT_MS = 60_000;
/** Another process may take a free port before the server listens on it. */
const PORT_TRIES = 5;

export type ServerSpec = {
  /** The server's name in errors. */
  title: string;
  dataDir: string;
  /** The data folder, which identifies the server. */
  data: string;
  lock: FolderLock;
  port: number | undefined;
  launchOn(port: number): Launch;
  /** The data folder that the server on this port reports; undefined while none answers. */
  dataOf(port: number): Promise<string | undefined>;
};

export type RunningServer = {
  port: number;
  pid: number;
  /** Resolves when the server has ended for any reason; says how. */
  ended: Promise<string>;
  /** Orderly shutdown; resolves when the process has ended. */
  stop: () => Promise<void>;
  /** SIGKILL, as in a crash; resolves when the process has ended. The folder may be started again. */
  kill: () => Promise<void>;
};

/** Starts the server and waits until it answers. Rejects with one line, leaving nothing running. */
export async function startServer(spec: ServerSpec): Promise<RunningServer> {
  const { title, dataDir, data, lock } = spec;
  for (let attempt = 1; ; attempt++) {
    const port = await choosePort(dataDir, spec.port);
    const plan = spec.launchOn(port);
    const server = await launch(plan);
    try {
      if (await isReady(server, port, spec)) {
        await writeFile(path.join(dataDir, 'port'), String(port));
        return runningServer(server, port, lock);
      }
    } catch (error) {
      await server.stop();
      throw error;
    }
    await server.stop();
    const tail = logTail(plan.logFile);
    if (attempt === PORT_TRIES || !/address already in use/i.test(tail)) {
      throw new Error(`${title} did not start on ${data}: ${tail}`);
    }
  }
}

/** False if the server ended or did not answer in time. Rejects if another server answers on its port. */
async function isReady(server: ServerProcess, port: number, spec: ServerSpec): Promise<boolean> {
  const { title, data, lock } = spec;
  await lock.setServer(server.pid);
  let found: string | undefined;
  await waitUntil(async () => {
    if (server.hasEnded()) return true;
    found = await spec.dataOf(port);
    return found !== undefined;
  }, READY_LIMIT_MS);
  if (found !== undefined && found !== data) {
    throw new Error(`Another ${title} (of ${found}) answers on the port chosen for ${data}: start again`);
  }
  // Redis changes its command line when it starts, and the lock file identifies a process by it.
  await lock.setServer(server.pid);
  return found !== undefined && !server.hasEnded();
}

function runningServer(server: ServerProcess, port: number, lock: FolderLock): RunningServer {
  const end = async (how: () => unknown): Promise<void> => {
    await how();
    await server.ended;
    await lock.release();
  };
  return {
    port,
    pid: server.pid,
    ended: server.ended,
    stop: () => end(() => server.stop()),
    kill: () => end(() => server.kill('SIGKILL')),
  };
}
