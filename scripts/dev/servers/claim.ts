/**
 * One launcher per data folder. A claim is a file that names the launcher and its server by process id and command
 * line (an id alone is soon another process's). A claim whose launcher is gone is taken over, and the server that it
 * may have left behind is stopped first.
 */
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { commandOf, STOP_GRACE_MS, waitUntil } from './processes.ts';

type Process = { pid: number; command: string };
type ClaimFile = { launcher: Process; server?: Process };

export type Claim = {
  /** Was it another launcher's, which ended without releasing it? */
  isTakenOver: boolean;
  /** Notes the server that serves this folder, so that the next launcher knows it should we be killed. */
  setServer(pid: number): Promise<void>;
  release(): Promise<void>;
};

/** How long a server without a launcher has to end by itself (its keeper has told it to) before we stop it. */
const ORPHAN_GRACE_MS = 2000;

const describe = (pid: number): Process => ({ pid, command: commandOf(pid) ?? '' });
const isRunning = ({ pid, command }: Process): boolean => command !== '' && commandOf(pid) === command;

/** Folders that this very process has claimed. */
const ours = new Set<string>();

/** Takes a data folder for this process. Rejects with one line where another launcher that is still alive has it. */
export async function claimFolder(folder: string): Promise<Claim> {
  const file = path.join(folder, 'claim.json');
  const mine: ClaimFile = { launcher: describe(process.pid) };
  let isTakenOver = false;
  while (!(await writeOnce(file, mine))) {
    const held = await readClaim(file);
    const isOurs = held?.launcher.pid === process.pid && ours.has(folder);
    if (held && (isOurs || (held.launcher.pid !== process.pid && isRunning(held.launcher)))) {
      throw new Error(
        `${folder} is in use by process ${held.launcher.pid}: stop that first, or set another DATA_DIR`,
      );
    }
    if (held?.server) await endOrphan(held.server, folder);
    await rm(file, { force: true });
    isTakenOver = true;
  }
  ours.add(folder);
  return {
    isTakenOver,
    async setServer(pid) {
      const next = `${file}.${process.pid}`;
      await writeFile(next, JSON.stringify({ ...mine, server: describe(pid) }), { mode: 0o600 });
      await rename(next, file);
    },
    async release() {
      await rm(file, { force: true });
      ours.delete(folder);
    },
  };
}

/** Writes the file with all its content at once, or answers false where it exists (link is atomic, and never replaces). */
async function writeOnce(file: string, claim: ClaimFile): Promise<boolean> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify(claim), { mode: 0o600 });
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

/** The claim in force; undefined where it is gone by now or cannot be read as one. */
async function readClaim(file: string): Promise<ClaimFile | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ClaimFile;
  } catch {
    return undefined;
  }
}

async function endOrphan(server: Process, folder: string): Promise<void> {
  const isGone = (): boolean => !isRunning(server);
  if (await waitUntil(isGone, ORPHAN_GRACE_MS)) return;
  process.kill(server.pid, 'SIGINT');
  if (await waitUntil(isGone, STOP_GRACE_MS)) return;
  throw new Error(
    `Process ${server.pid} still serves ${folder} and does not stop: end it by hand, then start again`,
  );
}
