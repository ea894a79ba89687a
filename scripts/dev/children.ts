/** The five processes as children of `npm start`: started, waited for, listened to, stopped. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { stopChild, waitUntil } from './servers/processes.ts';
import { readable } from './logLines.ts';
import type { ProcessName } from '@libs/runtime/subgraphs';
import type { EnvironmentVariables } from './startSettings.ts';

export type Child = {
  name: ProcessName;
  /** Resolves when the process has ended, asked or not, with how in words. */
  ended: Promise<string>;
  /** SIGTERM: drains and ends; killed where that takes longer than 10 s. Resolves when it is gone. */
  stop(): Promise<void>;
  /** At once. */
  kill(): void;
};

const READY_LIMIT_MS = 60_000;
const READY_POLL_MS = 50;
const READY_REQUEST_LIMIT_MS = 5000;
/** What is shown of children that were not asked for more by LOG_LEVEL. */
const SHOWN_LEVEL = 'warn';

/**
 * Starts a process of the product from its `main.ts`. In a process group of its own, so that Ctrl-C reaches us alone; by
 * the closing of its IPC channel it notices that we are gone, should we be killed.
 */
export function startChild(name: ProcessName, root: string, variables: EnvironmentVariables): Child {
  const main = name === 'gateway' ? 'gateway/main.ts' : `subgraphs/${name}/main.ts`;
  const child = spawn(process.execPath, ['--import', 'tsx', main], {
    cwd: root,
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
    // 'close' comes after the last line of its output.
    child.once('close', (code, signal) =>
      resolve(signal ? `ended by ${signal}` : `ended with exit code ${code}`),
    );
  });
  return {
    name,
    ended,
    stop: () => stopChild(child, 'SIGTERM'),
    kill: () => void child.kill('SIGKILL'),
  };
}

/** Waits until the process answers that it is ready. Rejects where it ends instead, or is not ready in time. */
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

/** How long a process stays away after it has died, so that an outage can be watched. */
const RESTART_MS = 2000;
/** A process that dies this often, each time within SHORT_LIFE_MS of its start, is not started again. */
const MAX_SHORT_LIVES = 3;
const SHORT_LIFE_MS = 30_000;

/**
 * Watches a process that is ready: where it dies, it is started again, as whoever runs the product in earnest would have it. `ended`
 * resolves only when that is given up.
 */
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
      log(`${name} ${how}; it is started again in ${RESTART_MS / 1000} s`);
      await delay(RESTART_MS, undefined, { ref: false });
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
    ended: keep(),
    stop: () => {
      isStopping = true;
      return current.stop();
    },
    kill: () => current.kill(),
  };
}
