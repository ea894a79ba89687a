import { fileURLToPath } from 'node:url';
import { EnvironmentError } from '@libs/runtime/env';
import { readSettings } from '../../dev/startSettings.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The data folder of `npm start`. Throws EnvironmentError if its servers are not its own. */
export async function ownDataDir(): Promise<string> {
  const { dataDir, startsPostgres, startsRedis } = await readSettings(ROOT, process.env);
  if (!startsPostgres || !startsRedis) {
    throw new EnvironmentError([
      '*_DATABASE_URL, POSTGRES_* or REDIS_URL: they name servers of your own; back them up with their own tools (docs/runbook.md, "Backups")',
    ]);
  }
  return dataDir;
}
