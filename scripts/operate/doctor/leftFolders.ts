/** Folders that `npm start` made for a data folder that is gone: root's clusters in /var/lib/vaga, and caches. */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder } from '../../dev/dataDirs.ts';
import { isFolderLocked } from '../../dev/servers/lockFile.ts';
import { DATA_DIR_NOTE, ROOT_DATA_DIR } from '../../dev/servers/runAsUser.ts';

/** The folders below `parents` whose data folder, which a note in them names, is gone, and that nobody uses. */
export async function leftFolders(parents: readonly string[]): Promise<string[]> {
  const left: string[] = [];
  for (const parent of parents) {
    for (const name of await readdir(parent).catch(() => [])) {
      const folder = path.join(parent, name);
      const dataDir = await readFile(path.join(folder, DATA_DIR_NOTE), 'utf8').catch(() => undefined);
      if (dataDir && !existsSync(dataDir.trim()) && !(await isFolderLocked(folder))) left.push(folder);
    }
  }
  return left;
}

export const leftFoldersOf = (root: string): Promise<string[]> =>
  leftFolders([ROOT_DATA_DIR, cacheFolder(root)]);

/** Looks again before each removal, as a start may have made the data folder anew. */
export async function removeLeftFolders(root: string): Promise<string[]> {
  const folders = await leftFoldersOf(root);
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
  return folders;
}
