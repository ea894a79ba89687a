import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** The file in the data folder that names the backup while `npm run restore` puts it in the place of the data. */
export const RESTORE_NOTE = 'restore-in-progress';

/** One line that says what to do if the data are partly those of a backup, because its restore was interrupted; else undefined. */
export async function interruptedRestore(dataDir: string): Promise<string | undefined> {
  const source = await readFile(path.join(dataDir, RESTORE_NOTE), 'utf8').catch(() => undefined);
  if (source === undefined) return undefined;
  return `${dataDir} is a mixture of two states, because a restore was interrupted: run it again (npm run restore -- ${source.trim()} --replace)`;
}
