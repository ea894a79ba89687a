/** The data folders of this checkout's `npm start`, so that commands find a running system. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isFolderLocked } from './servers/lockFile.ts';
import { DATA_DIR_NOTE } from './servers/runAsUser.ts';

/** Below node_modules, so that bundles in it find the packages. */
export const cacheFolder = (root: string): string => path.join(root, 'node_modules/.cache/vaga');

/** A folder for what `npm start` generates for this data folder. */
export function cacheFolderOf(root: string, dataDir: string): string {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  return path.join(cacheFolder(root), name);
}

/** The data folders that a running `npm start` of this checkout uses. */
export async function runningDataDirs(root: string): Promise<string[]> {
  const cache = cacheFolder(root);
  const folders = await readdir(cache).catch(() => []);
  const dataDirs = await Promise.all(
    folders.map((folder) => readFile(path.join(cache, folder, DATA_DIR_NOTE), 'utf8').catch(() => undefined)),
  );
  const known = dataDirs.filter((dataDir) => dataDir !== undefined);
  const isRunning = await Promise.all(known.map(isFolderLocked));
  return known.filter((_, index) => isRunning[index]);
}
