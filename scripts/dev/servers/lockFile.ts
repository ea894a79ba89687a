/**
 * One launcher for each data folder. The lock file names the launcher and its server by process id and command line, as ids
 * are reused. A lock whose launcher has ended is taken over, after the server that it may have left behind is stopped.
 */
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { commandOf, STOP_GRACE_MS, waitUntil } from './processes.ts';

type Process = { pid: number; command: string };
type LockFileContent = { launcher: Process; server?: Process };

export type FolderLock = {
  /** Whether an earlier launcher ended without releasing the lock. */
  isTakenOver: boolean;
  /** Records the folder's server, for the next launcher if this one is killed. */
  setServer(pid: number): Promise<void>;
  release(): Promise<void>;
};

/** How long a server without a launcher may take to end (its watchdog sends SIGINT) before it is stopped here. */
const ORPHAN_GRACE_MS = 2000;

const describe = (pid: number): Process => ({ pid, command: commandOf(pid) ?? '' });
const isRunning = ({ pid, command }: Process): boolean => command !== '' && commandOf(pid) === command;

const LOCK_FILE = 'claim.json';
/** Folders that this process has locked. */
const lockedFolders = new Set<string>();

/** Whether a live launcher has the folder. */
export async function isFolderLocked(folder: string): Promise<boolean> {
  const holder = await readLockFile(path.join(folder, LOCK_FILE));
  return holder !== undefined && isRunning(holder.launcher);
}

/** Locks a data folder for this process. Rejects with one line while another live launcher has it. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const file = path.join(folder, LOCK_FILE);
  const content: LockFileContent = { launcher: describe(process.pid) };
  let isTakenOver = false;
  while (!(await writeOnce(file, content))) {
    const holder = await readLockFile(file);
    const isOurs = holder?.launcher.pid === process.pid && lockedFolders.has(folder);
    if (holder && (isOurs || (holder.launcher.pid !== process.pid && isRunning(holder.launcher)))) {
      throw new Error(
        `${folder} is in use by process ${holder.launcher.pid}: stop that first, or set another DATA_DIR`,
      );
    }
    if (holder?.server) await endOrphan(holder.server, folder);
    await rm(file, { force: true });
    isTakenOver = true;
  }
  lockedFolders.add(folder);
  return {
    isTakenOver,
    async setServer(pid) {
      const next = `${file}.${process.pid}`;
      await writeFile(next, JSON.stringify({ ...content, server: describe(pid) }), { mode: 0o600 });
      await rename(next, file);
    },
    async release() {
      await rm(file, { force: true });
      lockedFolders.delete(folder);
    },
  };
}

/** Creates the file with its whole content (link is atomic and never replaces). False if it exists. */
async function writeOnce(file: string, content: LockFileContent): Promise<boolean> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify(content), { mode: 0o600 });
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** The lock in force; undefined if it is missing or unreadable. */
async function readLockFile(file: string): Promise<LockFileContent | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as LockFileContent;
  } catch {
    return undefined;
  }
}

async function endOrphan(server: Process, folder: string): Promise<void> {
  const hasEnded = (): boolean => !isRunning(server);
  if (await waitUntil(hasEnded, ORPHAN_GRACE_MS)) return;
  process.kill(server.pid, 'SIGINT');
  if (await waitUntil(hasEnded, STOP_GRACE_MS)) return;
  throw new Error(
    `Process ${server.pid} still serves ${folder} and does not stop: end it by hand, then start again`,
  );
}
