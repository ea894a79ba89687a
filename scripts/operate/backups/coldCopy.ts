/**
 * Backups of the servers that `npm start` brings along: a copy of their data while they are stopped. Postgres recovers from its own log when
 * it starts on one, whatever way it was stopped. All databases and Redis are of one moment.
 */
import { existsSync } from 'node:fs';
import { chown, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { formatInstant } from '@libs/time/instants';
import { systemClock } from '@libs/time/clock';
import { lockFolder, type FolderLock } from '../../dev/servers/lockFile.ts';
import { makeServerDir, serverDirOf, type OsUser } from '../../dev/servers/runAsUser.ts';

/** What a server's folder has that a backup needs; the first is its data. */
const SERVERS = [
  { name: 'postgres', files: ['cluster', 'password'] },
  { name: 'redis', files: ['data'] },
] as const;
/** In the data folder. In development, sessions and webhooks' secrets depend on it. */
const KEY_FILE = 'secret-key';
const NOTE = 'backup.json';
const FORMAT = 1;
/** Of a running server. */
const NOT_COPIED = ['postmaster.pid', 'postmaster.opts'];

/** `postgres`: its major version. */
export type BackupNote = { format: typeof FORMAT; at: string; postgres: string };

type Server = (typeof SERVERS)[number];
const copied = (from: string, to: string): Promise<void> =>
  cp(from, to, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (file) => !NOT_COPIED.includes(path.basename(file)),
  });

/** Keeps `npm start` away. Rejects with one line while something runs on the folders. */
async function whileStopped<T>(
  dataDir: string,
  folders: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const locks: FolderLock[] = [];
  try {
    for (const folder of [dataDir, ...folders]) {
      if (existsSync(folder)) locks.push(await lockFolder(folder));
    }
    return await work();
  } finally {
    for (const lock of locks.toReversed()) await lock.release();
  }
}

const serverDir = (dataDir: string, { name, files }: Server): string =>
  serverDirOf(path.join(dataDir, name), files[0]).dataDir;

/** Copies the data into `target`, which must not exist or be empty. Rejects with one line if there is nothing to copy, or it is in use. */
export async function backUp(dataDir: string, target: string): Promise<BackupNote> {
  const servers = SERVERS.map((server) => ({ ...server, folder: serverDir(dataDir, server) }));
  const postgres = servers[0]!;
  if (!existsSync(path.join(postgres.folder, 'cluster')))
    throw new Error(`${dataDir} has no data of npm start`);
  if (existsSync(target) && (await readdir(target)).length > 0) throw new Error(`${target} is not empty`);
  return whileStopped(
    dataDir,
    servers.map(({ folder }) => folder),
    async () => {
      await mkdir(target, { recursive: true, mode: 0o700 });
      for (const { name, files, folder } of servers) {
        for (const file of files) {
          if (existsSync(path.join(folder, file)))
            await copied(path.join(folder, file), path.join(target, name, file));
        }
      }
      const key = path.join(dataDir, KEY_FILE);
      if (existsSync(key)) await cp(key, path.join(target, KEY_FILE));
      const version = await readFile(path.join(postgres.folder, 'cluster', 'PG_VERSION'), 'utf8');
      const note = {
        format: FORMAT,
        at: formatInstant(systemClock.now()),
        postgres: version.trim(),
      } as const;
      // Last: a folder without it is no complete backup.
      await writeFile(path.join(target, NOTE), `${JSON.stringify(note, null, 2)}\n`);
      return note;
    },
  );
}

async function readNote(source: string): Promise<BackupNote> {
  const text = await readFile(path.join(source, NOTE), 'utf8').catch(() => '{}');
  const note = JSON.parse(text) as Partial<BackupNote>;
  if (note.format !== FORMAT) throw new Error(`${source} is no complete backup of npm run backup`);
  return note as BackupNote;
}

/**
 * Puts a backup in the place of the data, which is deleted once the copy is complete. Rejects with one line if there are data and `isReplacing`
 * is false, or they are in use.
 */
export async function restore(
  source: string,
  dataDir: string,
  { isReplacing = false } = {},
): Promise<BackupNote> {
  const note = await readNote(source);
  await mkdir(dataDir, { recursive: true });
  const servers = await Promise.all(
    SERVERS.map(async (server) => ({
      ...server,
      ...(await makeServerDir(path.join(dataDir, server.name), server.files[0])),
    })),
  );
  const existing = servers.flatMap(({ files, dataDir: folder }) =>
    files.map((file) => path.join(folder, file)).filter((file) => existsSync(file)),
  );
  if (existing.length > 0 && !isReplacing) {
    throw new Error(`${dataDir} has data: move it away, or use --replace, which deletes it`);
  }
  await whileStopped(
    dataDir,
    servers.map((server) => server.dataDir),
    async () => {
      for (const { name, files, dataDir: folder, runAs } of servers) {
        for (const file of files) await put(path.join(source, name, file), path.join(folder, file), runAs);
      }
      const key = path.join(source, KEY_FILE);
      if (existsSync(key)) await cp(key, path.join(dataDir, KEY_FILE));
    },
  );
  return note;
}

/** Replaces `target` once the copy is complete. The account of the server owns its data, and nobody else's notes. */
async function put(from: string, target: string, runAs: OsUser | undefined): Promise<void> {
  const [draft, old] = [`${target}.restored`, `${target}.replaced`];
  await rm(draft, { recursive: true, force: true });
  await rm(old, { recursive: true, force: true });
  if (existsSync(from)) {
    await copied(from, draft);
    if (runAs && path.basename(target) !== 'password') await giveTo(runAs, draft);
  }
  if (existsSync(target)) await rename(target, old);
  if (existsSync(draft)) await rename(draft, target);
  await rm(old, { recursive: true, force: true });
}

async function giveTo({ uid, gid }: OsUser, folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true });
  for (const entry of ['', ...entries]) await chown(path.join(folder, entry), uid, gid);
}
