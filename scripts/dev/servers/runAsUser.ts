/**
 * Whom servers run as, and where that account can reach. Postgres refuses to run as root, so root starts servers as
 * another account: the owner of data that exist, else `postgres`, else `nobody`. That account may not be able to enter
 * the folder that the product lies in (root's home, say); data and programs then go where it can.
 */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { chmod, chown, mkdir, realpath } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';

export type OsUser = { uid: number; gid: number };

const BORROWED_USERS = ['postgres', 'nobody'];
/** Where root keeps data for an account that cannot reach the folder asked for. */
const ROOT_DATA_DIR = '/var/lib/vaga';
const ROOT_CACHE_DIR = '/var/cache/vaga';

const isRoot = (): boolean => process.getuid?.() === 0;

/** The account to serve `data` as; undefined where that is our own. Reads /etc/passwd, as initdb does. */
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

/** May this account enter `folder`? Asked of every folder that leads there; those yet to be made are taken for open. */
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
 * Where the server of `dataDir` lives: there, or in a folder under /var/lib/vaga that is always the same for it, where the
 * server's account cannot get there. The folder and what we note in it are ours; `dataName` in it is the account's.
 */
export function serverDirOf(dataDir: string, dataName: string): ServerDir {
  const folder = path.resolve(dataDir);
  const runAs = osUserFor(path.join(folder, dataName));
  if (!runAs || canEnter(path.dirname(folder), runAs)) return { dataDir: folder, runAs };
  const moved = path.join(ROOT_DATA_DIR, createHash('sha256').update(folder).digest('hex').slice(0, 16));
  return { dataDir: moved, runAs: osUserFor(path.join(moved, dataName)) };
}

/** Makes the folder of {@link serverDirOf}, and answers its real path, as the servers themselves will name it. */
export async function makeServerDir(dataDir: string, dataName: string): Promise<ServerDir> {
  await mkdir(path.dirname(path.resolve(dataDir)), { recursive: true });
  const { dataDir: folder, runAs } = serverDirOf(dataDir, dataName);
  if (path.dirname(folder) === ROOT_DATA_DIR) await makeOpen(ROOT_DATA_DIR);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Others may pass through, but not look.
  if (runAs) await chmod(folder, 0o711);
  else checkOwner(folder);
  return { dataDir: await realpath(folder), runAs };
}

/** Makes a folder that belongs to the account, closed to others; answers its path. */
export async function makeFor(runAs: OsUser | undefined, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (runAs) await chown(folder, runAs.uid, runAs.gid);
  return folder;
}

/** A folder that everybody can enter, whatever the umask. */
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

/**
 * Makes and answers the folder for programs that were fetched or copied, shared by all that this user starts. What lies
 * in it is executed, so one that belongs to someone else is refused.
 */
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
