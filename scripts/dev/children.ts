/** The five processes as children of `npm start`. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { stopChild, waitUntil } from './servers/processes.ts';
import { readable } from './logLines.ts';
import type { ProcessName } from '@libs/runtime/subgraphs';
import type { EnvironmentVariables } from './startSettings.ts';

export type Child = {
  name: ProcessName;
  pid: number | undefined;
  /** Resolves when the process has ended for any reason; says how. */
  ended: Promise<string>;
  /** Sends SIGTERM, and SIGKILL after 10 s. Resolves when the process has ended. */
  stop(): Promise<void>;
  /** Sends SIGKILL. */
  kill(): void;
};

const READY_LIMIT_MS = 60_000;
const READY_POLL_MS = 50;
const READY_REQUEST_LIMIT_MS = 5000;
/** Log level that is shown unless LOG_LEVEL is set. */
const SHOWN_LEVEL = 'warn';

/**
 * Starts a process from its bundle, in its own process group so that Ctrl-C reaches only the launcher. If the launcher is killed,
 * the IPC channel closes and the process ends.
 */
export function startChild(name: ProcessName, bundles: string, variables: EnvironmentVariables): Child {
  const child = spawn(process.execPath, ['--enable-source-maps', path.join(bundles, `${name}.js`)], {
    env: { ...variables, VAGA_STOP_WITH_PARENT: '1' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  const level = variables['LOG_LEVEL'] || SHOWN_LEVEL;
  for (const stream of [child.stdout!, child.stderr!]) {
    createInterface({ input: stream }).on('line', (line) => {
      const shown = readable(name, line, level);
      if (shown) console.log(shown);
    });
  }
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be started (${error.message})`));
    // 'close' comes after the last line of output.
    child.once('close', (code, signal) =>
      resolve(signal ? `ended by ${signal}` : `ended with exit code ${code}`),
    );
  });
  return {
    name,
    pid: child.pid,
    ended,
    stop: () => stopChild(child, 'SIGTERM'),
    kill: () => void child.kill('SIGKILL'),
  };
}

/** Waits until /ready answers 200. Rejects if the process ends or READY_LIMIT_MS passes. */
export async function waitForReady({ name, ended }: Child, port: number): Promise<void> {
  let how: string | undefined;
  void ended.then((words) => (how = words));
  let answer = 'no answer';
  const isReady = await waitUntil(
    async () => {
      if (how !== undefined) return true;
      try {
        const response = await fetch(`http://127.0.0.1:${port}/ready`, {
          signal: AbortSignal.timeout(READY_REQUEST_LIMIT_MS),
        });
        answer = await response.text();
        return response.ok;
      } catch {
        return false;
      }
    },
    READY_LIMIT_MS,
    READY_POLL_MS,
  );
  if (how !== undefined) throw new Error(`${name} ${how} while it was starting: see its lines above`);
  if (!isReady) throw new Error(`${name} is not ready after ${READY_LIMIT_MS / 1000} s: ${answer}`);
}

/** Pause before the first restart, so that an outage can be observed. It doubles with each short life in a row. */
const RESTART_MS = 2000;
/** A process that dies this often in a row, each time within SHORT_LIFE_MS of its start, is not restarted. */
const MAX_SHORT_LIVES = 5;
const SHORT_LIFE_MS = 30_000;

/** Restarts a process whenever it dies, as a supervisor would in production. `ended` resolves when it is given up. */
export function keepRunning(
  first: Child,
  again: () => Child,
  port: number,
  log: (line: string) => void,
): Child {
  const { name } = first;
  let current = first;
  let isStopping = false;

  async function keep(): Promise<string> {
    for (let shortLives = 0; ;) {
      const began = performance.now();
      const how = await current.ended;
      if (isStopping) return how;
      shortLives = performance.now() - began < SHORT_LIFE_MS ? shortLives + 1 : 1;
      if (shortLives === MAX_SHORT_LIVES) return `${how} ${MAX_SHORT_LIVES} times in a row`;
      const pauseMs = RESTART_MS * 2 ** (shortLives - 1);
      log(`${name} ${how}; it is started again in ${pauseMs / 1000} s`);
      await delay(pauseMs, undefined, { ref: false });
      if (isStopping) return how;
      current = again();
      void waitForReady(current, port).then(
        () => isStopping || log(`${name} is back`),
        () => {},
      );
    }
  }
  return {
    name,
    get pid() {
      return current.pid;
    },
    ended: keep(),
    stop: () => {
      isStopping = true;
      return current.stop();
    },
    kill: () => current.kill(),
  };
}
