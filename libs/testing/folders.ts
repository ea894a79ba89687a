/** Folders for servers that a test starts by itself. */
import { chmod, mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { inject } from 'vitest';

/**
 * An empty folder under the run's own, gone with it. Unlike a plain mkdtemp it can be entered by the account that root's servers
 * run as (else they would keep their data under /var/lib/vaga), and a server left running in it fails the run.
 */
export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(inject('servers').runDir, 'own-'));
  await chmod(folder, 0o755);
  return folder;
}
