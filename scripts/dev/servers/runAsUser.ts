/**
 * The account that servers run as, and folders that it can reach. Postgres refuses to run as root, so root starts servers as the
 * owner of existing data, else `postgres`, else `nobody`. If that account cannot enter the product's folder (root's home, say),
 * data and programs go elsewhere.
 */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { chmod, chown, mkdir, realpath, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';

export type OsUser = { uid: number; gid: number };

/** The file in a folder of ours that names the data folder it belongs to. */
export const DATA_DIR_NOTE = 'data-dir';
const BORROWED_USERS = ['postgres', 'nobody'];
/** Root's place for data when the account cannot reach the requested folder. */
export const ROOT_DATA_DIR = '/var/lib/vaga';
const ROOT_CACHE_DIR = '/var/cache/vaga';

const isRoot = (): boolean => process.getuid?.() === 0;

/** The account to serve `data` as, from /etc/passwd as initdb does; undefined for the current user. */
function osUserFor(data: string): OsUser | undefined {
  if (!isRoot()) return undefined;
  const owner = statSync(data, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const entries = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of BORROWED_USERS) {
    const entry = entries.find((fields) => fields[0] === name);
    if (entry) return { uid: Number(entry[2]), gid: Number(entry[3]) };
  }
  throw new Error(
    'Postgres does not run as root, and this machine has neither the account "postgres" nor "nobody": ' +
      'start as another user, or set TENANT_, USER_, RESOURCE_ and BOOKING_DATABASE_URL',
  );
}

/** Whether the account may enter `folder` and all folders above it. Missing ones count as open. */
export function canEnter(folder: string, { uid, gid }: OsUser): boolean {
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats) {
    const bit = stats.uid === uid ? 0o100 : stats.gid === gid ? 0o010 : 0o001;
    if ((stats.mode & bit) === 0) return false;
  }
  const parent = path.dirname(folder);
  return parent === folder || canEnter(parent, { uid, gid });
}

type ServerDir = { dataDir: string; runAs: OsUser | undefined };

/**
 * The folder of the server of `dataDir`: `dataDir` itself, or a fixed folder under /var/lib/vaga if the server's account cannot
 * reach it. The folder and our notes in it are ours; `dataName` in it belongs to the account.
 */
export function serverDirOf(dataDir: string, dataName: string): ServerDir {
  const folder = path.resolve(dataDir);
  const runAs = osUserFor(path.join(folder, dataName));
  if (!runAs || canEnter(path.dirname(folder), runAs)) return { dataDir: folder, runAs };
  const moved = path.join(ROOT_DATA_DIR, createHash('sha256').update(folder).digest('hex').slice(0, 16));
  return { dataDir: moved, runAs: osUserFor(path.join(moved, dataName)) };
}

/** Makes the folder of {@link serverDirOf}. Returns its real path, by which servers report it. */
export async function makeServerDir(dataDir: string, dataName: string): Promise<ServerDir> {
  await mkdir(path.dirname(path.resolve(dataDir)), { recursive: true });
  const { dataDir: folder, runAs } = serverDirOf(dataDir, dataName);
  if (path.dirname(folder) === ROOT_DATA_DIR) await makeOpen(ROOT_DATA_DIR);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // The server's folder in the data folder is not made, so the note names the data folder.
  if (folder !== path.resolve(dataDir))
    await writeFile(path.join(folder, DATA_DIR_NOTE), path.dirname(path.resolve(dataDir)));
  // Others may pass through, but not list it.
  if (runAs) await chmod(folder, 0o711);
  else checkOwner(folder);
  return { dataDir: await realpath(folder), runAs };
}

/** Makes a folder that only the account may enter. Returns its path. */
export async function makeFor(runAs: OsUser | undefined, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (runAs) await chown(folder, runAs.uid, runAs.gid);
  return folder;
}

/** Makes a folder that everyone may enter, whatever the umask. */
async function makeOpen(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
}

function checkOwner(folder: string): void {
  const owner = statSync(folder).uid;
  const expected = process.getuid?.();
  if (expected !== undefined && owner !== expected) {
    throw new Error(`${folder} belongs to another user (uid ${owner}): start as that user, or set DATA_DIR`);
  }
}

/** Makes and returns this user's folder for downloaded programs. They are executed, so another user's folder is refused. */
export async function makeCacheDir(): Promise<string> {
  if (isRoot()) {
    await makeOpen(ROOT_CACHE_DIR);
    checkOwner(ROOT_CACHE_DIR);
    return ROOT_CACHE_DIR;
  }
  const own = path.join(homedir(), '.cache', 'vaga');
  const spare = path.join(tmpdir(), `vaga-cache-${process.getuid?.()}`);
  for (const folder of [own, spare]) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    } catch {
      continue;
    }
    checkOwner(folder);
    return folder;
  }
  throw new Error(
    `Neither ${own} nor ${spare} can be made: give this user a home folder that it can write to`,
  );
}
