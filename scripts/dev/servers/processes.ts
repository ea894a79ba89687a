/**
 * Server processes that end with their launcher. Each is a child in its own process group, so that Ctrl-C reaches only the
 * launcher, which decides the order. A watchdog ends the server if the launcher is killed.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { OsUser } from './runAsUser.ts';

/** How long a server may take to stop before it is killed. */
export const STOP_GRACE_MS = 10_000;
const POLL_MS = 20;
/** Lines of a server's log that an error shows. */
const LOG_TAIL_LINES = 4;

/** A line on the pipe means that the server has ended; end of file without a line means that the launcher has. */
const WATCHDOG_SCRIPT = 'read -r _ || kill -s INT "$1"';

export type ServerProcess = {
  pid: number;
  /** Resolves when the process has ended for any reason; says how. */
  ended: Promise<string>;
  hasEnded(): boolean;
  /** SIGINT (a fast shutdown for Postgres), SIGKILL after {@link STOP_GRACE_MS}. Resolves when the process has ended. */
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
};

export type Launch = {
  command: string;
  args: string[];
  cwd: string;
  /** Receives the server's output; truncated at each start. */
  logFile: string;
  /** The account to run as (default: the current user). */
  runAs?: OsUser | undefined;
  /** The whole environment (default: our own). */
  env?: Record<string, string> | undefined;
};

/** Starts a server process. Rejects if the program cannot be started. */
export async function launch({ command, args, cwd, logFile, runAs, env }: Launch): Promise<ServerProcess> {
  const log = openSync(logFile, 'w', 0o600);
  try {
    const child = spawn(command, args, {
      cwd,
      detached: true,
      stdio: ['ignore', log, log],
      ...(env && { env }),
      ...(runAs && { uid: runAs.uid, gid: runAs.gid }),
    });
    const ended = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) =>
        resolve(signal ? `ended by ${signal}` : `ended with exit code ${code}`),
      );
    });
    await once(child, 'spawn');
    const watchdog = startWatchdog(child.pid!);
    void ended.then(() => watchdog.stdin?.end('ended\n'));
    return {
      pid: child.pid!,
      ended,
      hasEnded: () => hasExited(child),
      stop: () => stopChild(child),
      kill: (signal) => void child.kill(signal),
    };
  } finally {
    closeSync(log);
  }
}

function startWatchdog(pid: number): ChildProcess {
  const watchdog = spawn('sh', ['-c', WATCHDOG_SCRIPT, 'watchdog', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // The watchdog may have ended before the line is written; that does no harm.
  watchdog.on('error', () => {});
  watchdog.stdin?.on('error', () => {});
  watchdog.unref();
  return watchdog;
}

const hasExited = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Sends the signal, SIGKILL after {@link STOP_GRACE_MS}, and resolves when the child has ended. */
export async function stopChild(child: ChildProcess, signal: NodeJS.Signals = 'SIGINT'): Promise<void> {
  if (hasExited(child)) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  const killing = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
  await exit;
  clearTimeout(killing);
}

/** The command line of a process; undefined if it does not exist or is a zombie. */
export function commandOf(pid: number): string | undefined {
  try {
    const line =
      process.platform === 'linux'
        ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        : execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return line.trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Polls until `isDone` returns true. False if `limitMs` passes first. */
export async function waitUntil(
  isDone: () => boolean | Promise<boolean>,
  limitMs: number,
  everyMs = POLL_MS,
): Promise<boolean> {
  const end = performance.now() + limitMs;
  for (;;) {
    if (await isDone()) return true;
    if (performance.now() >= end) return false;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** The last lines of a server's log, joined into one for an error message. */
export function logTail(logFile: string): string {
  try {
    const lines = readFileSync(logFile, 'utf8').trim().split('\n');
    return lines.slice(-LOG_TAIL_LINES).join(' | ') || 'its log is empty';
  } catch {
    return 'it left no log';
  }
}

/** The physical memory of a process in bytes; undefined if it has ended or the system does not say. */
export function memoryOf(pid: number): number | undefined {
  try {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024;
  } catch {
    return undefined;
  }
}
