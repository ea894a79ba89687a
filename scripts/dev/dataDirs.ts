/** The data folders of this checkout's `npm start`, so that commands find a running system. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isFolderLocked } from './servers/lockFile.ts';

/** Below node_modules, so that bundles in it find the packages. */
const CACHE = 'node_modules/.cache/vaga';
/** The file in a cache folder that names its data folder. */
export const DATA_DIR_NOTE = 'data-dir';

/** A folder for what `npm start` generates for this data folder. */
export function cacheFolderOf(root: string, dataDir: string): string {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  return path.join(root, CACHE, name);
}

/** The data folders that a running `npm start` of this checkout uses. */
export async function runningDataDirs(root: string): Promise<string[]> {
  const cache = path.join(root, CACHE);
  const folders = await readdir(cache).catch(() => []);
  const dataDirs = await Promise.all(
    folders.map((folder) => readFile(path.join(cache, folder, DATA_DIR_NOTE), 'utf8').catch(() => undefined)),
  );
  const known = dataDirs.filter((dataDir) => dataDir !== undefined);
  const isRunning = await Promise.all(known.map(isFolderLocked));
  return known.filter((_, index) => isRunning[index]);
}
