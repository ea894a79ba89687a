import { chmod, mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { inject } from 'vitest';

/**
 * An empty folder, removed after the run. Accessible to the account that root starts servers under; otherwise they would use
 * /var/lib/vaga. A server left running in it fails the run.
 */
export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(inject('servers').runDir, 'own-'));
  await chmod(folder, 0o755);
  return folder;
}
