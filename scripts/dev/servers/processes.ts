/**
 * Server processes that end with us: a child in its own process group (so that Ctrl-C in a terminal reaches us alone,
 * and we decide the order), with a keeper beside it that ends it should we be killed without a chance to.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { OsUser } from './runAsUser.ts';

/** How long a server may take to stop before it is killed. */
export const STOP_GRACE_MS = 10_000;
const POLL_MS = 20;
/** What an error shows of a server's log. */
const LOG_TAIL_LINES = 4;

/**
 * Reads one line from us. A line means that the server has ended; the end of the pipe without one means that we have,
 * and that nobody else will stop it.
 */
const WATCHDOG_SCRIPT = 'read -r _ || kill -s INT "$1"';

export type ServerProcess = {
  pid: number;
  /** Resolves when the process has ended, asked or not, with how it ended in words. */
  ended: Promise<string>;
  /** Has it ended? */
  hasEnded(): boolean;
  /** SIGINT (Postgres: fast shutdown; Redis: shutdown), SIGKILL after {@link STOP_GRACE_MS}; resolves when it is gone. */
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
};

export type Launch = {
  command: string;
  args: string[];
  cwd: string;
  /** Takes the server's output; begun anew at each start. */
  logFile: string;
  /** Whom the process runs as; absent: as us. */
  runAs?: OsUser | undefined;
  /** The whole environment of the process; absent: ours. */
  env?: Record<string, string> | undefined;
};

/** Starts a server process. Rejects where the program cannot be started at all. */
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
  // The keeper may be gone before it is told; that is then no concern of ours.
  watchdog.on('error', () => {});
  watchdog.stdin?.on('error', () => {});
  watchdog.unref();
  return watchdog;
}

const hasExited = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Asks a child to end, kills it after {@link STOP_GRACE_MS}, and resolves when it has ended. */
export async function stopChild(child: ChildProcess, signal: NodeJS.Signals = 'SIGINT'): Promise<void> {
  if (hasExited(child)) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  const killing = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
  await exit;
  clearTimeout(killing);
}

/** The command line of a process; undefined where it is not there (or only its zombie is). */
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

/** Waits until `isDone` answers true; false where `limitMs` passed first. */
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

/** The last lines of a server's log, joined into one, for an error's message. */
export function logTail(logFile: string): string {
  try {
    const lines = readFileSync(logFile, 'utf8').trim().split('\n');
    return lines.slice(-LOG_TAIL_LINES).join(' | ') || 'its log is empty';
  } catch {
    return 'it left no log';
  }
}
