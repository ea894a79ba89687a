/**
 * Whom servers run as, and where that account can reach. Postgres refuses to run as root, so root starts servers as
 * another account: the owner of data that exist, else `postgres`, else `nobody`. That account may not be able to enter
 * the folder that the product lies in (root's home, say); data and programs then go where it can.
 */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';

export type Account = { uid: number; gid: number };

const BORROWED_ACCOUNTS = ['postgres', 'nobody'];
/** Where root keeps data for an account that cannot reach the folder asked for. */
const ROOT_DATA_DIR = '/var/lib/vaga';
const ROOT_CACHE_DIR = '/var/cache/vaga';

const isRoot = (): boolean => process.getuid?.() === 0;

/** The account that servers are started as; undefined where that is our own. Reads /etc/passwd, as initdb does. */
export function accountFor(dataDir: string): Account | undefined {
  if (!isRoot()) return undefined;
  const owner = statSync(dataDir, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const entries = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of BORROWED_ACCOUNTS) {
    const entry = entries.find((fields) => fields[0] === name);
    if (entry) return { uid: Number(entry[2]), gid: Number(entry[3]) };
  }
  throw new Error(
    'Postgres does not run as root, and this machine has neither the account "postgres" nor "nobody": ' +
      'start as another user, or set TENANT_, USER_, RESOURCE_ and BOOKING_DATABASE_URL',
  );
}

/** May this account enter `folder`? Asked of every folder that leads there; those yet to be made are taken for open. */
export function canEnter(folder: string, { uid, gid }: Account): boolean {
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats) {
    const bit = stats.uid === uid ? 0o100 : stats.gid === gid ? 0o010 : 0o001;
    if ((stats.mode & bit) === 0) return false;
  }
  const parent = path.dirname(folder);
  return parent === folder || canEnter(parent, { uid, gid });
}

/**
 * Makes the folder that a server's data lie in, closed to others, and answers its path: `dataDir`, or one under
 * /var/lib/vaga that is always the same for it, where the server's account cannot get there.
 */
export async function makeDataDir(dataDir: string): Promise<{ home: string; account: Account | undefined }> {
  let home = path.resolve(dataDir);
  await mkdir(path.dirname(home), { recursive: true, mode: 0o755 });
  let account = accountFor(home);
  if (account && !canEnter(path.dirname(home), account)) {
    home = path.join(ROOT_DATA_DIR, createHash('sha256').update(home).digest('hex').slice(0, 16));
    account = accountFor(home);
    await makeOpen(ROOT_DATA_DIR);
  }
  await mkdir(home, { recursive: true, mode: 0o700 });
  if (account && statSync(home).uid === 0) await chown(home, account.uid, account.gid);
  checkOwner(home, account);
  return { home, account };
}

/** A folder that everybody can enter, whatever the umask. */
async function makeOpen(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
}

function checkOwner(folder: string, account: Account | undefined): void {
  const owner = statSync(folder).uid;
  const expected = account?.uid ?? process.getuid?.();
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
    checkOwner(ROOT_CACHE_DIR, undefined);
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
    checkOwner(folder, undefined);
    return folder;
  }
  throw new Error(
    `Neither ${own} nor ${spare} can be made: give this user a home folder that it can write to`,
  );
}
