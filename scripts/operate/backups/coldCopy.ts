/**
 * Backups of the servers that `npm start` brings along: a copy of their data while they are stopped. Postgres recovers from its own log when
 * it starts on one, whatever way it was stopped. All databases and Redis are of one moment.
 */
import { existsSync } from 'node:fs';
import { chown, cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { formatInstant } from '@libs/time/instants';
import { systemClock } from '@libs/time/clock';
import { interruptedRestore, RESTORE_NOTE } from '../../dev/interruptedRestore.ts';
import { lockFolder, type FolderLock } from '../../dev/servers/lockFile.ts';
import { majorVersionOfPostgres } from '../../dev/servers/postgresPrograms.ts';
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
/** Files of a running server. */
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
    throw new Error(`${dataDir} has no data created by npm start`);
  if (existsSync(target) && (await readdir(target)).length > 0) throw new Error(`${target} is not empty`);
  return whileStopped(
    dataDir,
    servers.map(({ folder }) => folder),
    async () => {
      const interrupted = await interruptedRestore(dataDir);
      if (interrupted) throw new Error(interrupted);
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
      // Last: a folder without it is not a complete backup.
      await writeFile(path.join(target, NOTE), `${JSON.stringify(note, null, 2)}\n`);
      return note;
    },
  );
}

async function readNote(source: string): Promise<BackupNote> {
  const text = await readFile(path.join(source, NOTE), 'utf8').catch(() => '{}');
  const note = JSON.parse(text) as Partial<BackupNote>;
  if (note.format !== FORMAT) throw new Error(`${source} is not a complete backup made by npm run backup`);
  return note as BackupNote;
}

/**
 * Puts a backup in the place of the data, which is deleted once the copy is complete. Meanwhile a note marks the mixture of both; a restore that
 * is run again completes it. Rejects with one line if there are data and `isReplacing` is false, or they are in use, or the backup is of another
 * Postgres.
 */
export async function restore(
  source: string,
  dataDir: string,
  { isReplacing = false } = {},
): Promise<BackupNote> {
  const note = await readNote(source);
  const installed = await majorVersionOfPostgres();
  if (note.postgres !== installed) {
    throw new Error(
      `${source} is of Postgres ${note.postgres}, and this one is ${installed}: restore it with the release that made it`,
    );
  }
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
  // What an interrupted restore has left does not count as data.
  if (existing.length > 0 && !isReplacing && !(await interruptedRestore(dataDir))) {
    throw new Error(`${dataDir} has data: move it away, or use --replace, which deletes it`);
  }
  await whileStopped(
    dataDir,
    servers.map((server) => server.dataDir),
    async () => {
      const pieces = piecesOf(source, dataDir, servers);
      await makeDrafts(pieces);
      await writeFile(path.join(dataDir, RESTORE_NOTE), `${path.resolve(source)}\n`);
      for (const { target } of pieces) await replace(target);
      await rm(path.join(dataDir, RESTORE_NOTE));
    },
  );
  return note;
}

/** A file or folder of a backup, and the one whose place it takes. The account of the server owns its data, and nobody else's notes. */
type Piece = { from: string; target: string; owner: OsUser | undefined };

function piecesOf(
  source: string,
  dataDir: string,
  servers: readonly (Server & { dataDir: string; runAs: OsUser | undefined })[],
): Piece[] {
  const key = { from: path.join(source, KEY_FILE), target: path.join(dataDir, KEY_FILE), owner: undefined };
  return [
    ...servers.flatMap(({ name, files, dataDir: folder, runAs }) =>
      files.map((file) => ({
        from: path.join(source, name, file),
        target: path.join(folder, file),
        owner: file === 'password' ? undefined : runAs,
      })),
    ),
    ...(existsSync(key.from) ? [key] : []),
  ];
}

const draftOf = (target: string): string => `${target}.restored`;
const remove = (file: string): Promise<void> => rm(file, { recursive: true, force: true });

/** Copies all beside its targets. Leaves nothing if that fails, such as on a full disk: then the data are as they were. */
async function makeDrafts(pieces: readonly Piece[]): Promise<void> {
  try {
    for (const { from, target, owner } of pieces) {
      await remove(draftOf(target));
      if (!existsSync(from)) continue;
      await copied(from, draftOf(target));
      if (owner) await giveTo(owner, draftOf(target));
    }
  } catch (error) {
    for (const { target } of pieces) await remove(draftOf(target));
    throw error;
  }
}

/** Puts the draft in the place of `target`, which is deleted, also if there is no draft. */
async function replace(target: string): Promise<void> {
  const old = `${target}.replaced`;
  await remove(old);
  if (existsSync(target)) await rename(target, old);
  if (existsSync(draftOf(target))) await rename(draftOf(target), target);
  await remove(old);
}

async function giveTo({ uid, gid }: OsUser, file: string): Promise<void> {
  const isFolder = (await stat(file)).isDirectory();
  const entries = isFolder ? await readdir(file, { recursive: true }) : [];
  for (const entry of ['', ...entries]) await chown(path.join(file, entry), uid, gid);
}
