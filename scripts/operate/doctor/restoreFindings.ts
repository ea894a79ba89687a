import { interruptedRestore } from '../../dev/interruptedRestore.ts';
import { isFolderLocked } from '../../dev/servers/lockFile.ts';
import { problem, type Finding } from './finding.ts';

/** Whether the data folder has what an interrupted restore has left. Nothing while one runs. */
export async function restoreFindings(dataDir: string): Promise<Finding[]> {
  const interrupted = await interruptedRestore(dataDir);
  if (interrupted === undefined || (await isFolderLocked(dataDir))) return [];
  return [problem(interrupted, 'Until then npm start and npm run backup refuse these data.')];
}
