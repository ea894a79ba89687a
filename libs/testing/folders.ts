/** Data folders for servers that a test starts itself. */
import { chmod, mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { inject } from 'vitest';

/**
 * Creates an empty folder inside the run's folder, removed with it. The account that root starts servers under may enter it (otherwise
 * they would store their data in /var/lib/vaga), and a server left running in it fails the run.
 */
export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(inject('servers').runDir, 'own-'));
  await chmod(folder, 0o755);
  return folder;
}
